// SPDX-License-Identifier: Apache-2.0
#include "models/wires_nodal.hpp"

#include <Eigen/Sparse>
#include <Eigen/SparseCholesky>
#include <algorithm>

namespace ohmic::models {

namespace {

using Matrix = Eigen::SparseMatrix<double>;

/// Upper triangle of the nodal equations.
class Assembly {
 public:
  explicit Assembly(int nodes) : diagonal_(static_cast<std::size_t>(nodes), 0.0) {}

  void resistor(int a, int b, double siemens) {
    diagonal_[static_cast<std::size_t>(a)] += siemens;
    diagonal_[static_cast<std::size_t>(b)] += siemens;
    entries_.emplace_back(std::min(a, b), std::max(a, b), -siemens);
  }
  void to_terminal(int node, double siemens) { diagonal_[static_cast<std::size_t>(node)] += siemens; }

  [[nodiscard]] Matrix matrix() {
    const int nodes = static_cast<int>(diagonal_.size());
    for (int k = 0; k < nodes; ++k) entries_.emplace_back(k, k, diagonal_[static_cast<std::size_t>(k)]);
    Matrix result(nodes, nodes);
    result.setFromTriplets(entries_.begin(), entries_.end());
    return result;
  }

 private:
  std::vector<double> diagonal_;
  std::vector<Eigen::Triplet<double>> entries_;
};

Matrix equations(const WireSpec& wires, const Crossbar& crossbar, const NodeOrder& order) {
  Assembly assembly(order.nodes);
  const double row_ohm = wires.row_resistance.value();
  const double column_ohm = wires.column_resistance.value();
  for (int i = 0; i < crossbar.rows; ++i) {
    for (int j = 0; j < crossbar.columns; ++j) {
      const std::size_t at = crossbar.index(i, j);
      assembly.resistor(order.row_node[at], order.column_node[at], crossbar.conductance[at]);
      if (j > 0 && row_ohm > 0) assembly.resistor(order.row_node[at - 1], order.row_node[at], 1 / row_ohm);
      if (i > 0 && column_ohm > 0) {
        assembly.resistor(order.column_node[crossbar.index(i - 1, j)], order.column_node[at], 1 / column_ohm);
      }
    }
  }
  for (int i = 0; i < crossbar.rows; ++i) {
    assembly.to_terminal(order.row_node[crossbar.index(i, 0)], 1 / wires.first_row_ohm());
  }
  for (int j = 0; j < crossbar.columns; ++j) {
    assembly.to_terminal(order.column_node[crossbar.index(0, j)], 1 / wires.first_column_ohm());
  }
  return assembly.matrix();
}

}  // namespace

struct NodalSolver::Factor {
  Eigen::SimplicialLDLT<Matrix, Eigen::Upper, Eigen::NaturalOrdering<int>> ldlt;
  /// Strictly lower triangle of L by columns, rows ascending.
  [[nodiscard]] const Matrix& lower() const { return ldlt.matrixL().nestedExpression(); }
};

NodalSolver::NodalSolver(const WireSpec& wires, const Crossbar& crossbar)
    : rows_(crossbar.rows),
      columns_(crossbar.columns),
      first_row_siemens_(1 / wires.first_row_ohm()),
      first_column_siemens_(1 / wires.first_column_ohm()),
      order_(dissect(rows_, columns_, wires.row_resistance.value() == 0, wires.column_resistance.value() == 0)),
      factor_(std::make_unique<Factor>()) {
  factor_->ldlt.compute(equations(wires, crossbar, order_));
  if (factor_->ldlt.info() != Eigen::Success || factor_->ldlt.vectorD().minCoeff() <= 0) {
    throw WireSolverError(
        "rounding leaves a pivot that is not positive (resistances too small beside the cells; 0 ohm "
        "is possible)");
  }
}

NodalSolver::NodalSolver(NodalSolver&&) noexcept = default;
NodalSolver::~NodalSolver() = default;

/// x ← A⁻¹ x for Width right-hand sides side by side, so that one pass over L serves all.
template <int Width>
void NodalSolver::substitute(std::vector<double>& x) const {
  const Matrix& lower = factor_->lower();
  const auto& d = factor_->ldlt.vectorD();
  const int* row = lower.innerIndexPtr();
  const double* value = lower.valuePtr();
  for (int j = 0; j < order_.nodes; ++j) {
    const double* from = &x[static_cast<std::size_t>(j) * Width];
    for (int k = lower.outerIndexPtr()[j]; k < lower.outerIndexPtr()[j + 1]; ++k) {
      double* to = &x[static_cast<std::size_t>(row[k]) * Width];
      for (int w = 0; w < Width; ++w) to[w] -= value[k] * from[w];
    }
  }
  for (int j = order_.nodes - 1; j >= 0; --j) {
    double sum[Width];
    double* to = &x[static_cast<std::size_t>(j) * Width];
    for (int w = 0; w < Width; ++w) sum[w] = to[w] / d[j];
    for (int k = lower.outerIndexPtr()[j]; k < lower.outerIndexPtr()[j + 1]; ++k) {
      const double* from = &x[static_cast<std::size_t>(row[k]) * Width];
      for (int w = 0; w < Width; ++w) sum[w] -= value[k] * from[w];
    }
    std::copy_n(sum, Width, to);
  }
}

NodeVoltages NodalSolver::solve(const std::vector<double>& drive) const {
  return std::move(solve_all({drive}).front());
}

std::vector<NodeVoltages> NodalSolver::solve_all(const std::vector<std::vector<double>>& drives) const {
  constexpr int kWidth = 8;
  const std::size_t cells = order_.row_node.size();
  std::vector<NodeVoltages> results(drives.size());
  std::vector<double> x;
  for (std::size_t begin = 0; begin < drives.size(); begin += kWidth) {
    const std::size_t count = std::min<std::size_t>(kWidth, drives.size() - begin);
    const std::size_t width = count == 1 ? 1 : kWidth;
    x.assign(static_cast<std::size_t>(order_.nodes) * width, 0.0);
    for (std::size_t w = 0; w < count; ++w) {
      for (int i = 0; i < rows_; ++i) {
        const int node = order_.nodes - order_.terminals + i;
        x[static_cast<std::size_t>(node) * width + w] =
            first_row_siemens_ * drives[begin + w][static_cast<std::size_t>(i)];
      }
    }
    width == 1 ? substitute<1>(x) : substitute<kWidth>(x);
    for (std::size_t w = 0; w < count; ++w) {
      NodeVoltages& voltages = results[begin + w];
      voltages.row.resize(cells);
      voltages.column.resize(cells);
      for (std::size_t at = 0; at < cells; ++at) {
        voltages.row[at] = x[static_cast<std::size_t>(order_.row_node[at]) * width + w];
        voltages.column[at] = x[static_cast<std::size_t>(order_.column_node[at]) * width + w];
      }
    }
  }
  return results;
}

std::vector<double> NodalSolver::effective_conductance() const {
  // A right-hand side at the last nodes, looked at there, needs the last block of L only: everything before it is
  // eliminated already.
  const Matrix& lower = factor_->lower();
  const int first = order_.nodes - order_.terminals;
  const auto size = static_cast<std::size_t>(order_.terminals);
  const auto columns = static_cast<std::size_t>(columns_);
  const auto rows = static_cast<std::size_t>(rows_);
  std::vector<double> block(size * size, 0.0);  // L by columns
  for (std::size_t j = 0; j < size; ++j) {
    const int column = first + static_cast<int>(j);
    for (int k = lower.outerIndexPtr()[column]; k < lower.outerIndexPtr()[column + 1]; ++k) {
      block[j * size + static_cast<std::size_t>(lower.innerIndexPtr()[k] - first)] = lower.valuePtr()[k];
    }
  }
  std::vector<double> x(size * columns, 0.0);  // [node][sense node]
  for (std::size_t c = 0; c < columns; ++c) x[(rows + c) * columns + c] = first_column_siemens_;
  const auto subtract = [&](std::size_t to, std::size_t from, double factor) {
    for (std::size_t c = 0; c < columns; ++c) x[to * columns + c] -= factor * x[from * columns + c];
  };
  for (std::size_t j = rows; j < size; ++j) {
    for (std::size_t i = j + 1; i < size; ++i) subtract(i, j, block[j * size + i]);
  }
  for (std::size_t j = size; j-- > 0;) {
    const double d = factor_->ldlt.vectorD()[first + static_cast<int>(j)];
    for (std::size_t c = 0; c < columns; ++c) x[j * columns + c] /= d;
    for (std::size_t i = j + 1; i < size; ++i) subtract(j, i, block[j * size + i]);
  }
  x.resize(rows * columns);
  for (double& conductance : x) conductance *= first_row_siemens_;
  return x;
}

}  // namespace ohmic::models

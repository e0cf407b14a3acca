// SPDX-License-Identifier: Apache-2.0
// The network of docs/wires.md resistor by resistor and solved with a dense matrix: the definition that solvers are
// tested against.
#pragma once

#include <Eigen/Dense>
#include <vector>

#include "models/wires.hpp"
#include "tests/support/random.hpp"

namespace ohmic::test {

class DenseWires {
 public:
  DenseWires(const models::WireSpec& wires, const models::Crossbar& crossbar) : wires_(wires), crossbar_(crossbar) {
    for (int i = 0; i < crossbar.rows; ++i) {
      chain(1 + i, crossbar.columns, wires.driver_resistance.value(), wires.row_resistance.value(), row_);
    }
    std::vector<int> by_column;
    for (int j = 0; j < crossbar.columns; ++j) {
      chain(0, crossbar.rows, wires.sense_resistance.value(), wires.column_resistance.value(), by_column);
    }
    for (int i = 0; i < crossbar.rows; ++i) {
      for (int j = 0; j < crossbar.columns; ++j) {
        column_.push_back(by_column[static_cast<std::size_t>(j * crossbar.rows + i)]);
        const std::size_t at = crossbar.index(i, j);
        resistors_.push_back({row_[at], column_[at], crossbar.conductance[at]});
      }
    }
    Eigen::MatrixXd a = Eigen::MatrixXd::Zero(unknowns_, unknowns_);
    for (const Resistor& r : resistors_) {
      for (const auto& [here, there] : {std::pair{r.a, r.b}, std::pair{r.b, r.a}}) {
        if (here >= 0) a(here, here) += r.siemens;
        if (here >= 0 && there >= 0) a(here, there) -= r.siemens;
      }
    }
    if (unknowns_ > 0) lu_.compute(a);
  }

  [[nodiscard]] models::NodeVoltages solve(const std::vector<double>& drive) const {
    Eigen::VectorXd b = Eigen::VectorXd::Zero(unknowns_);
    for (const Resistor& r : resistors_) {
      for (const auto& [here, there] : {std::pair{r.a, r.b}, std::pair{r.b, r.a}}) {
        if (here >= 0 && there < 0) b(here) += r.siemens * known(there, drive);
      }
    }
    Eigen::VectorXd x;
    if (unknowns_ > 0) x = lu_.solve(b);
    models::NodeVoltages v;
    for (const int node : row_) v.row.push_back(node >= 0 ? x(node) : known(node, drive));
    for (const int node : column_) v.column.push_back(node >= 0 ? x(node) : known(node, drive));
    return v;
  }

  /// Everything that the cells of a column take from the rows arrives at its sense node.
  [[nodiscard]] std::vector<double> sense_currents(const std::vector<double>& drive) const {
    const models::NodeVoltages v = solve(drive);
    std::vector<double> currents(static_cast<std::size_t>(crossbar_.columns), 0.0);
    for (int i = 0; i < crossbar_.rows; ++i) {
      for (int j = 0; j < crossbar_.columns; ++j) {
        const std::size_t at = crossbar_.index(i, j);
        currents[static_cast<std::size_t>(j)] += crossbar_.conductance[at] * (v.row[at] - v.column[at]);
      }
    }
    return currents;
  }

  [[nodiscard]] std::vector<double> effective_conductance() const {
    std::vector<double> m;
    for (int i = 0; i < crossbar_.rows; ++i) {
      std::vector<double> drive(static_cast<std::size_t>(crossbar_.rows), 0.0);
      drive[static_cast<std::size_t>(i)] = 1;
      const std::vector<double> row = sense_currents(drive);
      m.insert(m.end(), row.begin(), row.end());
    }
    return m;
  }

 private:
  struct Resistor {
    int a;
    int b;
    double siemens;
  };
  /// Nodes below 0 are terminals: −1 is ground, −2 − i the driver of row i.
  static double known(int node, const std::vector<double>& drive) {
    return node == -1 ? 0.0 : drive[static_cast<std::size_t>(-2 - node)];
  }
  /// A wire from terminal −1 − `terminal` along `cells` cells, whose nodes are appended to `nodes`.
  void chain(int terminal, int cells, double terminal_ohm, double pitch_ohm, std::vector<int>& nodes) {
    int last = -1 - terminal;
    for (int k = 0; k < cells; ++k) {
      const double ohm = k == 0 ? terminal_ohm + pitch_ohm : pitch_ohm;
      if (ohm > 0) {
        resistors_.push_back({last, unknowns_, 1 / ohm});
        last = unknowns_++;
      }
      nodes.push_back(last);
    }
  }

  models::WireSpec wires_;
  models::Crossbar crossbar_;
  int unknowns_ = 0;
  std::vector<int> row_, column_;
  std::vector<Resistor> resistors_;
  Eigen::PartialPivLU<Eigen::MatrixXd> lu_;
};

inline models::WireSpec wires(double row_ohm, double column_ohm, double driver_ohm = 0, double sense_ohm = 0) {
  models::WireSpec spec;
  spec.row_resistance = Resistance(row_ohm);
  spec.column_resistance = Resistance(column_ohm);
  spec.driver_resistance = Resistance(driver_ohm);
  spec.sense_resistance = Resistance(sense_ohm);
  return spec;
}

/// Cells of 0 to 40 µS.
inline models::Crossbar random_crossbar(Random& random, int rows, int columns) {
  models::Crossbar crossbar{rows, columns, {}};
  for (int k = 0; k < rows * columns; ++k) crossbar.conductance.push_back(1e-8 * random.between(0, 4000));
  return crossbar;
}

}  // namespace ohmic::test

// SPDX-License-Identifier: Apache-2.0
// Each wire of an array is a ladder of resistors with a cell at every rung. Solved from the far end on by sums,
// products and quotients of positive numbers only, so that resistances of any size, zero included, keep their accuracy.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/wires.hpp"

namespace ohmic::models {
namespace {

/// A number per cell, [cell of its line][line]: cell 0 is next to the terminal, neighbouring lines are neighbours in
/// memory, so that all lines of a family are swept at once.
using Grid = std::vector<double>;

/// A grid of the row wires as one of the column wires, or the reverse: cell (i, j) is cell j of row i, cell i of column
/// j.
Grid transposed(const Grid& grid, std::size_t lines) {
  const std::size_t cells = grid.size() / lines;
  Grid result(grid.size());
  for (std::size_t k = 0; k < cells; ++k) {
    for (std::size_t l = 0; l < lines; ++l) result[l * cells + k] = grid[k * lines + l];
  }
  return result;
}

/// All wires of one family, each a ladder whose rungs are its cells.
class Ladders {
 public:
  Ladders(std::size_t lines, double first_ohm, double pitch_ohm, Grid conductance)
      : lines_(lines),
        cells_(conductance.size() / lines),
        first_ohm_(first_ohm),
        pitch_ohm_(pitch_ohm),
        conductance_(std::move(conductance)),
        share_(conductance_.size()) {
    std::vector<double> admittance(lines_, 0.0);  // of everything from rung k on
    for (std::size_t k = cells_; k-- > 0;) {
      for (std::size_t l = 0; l < lines_; ++l) {
        admittance[l] += conductance_[k * lines_ + l];
        share_[k * lines_ + l] = 1 / (1 + ohm(k) * admittance[l]);
        admittance[l] *= share_[k * lines_ + l];
      }
    }
  }

  /// Voltages for `terminal` volts at every terminal and currents `into` the rungs; `out`: current out of each
  /// terminal.
  void solve(double terminal, const Grid& into, Grid& voltage, std::vector<double>& out) const {
    out.assign(lines_, 0.0);  // current into a short at rung k, then one resistor nearer to the terminal
    for (std::size_t k = cells_; k-- > 0;) {
      for (std::size_t l = 0; l < lines_; ++l) {
        const double current = into[k * lines_ + l] + out[l];
        voltage[k * lines_ + l] = ohm(k) * current;
        out[l] = share_[k * lines_ + l] * current;
      }
    }
    std::vector<double> before(lines_, terminal);
    for (std::size_t k = 0; k < cells_; ++k) {
      for (std::size_t l = 0; l < lines_; ++l) {
        before[l] = share_[k * lines_ + l] * (before[l] + voltage[k * lines_ + l]);
        voltage[k * lines_ + l] = before[l];
      }
    }
  }

  /// Voltages for 1 V at every terminal, cells to ground.
  [[nodiscard]] Grid transfer() const {
    Grid voltage(share_.size());
    std::vector<double> ignored;
    solve(1, Grid(share_.size(), 0.0), voltage, ignored);
    return voltage;
  }

  /// Currents of the cells at these voltages, as a grid of the other family.
  [[nodiscard]] Grid cell_currents(const Grid& voltage) const {
    Grid current(voltage.size());
    for (std::size_t k = 0; k < current.size(); ++k) current[k] = conductance_[k] * voltage[k];
    return transposed(current, lines_);
  }

  [[nodiscard]] std::size_t lines() const { return lines_; }
  [[nodiscard]] std::size_t size() const { return share_.size(); }

 private:
  [[nodiscard]] double ohm(std::size_t cell) const { return cell == 0 ? first_ohm_ : pitch_ohm_; }

  std::size_t lines_;
  std::size_t cells_;
  double first_ohm_;
  double pitch_ohm_;
  Grid conductance_;
  Grid share_;  // voltage of rung k for 1 V one resistor nearer to the terminal, without currents into rungs
};

struct Wires {
  Ladders rows;
  Ladders columns;

  Wires(const WireSpec& wires, const Crossbar& c)
      : rows(static_cast<std::size_t>(c.rows), wires.first_row_ohm(), wires.row_resistance.value(),
             transposed(c.conductance, static_cast<std::size_t>(c.columns))),
        columns(static_cast<std::size_t>(c.columns), wires.first_column_ohm(), wires.column_resistance.value(),
                c.conductance) {}

  /// p · G · q, [row][column].
  [[nodiscard]] std::vector<double> product() const {
    Grid result = rows.cell_currents(rows.transfer());
    const Grid q = columns.transfer();
    for (std::size_t k = 0; k < result.size(); ++k) result[k] *= q[k];
    return result;
  }
};

/// What the currents out of the terminals of `sensed` gain from the first pass of the fixed point to its end, with all
/// lines of `driven` at 1 V.
std::vector<double> missing_currents(const WireSpec& wires, const Ladders& driven, const Ladders& sensed) {
  Grid current(driven.size(), 0.0);
  Grid voltage(driven.size());
  std::vector<double> ignored;
  std::vector<double> out(sensed.lines(), 0.0);
  std::vector<double> first;
  double change = 0;
  for (int iteration = 0; iteration < wires.max_iterations; ++iteration) {
    const std::vector<double> before = out;
    driven.solve(1, current, voltage, ignored);
    sensed.solve(0, driven.cell_currents(voltage), voltage, out);
    current = sensed.cell_currents(voltage);
    if (first.empty()) first = out;
    double largest = 0;
    double moved = 0;
    for (std::size_t l = 0; l < out.size(); ++l) {
      largest = std::max(largest, out[l]);
      moved = std::max(moved, std::abs(out[l] - before[l]));
    }
    change = largest > 0 ? moved / largest : 0;
    if (change > wires.tolerance) continue;
    for (std::size_t l = 0; l < out.size(); ++l) out[l] = std::max(0.0, out[l] - first[l]);
    return out;
  }
  throw WireSolverError(fmt::format(
      "after {} iterations currents still change by {:.2e} of the largest, tolerance is {:g} (more max_iterations, or "
      "solver: nodal)",
      wires.max_iterations, change, wires.tolerance));
}

}  // namespace

std::vector<double> ladder_conductance(const WireSpec& wires, const Crossbar& crossbar) {
  return Wires(wires, crossbar).product();
}

std::vector<double> fast_conductance(const WireSpec& wires, const Crossbar& crossbar) {
  const Wires lines(wires, crossbar);
  std::vector<double> result = lines.product();
  const std::vector<double> of_column = missing_currents(wires, lines.rows, lines.columns);
  const std::vector<double> of_row = missing_currents(wires, lines.columns, lines.rows);
  double sum = 0;
  for (const double missing : of_row) sum += missing;
  if (sum <= 0) return result;
  for (int i = 0; i < crossbar.rows; ++i) {
    const double share = of_row[static_cast<std::size_t>(i)] / sum;
    for (int j = 0; j < crossbar.columns; ++j) {
      result[crossbar.index(i, j)] += share * of_column[static_cast<std::size_t>(j)];
    }
  }
  return result;
}

}  // namespace ohmic::models

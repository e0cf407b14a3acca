// SPDX-License-Identifier: Apache-2.0
#include "models/wires.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "models/wires_nodal.hpp"

namespace ohmic::models {

EnumNames enum_names(WireSolver /*e*/) {
  return {{"nodal", 0}, {"fast", 1}};
}
EnumNames enum_names(WireTopology /*e*/) {
  return {{"separate", 0}, {"interleaved", 1}};
}

void fields(Fields& f, WireSpec& s) {
  constexpr double kMostOhms = 1e9;
  f.key("solver", s.solver, {.doc = "nodal: all node equations; fast: ladders, error reported", .required = true});
  f.key("row_resistance", s.row_resistance,
        {.doc = "of a row wire, per cell pitch", .required = true, .min = 0, .max = kMostOhms});
  f.key("column_resistance", s.column_resistance,
        {.doc = "of a column wire, per cell pitch", .required = true, .min = 0, .max = kMostOhms});
  f.key("driver_resistance", s.driver_resistance,
        {.doc = "between a driver and its row wire", .min = 0, .max = kMostOhms});
  f.key("sense_resistance", s.sense_resistance,
        {.doc = "between a column wire and its virtual ground", .min = 0, .max = kMostOhms});
  f.key("topology", s.topology, {.doc = "pairs of cells in two arrays, or side by side in one"});
  f.key("tolerance", s.tolerance,
        {.doc = "fast: last change of a current, as a fraction of the largest", .min = 1e-12, .max = 0.1});
  f.key("max_iterations", s.max_iterations, {.doc = "fast: gives up after so many", .min = 2, .max = 1e6});
}

namespace {

/// Conductance of a resistor that is not 0.
double siemens(double ohm) {
  return 1 / ohm;
}

/// Sums of currents into the nodes of one line: `first_ohm` to the terminal at `terminal` volts, `pitch_ohm` between
/// cells, `into` from the cells. A line without pitch resistance is one node.
struct LineBalance {
  double worst = 0;
  double terminal_current = 0;

  template <class Voltage, class Current>
  LineBalance(int cells, double terminal, double first_ohm, double pitch_ohm, const Voltage& voltage,
              const Current& into) {
    terminal_current = (terminal - voltage(0)) * siemens(first_ohm);
    double sum = terminal_current;
    for (int k = 0; k < cells; ++k) {
      sum += into(k);
      if (pitch_ohm == 0) continue;
      const double to_next = k + 1 < cells ? (voltage(k) - voltage(k + 1)) * siemens(pitch_ohm) : 0;
      worst = std::max(worst, std::abs(sum - to_next));
      sum = to_next;
    }
    if (pitch_ohm == 0) worst = std::abs(sum);
  }
};

}  // namespace

double kirchhoff_residual(const WireSpec& wires, const Crossbar& crossbar, const std::vector<double>& drive,
                          const NodeVoltages& voltages) {
  const auto cell_current = [&](int i, int j) {
    const std::size_t at = crossbar.index(i, j);
    return crossbar.conductance[at] * (voltages.row[at] - voltages.column[at]);
  };
  double worst = 0;
  double largest = 0;
  for (int i = 0; i < crossbar.rows; ++i) {
    const LineBalance row(
        crossbar.columns, drive[static_cast<std::size_t>(i)], wires.first_row_ohm(), wires.row_resistance.value(),
        [&](int j) { return voltages.row[crossbar.index(i, j)]; }, [&](int j) { return -cell_current(i, j); });
    worst = std::max(worst, row.worst);
    largest = std::max(largest, std::abs(row.terminal_current));
  }
  for (int j = 0; j < crossbar.columns; ++j) {
    const LineBalance column(
        crossbar.rows, 0.0, wires.first_column_ohm(), wires.column_resistance.value(),
        [&](int i) { return voltages.column[crossbar.index(i, j)]; }, [&](int i) { return cell_current(i, j); });
    worst = std::max(worst, column.worst);
  }
  return largest > 0 ? worst / largest : worst;
}

std::vector<double> effective_conductance(const WireSpec& wires, const Crossbar& crossbar) {
  if (wires.perfect_rows() || wires.perfect_columns()) return ladder_conductance(wires, crossbar);
  if (wires.solver == WireSolver::fast) return fast_conductance(wires, crossbar);
  // Without any current there is nothing that a residual could be compared with.
  const auto conducts = [](double siemens) { return siemens > 0; };
  if (std::none_of(crossbar.conductance.begin(), crossbar.conductance.end(), conducts)) return crossbar.conductance;
  constexpr double kLargestResidual = 1e-6;
  const NodalSolver solver(wires, crossbar);
  const std::vector<double> all(static_cast<std::size_t>(crossbar.rows), 1.0);
  const double residual = kirchhoff_residual(wires, crossbar, all, solver.solve(all));
  if (!(residual <= kLargestResidual)) {
    throw WireSolverError(fmt::format(
        "Kirchhoff's law fails by {:.2e} of the largest current, at most {:.0e} is allowed (resistances too small "
        "beside the cells; 0 ohm is possible)",
        residual, kLargestResidual));
  }
  return solver.effective_conductance();
}

}  // namespace ohmic::models

// SPDX-License-Identifier: Apache-2.0
// Resistance of the lines of an array: a linear network, hence an effective conductance between each driver and each
// sense node. Network, equations and solvers: docs/wires.md.
#pragma once

#include <stdexcept>
#include <vector>

#include "base/fields.hpp"

namespace ohmic::models {

/// nodal: the equations of all nodes, factorised. fast: ladders, coupled by a fixed point in their sums.
enum class WireSolver { nodal, fast };
/// Where the two devices of a differential pair sit: in arrays of their own, or side by side on the same row wires.
enum class WireTopology { separate, interleaved };
EnumNames enum_names(WireSolver);
EnumNames enum_names(WireTopology);

/// `array.wires`.
struct WireSpec {
  WireSolver solver = WireSolver::nodal;
  Resistance row_resistance{};     // per cell pitch
  Resistance column_resistance{};  // per cell pitch
  Resistance driver_resistance{};
  Resistance sense_resistance{};
  WireTopology topology = WireTopology::separate;
  double tolerance = 1e-4;   // fast: last change of a current, as a fraction of the largest
  int max_iterations = 100;  // fast

  /// No resistance between drivers and cells; between cells and sense nodes.
  [[nodiscard]] bool perfect_rows() const { return row_resistance.value() + driver_resistance.value() == 0; }
  [[nodiscard]] bool perfect_columns() const { return column_resistance.value() + sense_resistance.value() == 0; }
  /// Between the terminal and the first cell.
  [[nodiscard]] double first_row_ohm() const { return driver_resistance.value() + row_resistance.value(); }
  [[nodiscard]] double first_column_ohm() const { return sense_resistance.value() + column_resistance.value(); }
};
void fields(Fields& f, WireSpec& s);

/// Cells between row and column wires, in siemens and not negative. Cell (0, 0) is next to its driver and sense node.
struct Crossbar {
  int rows = 0;
  int columns = 0;
  std::vector<double> conductance;  // [row][column]

  [[nodiscard]] std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column);
  }
};

/// Voltages of the wires at each cell, [row][column].
struct NodeVoltages {
  std::vector<double> row;
  std::vector<double> column;
};

/// Kirchhoff's law: the largest sum of currents into a node, as a fraction of the largest current of a driver (whose
/// voltages are `drive`). Neither family of wires is perfect.
[[nodiscard]] double kirchhoff_residual(const WireSpec& wires, const Crossbar& crossbar,
                                        const std::vector<double>& drive, const NodeVoltages& voltages);

/// A solver that did not get where it should; what() says how far it got.
class WireSolverError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Current into sense node c for 1 V at driver i alone, siemens, [row][column]; by the solver of `wires`.
[[nodiscard]] std::vector<double> effective_conductance(const WireSpec& wires, const Crossbar& crossbar);

/// The ladder form: M with each line solved by itself, then its row and column sums made those of the network.
[[nodiscard]] std::vector<double> fast_conductance(const WireSpec& wires, const Crossbar& crossbar);
/// Its first part: p · G · q. Exact where one family of wires is perfect.
[[nodiscard]] std::vector<double> ladder_conductance(const WireSpec& wires, const Crossbar& crossbar);

}  // namespace ohmic::models

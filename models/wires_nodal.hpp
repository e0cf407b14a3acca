// SPDX-License-Identifier: Apache-2.0
// The nodal equations of one array, factorised once (docs/wires.md).
#pragma once

#include <memory>
#include <vector>

#include "models/wires.hpp"

namespace ohmic::models {

/// Which unknown the wires of each cell are, in the order of elimination; wires without pitch resistance are one node
/// per line. The last rows + columns unknowns are the nodes next to the terminals, rows first.
struct NodeOrder {
  std::vector<int> row_node;     // [row][column]
  std::vector<int> column_node;  // [row][column]
  int nodes = 0;
  int terminals = 0;
};
/// Nested dissection of the two layers of wires.
[[nodiscard]] NodeOrder dissect(int rows, int columns, bool merged_rows, bool merged_columns);

class NodalSolver {
 public:
  /// Factorises; neither family of wires may be perfect. WireSolverError where rounding leaves no positive pivot.
  NodalSolver(const WireSpec& wires, const Crossbar& crossbar);
  NodalSolver(NodalSolver&&) noexcept;
  ~NodalSolver();

  /// Voltages of all nodes with `drive` volts at the drivers.
  [[nodiscard]] NodeVoltages solve(const std::vector<double>& drive) const;
  /// The same for several drive vectors, faster than one by one; same bits.
  [[nodiscard]] std::vector<NodeVoltages> solve_all(const std::vector<std::vector<double>>& drives) const;

  /// Currents into the sense nodes for 1 V at one driver at a time, [row][column], by one adjoint solve per column.
  [[nodiscard]] std::vector<double> effective_conductance() const;

 private:
  struct Factor;
  template <int Width>
  void substitute(std::vector<double>& x) const;

  int rows_ = 0;
  int columns_ = 0;
  double first_row_siemens_ = 0;
  double first_column_siemens_ = 0;
  NodeOrder order_;
  std::unique_ptr<Factor> factor_;
};

}  // namespace ohmic::models

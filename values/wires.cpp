// SPDX-License-Identifier: Apache-2.0
#include "values/wires.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/config_reader.hpp"
#include "base/parallel.hpp"
#include "values/layer_array.hpp"

namespace ohmic::values {

namespace {

/// Siemens of a cell's units, 2^-F levels, and back.
struct ConductanceScale {
  double unit = 0;
  double off = 0;  // of a cell of 0 units

  /// The difference of an xnor pair holds no off conductance.
  ConductanceScale(const models::CellSpec& cell, bool is_xnor) {
    const double g_max = cell.device->g_max().value();
    const double g_min = g_max * cell.off_state();
    unit = std::ldexp((g_max - g_min) / ((1 << cell.bits) - 1), -conductance_fraction_bits(cell.bits));
    if (is_xnor || cell.off_current == models::OffCurrent::exact) off = g_min;
  }
  [[nodiscard]] double siemens(int units) const { return std::max(0.0, units * unit + off); }
  [[nodiscard]] double units(double siemens) const { return (siemens - off) / unit; }
};

/// The cells of one block of rows and columns, and the array or the two arrays that they sit in.
class Block {
 public:
  Block(const mapping::WeightPlan& plan, const models::ArraySpec& array, int row_begin, int column_begin)
      : plan_(plan),
        wires_(*array.wires),
        is_xnor_(plan.encoding == models::WeightEncoding::xnor),
        scale_(array.cell, is_xnor_),
        slices_(static_cast<int>(plan.slices.size())),
        row_begin_(row_begin),
        rows_(std::min(array.rows, plan.rows - row_begin)),
        column_begin_(column_begin),
        columns_(std::min(columns_per_array(array, slices_), plan.columns - column_begin)),
        devices_(is_xnor_ ? 2 : plan.planes) {}

  static int columns_per_array(const models::ArraySpec& array, int slices) {
    return std::max(1, array.columns / slices);
  }

  /// Arrays that the block takes; polarities in each.
  [[nodiscard]] int arrays() const { return is_interleaved() ? 1 : devices_; }
  [[nodiscard]] models::Crossbar crossbar(int array, const std::vector<std::int16_t>& cells) const {
    models::Crossbar crossbar;
    crossbar.rows = rows_;
    crossbar.columns = columns_ * slices_ * together();
    for (int row = 0; row < rows_; ++row) {
      for (int k = 0; k < crossbar.columns; ++k) {
        const int polarity = array + k % together();
        const int cell = cells[cell_index(row, k / together(), polarity)];
        crossbar.conductance.push_back(scale_.siemens(is_xnor_ ? std::max(0, polarity == 0 ? cell : -cell) : cell));
      }
    }
    return crossbar;
  }

  void apply(std::vector<std::int16_t>& cells) const {
    std::vector<models::Crossbar> effective;
    for (int a = 0; a < arrays(); ++a) {
      effective.push_back(crossbar(a, cells));
      effective.back().conductance = solved(effective.back(), a);
    }
    const auto units = [&](int row, int k, int polarity) {
      const models::Crossbar& array = effective[static_cast<std::size_t>(is_interleaved() ? 0 : polarity)];
      const int column = is_interleaved() ? 2 * k + polarity : k;
      return scale_.units(array.conductance[array.index(row, column)]);
    };
    for (int row = 0; row < rows_; ++row) {
      for (int k = 0; k < columns_ * slices_; ++k) {
        if (is_xnor_) {
          cells[cell_index(row, k, 0)] = rounded(units(row, k, 0) - units(row, k, 1));
          continue;
        }
        for (int polarity = 0; polarity < plan_.planes; ++polarity) {
          cells[cell_index(row, k, polarity)] = rounded(units(row, k, polarity));
        }
      }
    }
  }

  [[nodiscard]] std::int64_t cells_of_array() const {
    return static_cast<std::int64_t>(rows_) * columns_ * slices_ * together();
  }

 private:
  [[nodiscard]] bool is_interleaved() const {
    return devices_ == 2 && wires_.topology == models::WireTopology::interleaved;
  }
  /// Devices of a pair in one array.
  [[nodiscard]] int together() const { return is_interleaved() ? 2 : 1; }
  /// Of physical column `k` of a plane.
  [[nodiscard]] std::size_t cell_index(int row, int k, int polarity) const {
    return plan_.index(is_xnor_ ? 0 : polarity, k % slices_, row_begin_ + row, column_begin_ + k / slices_);
  }
  static std::int16_t rounded(double units) {
    return static_cast<std::int16_t>(std::clamp<double>(std::nearbyint(units), -kMaxConductance, kMaxConductance));
  }

  [[nodiscard]] std::vector<double> solved(const models::Crossbar& crossbar, int array) const {
    try {
      return models::effective_conductance(wires_, crossbar);
    } catch (const models::WireSolverError& error) {
      const std::string plane = arrays() == 1 ? "" : array == 0 ? ", plane p" : ", plane n";
      throw RuleError(
          "architecture.array.wires.solver",
          fmt::format("the array of rows {} to {}, columns {} to {}{}: {}", row_begin_, row_begin_ + rows_ - 1,
                      column_begin_, column_begin_ + columns_ - 1, plane, error.what()));
    }
  }

  const mapping::WeightPlan& plan_;
  const models::WireSpec& wires_;
  bool is_xnor_;
  ConductanceScale scale_;
  int slices_;
  int row_begin_;
  int rows_;
  int column_begin_;
  int columns_;
  int devices_;  // of one weight and slice
};

std::vector<Block> blocks_of(const mapping::WeightPlan& plan, const models::ArraySpec& array) {
  std::vector<Block> blocks;
  const int columns = Block::columns_per_array(array, static_cast<int>(plan.slices.size()));
  for (int row = 0; row < plan.rows; row += array.rows) {
    for (int column = 0; column < plan.columns; column += columns) blocks.emplace_back(plan, array, row, column);
  }
  return blocks;
}

/// Share of the current of ideal wires that does not arrive with all rows driven.
double current_loss(const std::vector<double>& ideal, const std::vector<double>& effective) {
  double before = 0;
  double after = 0;
  for (const double g : ideal) before += g;
  for (const double g : effective) after += g;
  return before > 0 ? 1 - after / before : 0;
}

WireReport report_of(const models::WireSpec& wires, const models::Crossbar& crossbar) {
  WireReport report;
  models::WireSpec nodal = wires;
  nodal.solver = models::WireSolver::nodal;
  const std::vector<double> exact = models::effective_conductance(nodal, crossbar);
  report.current_loss = current_loss(crossbar.conductance, exact);
  if (wires.solver == models::WireSolver::nodal) return report;
  const std::vector<double> fast = models::effective_conductance(wires, crossbar);
  double squares = 0;
  double worst = 0;
  for (std::size_t k = 0; k < fast.size(); ++k) {
    worst = std::max(worst, std::abs(fast[k] - exact[k]));
    squares += (fast[k] - exact[k]) * (fast[k] - exact[k]);
  }
  const double largest = *std::max_element(exact.begin(), exact.end());
  report.max_error = largest > 0 ? worst / largest : 0;
  report.rms_error = largest > 0 ? std::sqrt(squares / static_cast<double>(fast.size())) / largest : 0;
  return report;
}

}  // namespace

std::vector<std::int16_t> behind_wires(const mapping::WeightPlan& plan, const models::ArraySpec& array, Causes causes,
                                       int threads, std::vector<std::int16_t> cells) {
  if (!array.has_wires() || !causes.has(Cause::wires)) return cells;
  const std::vector<Block> blocks = blocks_of(plan, array);
  parallel_for(blocks.size(), threads, [&](std::size_t b) { blocks[b].apply(cells); });
  return cells;
}

std::optional<WireReport> report_wires(const workloads::QuantizedGraph& graph,
                                       const std::vector<mapping::EncodedLayer>& layers, const models::ArraySpec& array,
                                       const ConverterRanges& ranges, const Chip& chip) {
  if (!array.has_wires()) return std::nullopt;
  int fullest = -1;
  std::int64_t most = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) {
    if (layers[l].is_streamed) continue;
    const std::int64_t cells = Block(layers[l].weights, array, 0, 0).cells_of_array();
    if (cells <= most) continue;
    most = cells;
    fullest = static_cast<int>(l);
  }
  if (fullest < 0) return std::nullopt;
  const auto l = static_cast<std::size_t>(fullest);
  Chip without = chip;
  without.causes = chip.causes_of(fullest).without(Cause::wires);
  without.layer_causes.clear();
  const LayerArray layer(layers[l], array, ranges[l], without, fullest);
  WireReport report = report_of(*array.wires, Block(layers[l].weights, array, 0, 0).crossbar(0, layer.cells));
  report.layer = graph.layer_name(l);
  return report;
}

}  // namespace ohmic::values

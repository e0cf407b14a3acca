// SPDX-License-Identifier: Apache-2.0
#include "mapping/hardware.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include "base/config_reader.hpp"
#include "mapping/adder_tree.hpp"
#include "mapping/mapping_parts.hpp"
#include "mapping/partial_sums.hpp"
#include "mapping/stage_work.hpp"

namespace ohmic::mapping {

namespace {

using models::ConverterRange;
using models::kLevel;

class Builder {
 public:
  Builder(Hardware& hardware, const models::ArchitectureSpec& architecture)
      : hw_(hardware), architecture_(architecture), columns_(hardware.program.streams.size()) {}

  void build(const models::ConverterRanges& ranges) {
    for (std::size_t l = 0; l < hw_.layers.size(); ++l) {
      if (hw_.layers[l].is_streamed) {
        hw_.conversions.emplace_back();
        hw_.converters.emplace_back();
        continue;
      }
      hw_.conversions.push_back(conversions_of(hw_.layers[l], architecture_.array));
      hw_.converters.push_back(converters(static_cast<int>(l), ranges.at(l)));
    }
    hw_.formats.resize(hw_.program.streams.size());
    hw_.nodes.resize(hw_.program.streams.size());
    // Tiles stand before the combine stage that reads them.
    for (const Stage& stage : hw_.program.stages) {
      hw_.cores.push_back(core(stage));
      if (stage.output < 0) continue;
      hw_.nodes[static_cast<std::size_t>(stage.output)] = node_of(stage);
      hw_.formats[static_cast<std::size_t>(stage.output)] = format(stage);
    }
  }

 private:
  [[nodiscard]] const workloads::QuantizedNode& node(int index) const {
    return hw_.graph.nodes[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] const LayerMapping& layer_mapping(int layer) const {
    return hw_.program.layers[static_cast<std::size_t>(layer)];
  }

  [[nodiscard]] LayerConverters converters(int layer, const std::vector<ConverterRange>& ranges) const;
  void require_sums_of_words(int layer) const;
  void require_partial_sums_fit(int layer, const LayerConverters& converters) const;
  void require_sums_to_saturate(int layer, const LayerConverters& converters) const;

  [[nodiscard]] Core core(const Stage& stage);
  [[nodiscard]] TileCore tile(const Stage& stage);
  [[nodiscard]] CombineCore combine(const Stage& stage) const;
  [[nodiscard]] LanesCore lanes(const Stage& stage) const;
  [[nodiscard]] DigitalCore digital(const Stage& stage) const;
  [[nodiscard]] int node_of(const Stage& stage) const;
  [[nodiscard]] TokenFormat format(const Stage& stage) const;
  [[nodiscard]] int lane_cycles(std::int64_t elements) const {
    return static_cast<int>(std::max<std::int64_t>(1, ceil_div(elements, architecture_.tile.digital.lanes)));
  }

  Hardware& hw_;
  const models::ArchitectureSpec& architecture_;
  std::vector<std::vector<int>> columns_;  // by stream of a tile
};

LayerConverters Builder::converters(int layer, const std::vector<ConverterRange>& ranges) const {
  require_sums_of_words(layer);
  LayerConverters all;
  for (int c = 0; c < layer_mapping(layer).columns; ++c) {
    all.columns.push_back(ranges[ranges.size() == 1 ? 0 : static_cast<std::size_t>(c)]);
    const ConverterRange& range = all.columns.back();
    all.in_levels = all.in_levels && range.step % kLevel == 0 && range.low % kLevel == 0;
  }
  if (all.in_levels) {
    require_sums_to_saturate(layer, all);
    return all;
  }
  const std::string& name = layer_mapping(layer).name;
  for (const ConverterRange& range : all.columns) {
    if (range.low % range.step == 0) continue;
    throw RuleError("architecture.array.adc.range",
                    fmt::format("layer '{}': converter steps that are no whole levels need 0 among their values in "
                                "hardware; a range of one bit has not (more bits, or range granular)",
                                name));
  }
  if (hw_.layers[static_cast<std::size_t>(layer)].reconstruction.input_sum != 0) {
    throw RuleError("architecture.array.adc.range",
                    fmt::format("layer '{}': sums of the inputs are added in levels, but a converter step is no whole "
                                "number of them (range granular or lossless, or weights differential or "
                                "twos_complement)",
                                name));
  }
  require_partial_sums_fit(layer, all);
  return all;
}

/// Partial sums are wider than the accumulator by the shift of the reconstruction, and hardware counts in 64 bits.
void Builder::require_sums_of_words(int layer) const {
  constexpr int kWord = 64;
  const int shift = hw_.layers[static_cast<std::size_t>(layer)].reconstruction.shift;
  if (hw_.graph.accumulator.bits + shift <= kWord) return;
  throw RuleError(
      "quantization.accumulator.bits",
      fmt::format("partial sums of layer '{}' are {} bits wider than the accumulator: at most {} in hardware",
                  layer_mapping(layer).name, shift, kWord - shift));
}

/// A sum of codes must not wrap: multiplied by the step it would not come back. Clipping only makes sums smaller.
void Builder::require_partial_sums_fit(int layer, const LayerConverters& converters) const {
  const EncodedLayer& encoded = hw_.layers[static_cast<std::size_t>(layer)];
  const LayerMapping& mapping = layer_mapping(layer);
  const std::int64_t groups =
      std::int64_t{1} * mapping.row_blocks * row_groups(architecture_.array, architecture_.array.rows);
  std::int64_t weights = 0;
  for (const Conversion& c : hw_.conversions[static_cast<std::size_t>(layer)]) weights += std::abs(c.weight);
  std::int64_t largest = 0;
  for (int column = 0; column < mapping.columns; ++column) {
    std::int64_t sum = 0;  // largest raw value of the column, in levels
    for (int row = 0; row < mapping.rows; ++row) {
      std::int64_t cells = 0;
      for (int s = 0; s < static_cast<int>(encoded.weights.slices.size()); ++s) {
        for (int p = 0; p < encoded.weights.planes; ++p) {
          cells += std::abs(encoded.weights.slices[static_cast<std::size_t>(s)].weight) *
                   std::abs(encoded.weights.level(encoded.weights.code(p, s, row, column)));
        }
      }
      std::int64_t drive = 0;
      for (int t = 0; t < static_cast<int>(encoded.inputs.steps.size()); ++t) {
        drive += std::abs(encoded.inputs.steps[static_cast<std::size_t>(t)].weight) * encoded.inputs.max_digit(t);
      }
      sum += cells * drive;
    }
    const std::int64_t step = converters.columns[static_cast<std::size_t>(column)].step;
    largest = std::max(largest, ceil_mul_div(sum, kLevel, step) + weights * groups);  // half a code a conversion, twice
  }
  const int bits = hw_.graph.accumulator.bits + encoded.reconstruction.shift;
  const int needed = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(largest))) + 1;
  if (needed <= bits) return;
  throw RuleError("quantization.accumulator.bits",
                  fmt::format("partial sums of layer '{}' may need {} bits in codes of the converter, they have {}",
                              mapping.name, needed, bits));
}

/// Partial sums wrap at their width, which is harmless where the accumulator wraps too. One that saturates must see
/// the whole sum.
void Builder::require_sums_to_saturate(int layer, const LayerConverters& converters) const {
  if (hw_.graph.accumulator.overflow != workloads::Overflow::saturate) return;
  const EncodedLayer& encoded = hw_.layers[static_cast<std::size_t>(layer)];
  const LayerMapping& mapping = layer_mapping(layer);
  const auto& conv = std::get<workloads::QuantizedConv>(node(mapping.node).operation);
  const int bits = hw_.graph.accumulator.bits + encoded.reconstruction.shift;
  std::int64_t largest = 0;  // magnitude, of a negative sum less one
  for (int column = 0; column < mapping.columns; ++column) {
    const SumRange sums = partial_sum_range(encoded, conv, hw_.graph.input_params(mapping.node), architecture_.array,
                                            converters.columns[static_cast<std::size_t>(column)], column);
    largest = std::max({largest, sums.high, -(sums.low + 1)});
  }
  const int needed = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(largest))) + 1;
  if (needed <= bits) return;
  throw RuleError("quantization.accumulator",
                  fmt::format("layer '{}': overflow saturate needs whole partial sums in hardware, and these may need "
                              "{} bits but have {} (bits: {}, or overflow wrap or error)",
                              mapping.name, needed, bits, hw_.graph.accumulator.bits + needed - bits));
}

Core Builder::core(const Stage& stage) {
  switch (stage.kind) {
    case StageKind::source:
      return SourceCore{};
    case StageKind::sink:
      return SinkCore{};
    case StageKind::mvm:
      return tile(stage);
    case StageKind::combine:
      return combine(stage);
    case StageKind::lanes:
      return lanes(stage);
    default:
      return digital(stage);
  }
}

TileCore Builder::tile(const Stage& stage) {
  const models::ArraySpec& array = architecture_.array;
  const LayerMapping& mapping = layer_mapping(stage.layer);
  TileCore tile;
  tile.layer = stage.layer;
  std::map<int, int> row_blocks;  // by column block
  std::map<int, int> first;       // result column of each column block
  std::vector<ArrayAssignment> members;
  for (const int i : stage.arrays) members.push_back(hw_.program.arrays[static_cast<std::size_t>(i)]);
  std::set<std::pair<int, int>> blocks;
  for (const ArrayAssignment& a : members) {
    ++row_blocks[a.column_block];
    blocks.emplace(a.column_begin, a.column_end);
  }
  for (const auto& [begin, end] : blocks) {
    first[begin] = static_cast<int>(tile.columns.size());
    for (int c = begin; c < end; ++c) tile.columns.push_back(c);
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    const ArrayAssignment& a = members[i];
    tile.arrays.push_back(
        {stage.arrays[i], a.row_begin, a.row_end, a.column_begin, a.column_end, first.at(a.column_begin)});
  }
  int most = 1;
  for (const auto& [block, count] : row_blocks) most = std::max(most, count);
  tile.tree_levels = adder_tree_levels(most);
  tile.row_groups = static_cast<int>(row_groups(array, std::min(mapping.rows, array.rows)));
  const int physical = std::min(mapping.columns, mapping.columns_per_array) * mapping.slices;
  const bool analog_slices = array.accumulate.slices == models::Domain::analog;
  const bool both_planes = array.planes() == 2 && array.accumulate.polarity == models::Domain::digital;
  tile.conversions =
      static_cast<int>(ceil_div(std::min(physical, array.adc->columns_per_adc), analog_slices ? mapping.slices : 1)) *
      (both_planes ? 2 : 1);
  columns_[static_cast<std::size_t>(stage.output)] = tile.columns;
  return tile;
}

CombineCore Builder::combine(const Stage& stage) const {
  CombineCore combine;
  combine.layer = stage.layer;
  std::map<int, int> of_phase;
  for (const InputPort& port : stage.inputs) {
    combine.columns.push_back(columns_[static_cast<std::size_t>(port.stream)]);
    combine.passes = std::max(combine.passes, ++of_phase[port.phase]);
  }
  combine.cycles = combine.passes * lane_cycles(layer_mapping(stage.layer).columns);
  return combine;
}

LanesCore Builder::lanes(const Stage& stage) const {
  const models::MultiplyLanesSpec& spec = *architecture_.tile.multiply_lanes;
  const auto& conv = std::get<workloads::QuantizedConv>(node(stage.node).operation);
  const workloads::QuantParams& x = hw_.graph.input_params(stage.node);
  const std::int64_t operand = std::max(x.q_max() - x.zero_point, x.zero_point - x.q_min());
  const std::int64_t largest = (operand << (conv.weight_bits - 1)) * conv.rows;
  return {stage.layer, weight_stream(conv, spec),
          static_cast<int>(std::bit_width(static_cast<std::uint64_t>(largest))) + 1,
          static_cast<int>(spec.multiply_cycles), static_cast<int>(spec.accumulate_cycles)};
}

DigitalCore Builder::digital(const Stage& stage) const {
  const workloads::QuantizedNode& n = node(stage.node);
  const bool on_integers =
      n.is_integer && std::all_of(n.inputs.begin(), n.inputs.end(), [&](int from) { return node(from).is_integer; });
  if (!on_integers) {
    throw RuleError("quantization.rules",
                    fmt::format("node '{}' computes in float: only level token has modules for that", n.name));
  }
  return {lane_cycles(node_work(n, node(n.inputs.at(0)).shape).elements)};
}

/// The source may send what a quantize node behind it would have: the node that its readers name.
int Builder::node_of(const Stage& stage) const {
  if (stage.kind == StageKind::mvm) return -1;
  if (stage.kind != StageKind::source) return stage.node;
  const Stream& stream = hw_.program.streams[static_cast<std::size_t>(stage.output)];
  const Stage& reader = hw_.program.stages[static_cast<std::size_t>(stream.destinations.front().stage)];
  return reader.kind == StageKind::sink ? reader.node : node(reader.node).inputs.at(0);
}

TokenFormat Builder::format(const Stage& stage) const {
  const Stream& stream = hw_.program.streams[static_cast<std::size_t>(stage.output)];
  if (stage.kind == StageKind::mvm) {
    const auto count = static_cast<int>(columns_[static_cast<std::size_t>(stage.output)].size());
    return {count, stream.token_bits / count, true};
  }
  const workloads::QuantizedNode& n = node(hw_.nodes[static_cast<std::size_t>(stage.output)]);
  if (!n.is_integer) {
    throw RuleError("quantization.rules",
                    fmt::format("stream '{}' carries floats: only level token has modules for that", stream.name));
  }
  return {n.shape.channels, n.params.bits, n.params.is_signed};
}

}  // namespace

Hardware build_hardware(const Program& program, const workloads::QuantizedGraph& graph,
                        const std::vector<EncodedLayer>& layers, const models::ArchitectureSpec& architecture,
                        const models::ConverterRanges& ranges) {
  Hardware hardware{program, graph, layers, {}, {}, {}, {}, {}};
  Builder(hardware, architecture).build(ranges);
  return hardware;
}

}  // namespace ohmic::mapping

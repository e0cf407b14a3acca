// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/tile_build.hpp"

#include <algorithm>

namespace ohmic::sim::pin {

namespace {

using mapping::Conversion;

/// Conversions of the first digital step; the others have as many.
std::size_t burst_of(const std::vector<Conversion>& conversions) {
  return static_cast<std::size_t>(std::count_if(conversions.begin(), conversions.end(), [&](const Conversion& c) {
    return c.step_begin == conversions.front().step_begin;
  }));
}

/// A pulse for each unit of the longest digit, unless digits are amplitudes; then the lines settle.
Cycle cycles_of_one_read(const models::ArraySpec& array, Frequency clock) {
  const models::InputSpec& inputs = array.inputs;
  const int pulses = inputs.shape == models::InputShape::amplitude ? 1 : (1 << inputs.dac_bits) - 1;
  const Duration time(array.read.time.value() * pulses + array.read.settle.value());
  return std::max<Cycle>(1, cycles_covering(time, clock));
}

void add_arrays(TileBuild& build, const mapping::Hardware& hardware, const mapping::TileCore& core,
                const models::ArraySpec& array) {
  const mapping::WeightPlan& weights = hardware.layers[static_cast<std::size_t>(core.layer)].weights;
  const mapping::LayerConverters& converters = hardware.converters[static_cast<std::size_t>(core.layer)];
  build.row_begin = weights.rows;
  for (const mapping::ArrayBlock& block : core.arrays) {
    const RowFormat format = row_format(weights, block, array.cell.bits);
    TileBuild::Array one{block.row_begin, block.row_end, block.column_begin, block.result_column, format, {}};
    for (int c = block.column_begin; c < block.column_end; ++c) {
      one.converters.emplace_back(converters.columns[static_cast<std::size_t>(c)], array.adc->bits,
                                  converters.in_levels);
    }
    build.arrays.push_back(std::move(one));
    build.row_begin = std::min(build.row_begin, block.row_begin);
    build.row_end = std::max(build.row_end, block.row_end);
  }
}

void set_times(TileBuild& build, const models::ArchitectureSpec& architecture, const mapping::TileCore& core) {
  const models::ArraySpec& array = architecture.array;
  const Conversion& first = build.conversions.front();
  build.read_cycles = (first.step_end - first.step_begin) * cycles_of_one_read(array, architecture.clock);
  build.add_cycles = array.shift_add_cycles;
  build.tree_levels = core.tree_levels;
  if (build.kind == TileKind::digital) {
    build.group_cycles = std::max(build.read_cycles, build.add_cycles);
    return;
  }
  build.converter_pace = ConversionCounter(array.adc->rate, architecture.clock, core.conversions);
  const Cycle convert = build.converter_pace.burst();
  build.group_cycles = array.sample_hold.banks == 2 ? std::max({build.read_cycles, convert, build.add_cycles})
                                                    : build.read_cycles + convert + build.add_cycles;
}

}  // namespace

RowFormat row_format(const mapping::WeightPlan& weights, const mapping::ArrayBlock& block, int cell_bits) {
  return {static_cast<int>(weights.slices.size()), weights.planes, block.column_end - block.column_begin, cell_bits};
}

TileBuild tile_build(const mapping::Hardware& hardware, int stage, const models::ArchitectureSpec& architecture,
                     TileKind kind) {
  const auto& core = std::get<mapping::TileCore>(hardware.cores[static_cast<std::size_t>(stage)]);
  const mapping::Stage& ends = hardware.program.stages[static_cast<std::size_t>(stage)];
  const mapping::EncodedLayer& layer = hardware.layers[static_cast<std::size_t>(core.layer)];
  const models::ArraySpec& array = architecture.array;
  TileBuild build;
  build.kind = kind;
  build.output_slots = architecture.tile.output_slots;
  build.inputs = layer.inputs;
  build.operand = hardware.formats[static_cast<std::size_t>(ends.inputs.front().stream)];
  build.result = hardware.formats[static_cast<std::size_t>(ends.output)];
  build.parallel_rows = array.parallel_rows > 0 ? array.parallel_rows : array.rows;
  build.conversions = hardware.conversions[static_cast<std::size_t>(core.layer)];
  build.burst = burst_of(build.conversions);
  build.digital_steps = static_cast<int>(build.conversions.size() / build.burst);
  build.groups = core.row_groups * build.digital_steps;
  build.input_sum = layer.reconstruction.input_sum;
  add_arrays(build, hardware, core, array);
  set_times(build, architecture, core);
  return build;
}

}  // namespace ohmic::sim::pin

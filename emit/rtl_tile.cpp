// SPDX-License-Identifier: Apache-2.0
// Tiles: parameters of ohmic_tile_analog and ohmic_tile_digital, and what is written into their arrays.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>
#include <numeric>

#include "base/config_reader.hpp"
#include "emit/rtl_parts.hpp"

namespace ohmic::emit {

namespace {

using mapping::ArrayBlock;
using mapping::EncodedLayer;
using mapping::InputStep;
using mapping::TileCore;
using models::kLevel;

int signed_bits(std::int64_t magnitude) {
  return static_cast<int>(std::bit_width(static_cast<std::uint64_t>(magnitude))) + 1;
}

std::string flag(bool value) {
  return value ? "1'b1" : "1'b0";
}

/// Bits that hold every value of a conversion, whatever the weights and inputs.
int value_bits(const EncodedLayer& layer, int rows, int cell_bits) {
  std::int64_t drive = 0;
  for (int t = 0; t < static_cast<int>(layer.inputs.steps.size()); ++t) {
    drive += std::abs(layer.inputs.steps[static_cast<std::size_t>(t)].weight) * std::max(1, layer.inputs.max_digit(t));
  }
  std::int64_t cells = 0;
  for (const mapping::WeightSlice& slice : layer.weights.slices) cells += std::abs(slice.weight) << cell_bits;
  return signed_bits(drive * cells * rows);
}

void add_geometry(const TileCore& tile, Connections& parameters) {
  PackedFields row(32), rows(32), column(32), columns(32), block(32);
  std::map<int, int> blocks;  // arrays so far by result column
  int most = 1;
  for (const ArrayBlock& a : tile.arrays) {
    row.add(a.row_begin);
    rows.add(a.row_end - a.row_begin);
    column.add(a.result_column);
    columns.add(a.column_end - a.column_begin);
    block.add(blocks[a.result_column]++);
    most = std::max(most, blocks[a.result_column]);
  }
  parameters.insert(parameters.end(), {{"Columns", number(static_cast<std::int64_t>(tile.columns.size()))},
                                       {"Arrays", number(static_cast<std::int64_t>(tile.arrays.size()))},
                                       {"ArrayRow", row.text()},
                                       {"ArrayRows", rows.text()},
                                       {"ArrayColumn", column.text()},
                                       {"ArrayColumns", columns.text()},
                                       {"ArrayRowBlock", block.text()},
                                       {"RowBlocks", number(most)}});
}

void add_inputs(const EncodedLayer& layer, const models::ArraySpec& array, const mapping::TokenFormat& x,
                Connections& parameters) {
  const mapping::InputPlan& inputs = layer.inputs;
  PackedFields shift(8), bits(8);
  std::string negative, minus;
  int digit_bits = 1;
  for (const InputStep& step : inputs.steps) {
    shift.add(step.shift);
    bits.add(step.bits);
    digit_bits = std::max(digit_bits, step.bits);
    negative.insert(0, step.negative_phase ? "1" : "0");
    minus.insert(0, step.weight < 0 ? "1" : "0");
  }
  const auto steps = static_cast<std::int64_t>(inputs.steps.size());
  const int encoding = inputs.encoding == models::InputEncoding::bipolar          ? 2
                       : inputs.encoding == models::InputEncoding::sign_magnitude ? 1
                                                                                  : 0;
  parameters.insert(parameters.end(), {{"XBits", number(x.bits)},
                                       {"XSigned", flag(x.is_signed)},
                                       {"Offset", number(inputs.offset)},
                                       {"InputEncoding", number(encoding)},
                                       {"Steps", number(steps)},
                                       {"StepShift", shift.text()},
                                       {"StepBits", bits.text()},
                                       {"StepNegative", fmt::format("{}'b{}", steps, negative)},
                                       {"StepMinus", fmt::format("{}'b{}", steps, minus)},
                                       {"DigitBits", number(digit_bits)},
                                       {"AnalogInputs", flag(array.accumulate.inputs == models::Domain::analog)}});
}

void add_cells(const EncodedLayer& layer, const models::ArraySpec& array, Connections& parameters) {
  PackedFields weights(32);
  for (const mapping::WeightSlice& slice : layer.weights.slices) weights.add(slice.weight);
  const bool both = layer.weights.planes == 2 && array.accumulate.polarity == models::Domain::digital;
  parameters.insert(parameters.end(), {{"CellBits", number(array.cell.bits)},
                                       {"Slices", number(static_cast<std::int64_t>(layer.weights.slices.size()))},
                                       {"Polarities", number(layer.weights.planes)},
                                       {"Xnor", flag(layer.weights.encoding == models::WeightEncoding::xnor)},
                                       {"SliceWeight", weights.text()},
                                       {"AnalogSlices", flag(array.accumulate.slices == models::Domain::analog)},
                                       {"AnalogPolarity", flag(!both)}});
}

/// Ranges as their registers hold them: one for all columns where they are alike.
void add_converters(const mapping::LayerConverters& converters, const std::vector<int>& columns,
                    Connections& parameters) {
  std::vector<models::ConverterRange> ranges;
  for (const int column : columns) ranges.push_back(converters.columns[static_cast<std::size_t>(column)]);
  if (std::all_of(ranges.begin(), ranges.end(), [&](const auto& r) { return r == ranges.front(); })) ranges.resize(1);
  PackedFields low(64), step(64), base(64), unit(64);
  for (const models::ConverterRange& range : ranges) {
    low.add(range.low);
    step.add(range.step);
    base.add(converters.in_levels ? range.low / kLevel : range.low / range.step);
    unit.add(converters.in_levels ? range.step / kLevel : 1);
  }
  parameters.insert(parameters.end(), {{"Ranges", number(static_cast<std::int64_t>(ranges.size()))},
                                       {"RangeLow", low.text()},
                                       {"RangeStep", step.text()},
                                       {"RangeBase", base.text()},
                                       {"RangeUnit", unit.text()}});
}

/// What the counters of RTL can hold.

/// Conversions in as many cycles, in lowest terms. The sequencer adds the one to less than the other.
std::pair<std::int64_t, std::int64_t> rate_of(const models::ArchitectureSpec& chip) {
  const std::int64_t rate = chip.array.adc->rate.value();
  const std::int64_t common = std::gcd(rate, chip.clock.value());
  const std::pair<std::int64_t, std::int64_t> ratio{rate / common, chip.clock.value() / common};
  if (ratio.first + ratio.second <= kLargestInt) return ratio;
  throw RuleError("architecture.array.adc.rate",
                  fmt::format("is {} conversions in {} cycles of the clock, too fine for the counters of RTL (31 bits "
                              "for their sum): take a rate that has a larger divisor in common with the clock",
                              ratio.first, ratio.second));
}

void add_times(const RtlInput& input, const TileCore& tile, Connections& parameters) {
  const models::ArchitectureSpec& chip = input.architecture;
  const auto& layer = input.hardware.layers[static_cast<std::size_t>(tile.layer)];
  const int steps = static_cast<int>(layer.inputs.steps.size());
  // Only the read is taken from here: how long it takes is a property of the cells, not of counters.
  const models::ArrayTiming timing = models::array_timing(chip.array, chip.clock, 1, 1, steps, 1);
  require_counter("architecture.array.read.time", timing.read);
  parameters.insert(parameters.end(), {{"ReadCycles", number(timing.read)},
                                       {"AddCycles", number(chip.array.shift_add_cycles)},
                                       {"RowGroups", number(tile.row_groups)}});
  if (chip.array.compute == models::Domain::digital) return;
  const auto [conversions, cycles] = rate_of(chip);
  parameters.insert(parameters.end(), {{"AdcBits", number(chip.array.adc->bits)},
                                       {"Conversions", number(tile.conversions)},
                                       {"Rate", number(conversions)},
                                       {"RateCycles", number(cycles)},
                                       {"Banks", number(chip.array.sample_hold.banks)}});
}

}  // namespace

sim::cosim::TileInterface tile_interface(const RtlInput& input, int stage) {
  const mapping::Stage& s = input.hardware.program.stages[static_cast<std::size_t>(stage)];
  const auto& tile = std::get<TileCore>(input.hardware.cores[static_cast<std::size_t>(stage)]);
  const WriteWidths write = write_widths(input, tile);
  const mapping::TokenFormat& x = input.hardware.formats[static_cast<std::size_t>(s.inputs.front().stream)];
  const int rows = input.hardware.layers[static_cast<std::size_t>(tile.layer)].weights.rows;
  return {rows * x.bits,
          input.hardware.program.streams[static_cast<std::size_t>(s.output)].token_bits,
          input.hardware.formats[static_cast<std::size_t>(s.output)].bits,
          count_bits(input.architecture.tile.output_slots),
          write.array_bits,
          write.row_bits,
          write.word_bits};
}

WriteWidths write_widths(const RtlInput& input, const TileCore& tile) {
  const mapping::WeightPlan& weights = input.hardware.layers[static_cast<std::size_t>(tile.layer)].weights;
  int rows = 1;
  int columns = 1;
  for (const ArrayBlock& a : tile.arrays) {
    rows = std::max(rows, a.row_end - a.row_begin);
    columns = std::max(columns, a.column_end - a.column_begin);
  }
  return {index_bits(static_cast<int>(tile.arrays.size())), index_bits(rows),
          static_cast<int>(weights.slices.size()) * weights.planes * columns * input.architecture.array.cell.bits};
}

std::vector<sim::pin::Bits> array_rom(const RtlInput& input, int layer, const ArrayBlock& array) {
  const mapping::WeightPlan& weights = input.hardware.layers[static_cast<std::size_t>(layer)].weights;
  const int cell_bits = input.architecture.array.cell.bits;
  const int cells = static_cast<int>(weights.slices.size()) * weights.planes * (array.column_end - array.column_begin);
  std::vector<sim::pin::Bits> words;
  for (int row = array.row_begin; row < array.row_end; ++row) {
    sim::pin::Bits& word = words.emplace_back(cells * cell_bits);
    int at = 0;
    for (int slice = 0; slice < static_cast<int>(weights.slices.size()); ++slice) {
      for (int plane = 0; plane < weights.planes; ++plane) {
        for (int column = array.column_begin; column < array.column_end; ++column, at += cell_bits) {
          word.set(at, cell_bits, static_cast<std::uint64_t>(weights.code(plane, slice, row, column)));
        }
      }
    }
  }
  return words;
}

std::string stream_rom_file(const mapping::Hardware& hardware, int layer) {
  const auto& mapping = hardware.program.layers[static_cast<std::size_t>(layer)];
  return fmt::format("rom/l{}_{}_stream.mem", layer, identifier(mapping.name));
}

std::string rom_file(const mapping::Hardware& hardware, int layer, const ArrayBlock& array) {
  const auto& mapping = hardware.program.layers[static_cast<std::size_t>(layer)];
  return fmt::format("rom/l{}_{}_r{}_c{}.mem", layer, identifier(mapping.name), array.row_begin, array.column_begin);
}

std::string tile_module(const RtlInput& input) {
  return input.architecture.array.compute == models::Domain::digital ? "ohmic_tile_digital" : "ohmic_tile_analog";
}

Connections tile_parameters(const RtlInput& input, int stage, const TileCore& tile) {
  const mapping::Hardware& hw = input.hardware;
  const models::ArraySpec& array = input.architecture.array;
  const EncodedLayer& layer = hw.layers[static_cast<std::size_t>(tile.layer)];
  const mapping::Stage& s = hw.program.stages[static_cast<std::size_t>(stage)];
  const int parallel = array.rows_at_once();
  const std::int64_t drive = std::max(std::abs(layer.inputs.v_min), std::abs(layer.inputs.v_max));
  const bool sums = layer.reconstruction.input_sum != 0;
  Connections parameters{{"Rows", number(layer.weights.rows)}};
  add_geometry(tile, parameters);
  add_inputs(layer, array, hw.formats[static_cast<std::size_t>(s.inputs.front().stream)], parameters);
  add_cells(layer, array, parameters);
  add_times(input, tile, parameters);
  if (array.compute == models::Domain::analog) {
    add_converters(hw.converters[static_cast<std::size_t>(tile.layer)], tile.columns, parameters);
  }
  const WriteWidths write = write_widths(input, tile);
  parameters.insert(parameters.end(),
                    {{"ParallelRows", number(parallel)},
                     {"ValueBits", number(value_bits(layer, std::min(parallel, layer.weights.rows), array.cell.bits))},
                     {"InputSum", number(layer.reconstruction.input_sum)},
                     {"SumBits", number(sums ? signed_bits(drive * array.rows) : 1)},
                     {"ResultBits", number(hw.formats[static_cast<std::size_t>(s.output)].bits)},
                     {"OutputSlots", number(input.architecture.tile.output_slots)},
                     {"ArrayBits", number(write.array_bits)},
                     {"RowBits", number(write.row_bits)},
                     {"WordBits", number(write.word_bits)}});
  return parameters;
}

}  // namespace ohmic::emit

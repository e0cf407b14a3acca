// SPDX-License-Identifier: Apache-2.0
#include "mapping/stage_actions.hpp"

#include <algorithm>
#include <map>

#include "mapping/mapping_parts.hpp"
#include "models/cell_devices.hpp"

namespace ohmic::mapping {

namespace {

using models::Component;

/// One vector through one array.
models::ActionCounts array_actions(const ArrayAssignment& a, const EncodedLayer& layer, const models::ArraySpec& array,
                                   int input_bits, int partial_sum_bits) {
  const std::int64_t rows = a.row_end - a.row_begin;
  const std::int64_t columns = a.column_end - a.column_begin;
  const auto steps = static_cast<std::int64_t>(layer.inputs.steps.size());
  const auto slices = static_cast<std::int64_t>(layer.weights.slices.size());
  std::int64_t driven_bits = 0;
  for (const InputStep& step : layer.inputs.steps) driven_bits += step.bits;
  const std::int64_t sums = row_groups(array, a.row_end - a.row_begin) * columns *
                            static_cast<std::int64_t>(conversions_of(layer, array).size());
  models::ActionCounts counts;
  const std::int64_t pulses = models::reads_per_step(array.inputs);
  counts[Component::array] = rows * columns * slices * models::devices_per_slice(array) * steps * pulses;
  counts[Component::dac] = rows * models::drivers_per_row(array) * steps * pulses;
  if (array.compute == models::Domain::analog) {
    counts[Component::sample_hold] = sums;
    counts[Component::adc] = sums;
  }
  counts[Component::shift_add] = sums;
  counts[Component::input_register] = rows * (input_bits + driven_bits);
  counts[Component::output_register] = 2 * columns * partial_sum_bits;
  return counts;
}

}  // namespace

ArrayGroup group_arrays(std::vector<ArrayAssignment> arrays) {
  ArrayGroup group;
  std::map<int, int> rows;
  std::map<int, int> columns;
  std::map<int, int> arrays_of_column;
  for (const ArrayAssignment& a : arrays) {
    rows[a.row_block] = a.row_end - a.row_begin;
    columns[a.column_block] = a.column_end - a.column_begin;
    group.row_blocks_of_column = std::max(group.row_blocks_of_column, ++arrays_of_column[a.column_block]);
    group.array_columns += a.column_end - a.column_begin;
  }
  for (const auto& [block, count] : rows) group.rows += count;
  for (const auto& [block, count] : columns) group.columns += count;
  group.arrays = std::move(arrays);
  return group;
}

models::ActionCounts mvm_actions(const ArrayGroup& group, const EncodedLayer& layer, const models::ArraySpec& array,
                                 int input_bits, int partial_sum_bits, int new_columns) {
  models::ActionCounts counts;
  for (const ArrayAssignment& a : group.arrays) {
    counts += array_actions(a, layer, array, input_bits, partial_sum_bits);
  }
  counts[Component::adder] = group.array_columns - new_columns;
  if (layer.reconstruction.input_sum != 0) counts[Component::adder] += group.rows + group.array_columns;
  counts[Component::buffer] =
      std::int64_t{1} * group.rows * input_bits + std::int64_t{1} * group.columns * partial_sum_bits;
  return counts;
}

models::ActionCounts lanes_actions(const WeightStream& stream, const workloads::QuantizedConv& layer, int input_bits,
                                   int sum_bits) {
  const std::int64_t products = stream.words() * stream.weights_per_word();
  models::ActionCounts counts;
  counts[Component::multiplier] = products;
  counts[Component::adder] = products;
  counts[Component::weight_memory] = stream.words() * stream.word_bits();
  counts[Component::input_register] = input_bits * (layer.rows + stream.words() * stream.inputs);
  counts[Component::output_register] = 2 * stream.words() * stream.outputs * sum_bits;
  counts[Component::digital] = layer.out_channels;
  counts[Component::buffer] = std::int64_t{1} * layer.rows * input_bits;
  return counts;
}

}  // namespace ohmic::mapping

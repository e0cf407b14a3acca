// SPDX-License-Identifier: Apache-2.0
#include "mapping/weight_stream.hpp"

namespace ohmic::mapping {

WeightStream weight_stream(const workloads::QuantizedConv& layer, const models::MultiplyLanesSpec& lanes) {
  return {lanes.inputs, lanes.outputs, layer.weight_bits, static_cast<int>(ceil_div(layer.rows, lanes.inputs)),
          static_cast<int>(ceil_div(layer.out_channels, lanes.outputs))};
}

int weight_of_word(const workloads::QuantizedConv& layer, const WeightStream& stream, std::int64_t word, int index) {
  const auto row = word % stream.row_steps * stream.inputs + index % stream.inputs;
  const auto column = word / stream.row_steps * stream.outputs + index / stream.inputs;
  if (row >= layer.rows || column >= layer.out_channels) return 0;
  return layer.weights[static_cast<std::size_t>(column * layer.rows + row)];
}

}  // namespace ohmic::mapping

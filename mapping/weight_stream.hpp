// SPDX-License-Identifier: Apache-2.0
// The weights of one layer as words that stream into multiply lanes: docs/hardware.md, "Multiply lanes". Weight
// images, pin level and RTL use this one definition.
#pragma once

#include <cstdint>

#include "models/architecture.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::mapping {

/// Word g · row_steps + s holds the weights of rows s · inputs … and columns g · outputs … of the matrix: the one of
/// the i-th of these rows and the j-th of these columns in bits [(j · inputs + i) · weight_bits, …), two's complement;
/// zero beyond the last row or column.
struct WeightStream {
  int inputs = 1;
  int outputs = 1;
  int weight_bits = 8;
  int row_steps = 1;     // ceil(rows / inputs)
  int column_steps = 1;  // ceil(columns / outputs)

  [[nodiscard]] std::int64_t words() const { return std::int64_t{1} * row_steps * column_steps; }
  [[nodiscard]] int weights_per_word() const { return inputs * outputs; }
  [[nodiscard]] int word_bits() const { return weights_per_word() * weight_bits; }
};

[[nodiscard]] WeightStream weight_stream(const workloads::QuantizedConv& layer, const models::MultiplyLanesSpec& lanes);

/// Weight `index` = j · inputs + i of a word.
[[nodiscard]] int weight_of_word(const workloads::QuantizedConv& layer, const WeightStream& stream, std::int64_t word,
                                 int index);

}  // namespace ohmic::mapping

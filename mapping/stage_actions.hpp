// SPDX-License-Identifier: Apache-2.0
// What one firing of a stage does, as the table of docs/mapping.md counts it. What moves between stages (buffer
// writes, links, global buffer) is counted where time is.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/encoding.hpp"
#include "mapping/program.hpp"
#include "mapping/weight_stream.hpp"

namespace ohmic::mapping {

/// Some arrays of one replica of a layer that work as one stage.
struct ArrayGroup {
  std::vector<ArrayAssignment> arrays;
  int rows = 0;                    // distinct rows of the matrix
  int columns = 0;                 // distinct columns
  int row_blocks_of_column = 0;    // most arrays that add up in one column
  std::int64_t array_columns = 0;  // Σ columns over arrays
};
[[nodiscard]] ArrayGroup group_arrays(std::vector<ArrayAssignment> arrays);

/// `new_columns`: columns of the group that no earlier group of the replica has begun; the others are added to what
/// is there.
[[nodiscard]] models::ActionCounts mvm_actions(const ArrayGroup& group, const EncodedLayer& layer,
                                               const models::ArraySpec& array, int input_bits, int partial_sum_bits,
                                               int new_columns);

/// One vector through multiply lanes, but for the register of its result.
[[nodiscard]] models::ActionCounts lanes_actions(const WeightStream& stream, const workloads::QuantizedConv& layer,
                                                 int input_bits, int sum_bits);

}  // namespace ohmic::mapping

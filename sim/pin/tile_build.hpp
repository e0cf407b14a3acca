// SPDX-License-Identifier: Apache-2.0
// What a tile is made of, as plain constants: everything that its module needs of Hardware and of the architecture.
#pragma once

#include <vector>

#include "mapping/hardware.hpp"
#include "models/architecture.hpp"
#include "sim/pin/cell_array.hpp"
#include "sim/pin/column_converter.hpp"
#include "sim/pin/tile_options.hpp"

namespace ohmic::sim::pin {

struct TileBuild {
  struct Array {
    int row_begin = 0, row_end = 0;  // of the matrix
    int column_begin = 0;
    int first_result = 0;  // element of the result that its first column adds to
    RowFormat format;
    std::vector<ColumnConverter> converters;  // by column
  };

  TileKind kind = TileKind::analog;
  int output_slots = 1;
  std::vector<Array> arrays;
  mapping::InputPlan inputs;
  mapping::TokenFormat operand;  // of the stream: one pixel
  mapping::TokenFormat result;
  int row_begin = 0, row_end = 0;  // of all arrays
  int parallel_rows = 1;
  int digital_steps = 1;                         // groups of steps that follow each other
  int groups = 1;                                // of a vector: row groups · digital steps
  std::vector<mapping::Conversion> conversions;  // of one column in all digital steps
  std::size_t burst = 1;                         // of these, in one group
  std::int64_t input_sum = 0;
  Cycle read_cycles = 1;  // of a group
  Cycle add_cycles = 1;
  Cycle group_cycles = 1;  // from the beginning of a group to that of the next
  ConversionCounter converter_pace{Frequency(1), Frequency(1), 1};
  Cycle tree_levels = 0;  // registers of the tree over row blocks
};

/// The rows of an array, as its weight image has them.
[[nodiscard]] RowFormat row_format(const mapping::WeightPlan& weights, const mapping::ArrayBlock& block, int cell_bits);

[[nodiscard]] TileBuild tile_build(const mapping::Hardware& hardware, int stage,
                                   const models::ArchitectureSpec& architecture, TileKind kind);

}  // namespace ohmic::sim::pin

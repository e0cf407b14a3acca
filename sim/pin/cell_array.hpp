// SPDX-License-Identifier: Apache-2.0
// The cells of one array and what its columns give. All planes and slices of a weight lie in one array.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/encoding.hpp"
#include "sim/pin/bits.hpp"

namespace ohmic::sim::pin {

/// A row of an array as one word: for every slice, in it for every plane, the codes of its columns, column 0 in the
/// least significant bits.
struct RowFormat {
  int slices = 1;
  int planes = 1;
  int columns = 1;
  int cell_bits = 1;

  [[nodiscard]] int bits() const { return slices * planes * columns * cell_bits; }
  [[nodiscard]] int first_bit(int slice, int plane, int column) const {
    return ((slice * planes + plane) * columns + column) * cell_bits;
  }
};

/// Row `row` of a layer's matrix, columns [column_begin, column_begin + format.columns), as a word.
[[nodiscard]] Bits row_word(const mapping::WeightPlan& weights, const RowFormat& format, int row, int column_begin);

class CellArray {
 public:
  /// `bursts`: the conversions of one column in one burst. All cells hold code 0.
  CellArray(const mapping::WeightPlan& weights, const mapping::InputPlan& inputs,
            const std::vector<mapping::Conversion>& burst, const RowFormat& format, int rows);

  void write_row(int row, const Bits& word);

  /// What the columns give with rows [begin, end) driven; element 0 of `drive` drives row `begin`. By column, in it by
  /// conversion of the burst.
  void read(const std::vector<std::int32_t>& drive, int begin, int end, std::int64_t* values);

  [[nodiscard]] int rows() const { return rows_; }
  [[nodiscard]] const RowFormat& format() const { return format_; }

 private:
  /// What the cells that meet in one conversion conduct together.
  [[nodiscard]] std::int32_t coefficient(const mapping::Conversion& conversion, const Bits& word, int column) const;

  const RowFormat format_;
  const int rows_;
  const bool is_xnor_;
  const std::vector<mapping::Conversion> burst_;
  std::vector<std::int64_t> slice_weights_;
  // [column][conversion of the burst][row]; narrow where every sum fits 32 bits, the other is empty.
  std::vector<std::int16_t> narrow_;
  std::vector<std::int32_t> wide_;
  std::vector<std::int16_t> narrow_drive_;
};

}  // namespace ohmic::sim::pin

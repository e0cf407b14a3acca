// SPDX-License-Identifier: Apache-2.0
// The cells of a layer as tables: the rows of a segment are cut into groups of a nibble of digit bits (four rows with
// 1-bit digits, two with 2-bit, one with up to 4-bit digits), and every plane, column and group has a table of what
// its cells add up to for each of the nibble's patterns. Immutable once built.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "values/layer_array.hpp"
#include "values/table_kernels.hpp"

namespace ohmic::values {

/// Rows of one row group whose sums fit 16 bits.
struct TableSegment {
  int row_begin = 0;
  int row_end = 0;
  int groups = 0;
  int group_begin = 0;  // among the groups of its row group
};

/// One plane of cells: a slice with one polarity or, where they meet before the converter, their difference.
struct TablePlane {
  int slice = 0;
  int polarity = -1;
  int conversion = 0;  // within a run
  std::int32_t weight = 1;
};

/// How the digits of a row appear in patterns and what they multiply.
struct DigitPlan {
  int bits = 1;     // of a row in a pattern: 1, 2 or 4
  int largest = 1;  // pattern of a digit
  bool bipolar = false;

  /// The digit itself.
  [[nodiscard]] std::int32_t digit(int pattern) const { return bipolar ? 2 * pattern - 1 : pattern; }
  [[nodiscard]] int rows_of_group() const { return 4 / bits; }
};
/// Of the steps of a layer; bits is 0 where its digits are too wide for tables.
[[nodiscard]] DigitPlan digit_plan(const mapping::InputPlan& inputs);

/// Tables of one number per cell for all segments, planes and columns. An entry lacks the smallest one of its table,
/// which is added to the base of its column, and is cut into pieces so small that bytes can add up many.
class TableSet {
 public:
  /// A cell adds its number, of [plane][row][column], times what the pattern of its digit counts in its row, of
  /// [row][pattern].
  TableSet(const TableKernels& kernels, const std::vector<TableSegment>& segments, const DigitPlan& digits,
           const std::vector<std::int32_t>& levels, const std::vector<std::int32_t>& numbers, int planes);

  int pieces = 1;
  int bits = 8;   // of a piece
  int flush = 1;  // groups whose pieces add up to 255 at most

  /// As TableJob::tables.
  [[nodiscard]] const std::uint8_t* tables(int segment, int plane, int tile) const {
    return tables_.data() + offset(segment, plane, tile);
  }
  [[nodiscard]] std::int64_t base(int segment, int plane, int column) const {
    return base_[static_cast<std::size_t>(at(segment, plane, column))];
  }
  /// Sum of the largest entries.
  [[nodiscard]] std::int64_t span(int segment, int plane, int column) const {
    return span_[static_cast<std::size_t>(at(segment, plane, column))];
  }

 private:
  [[nodiscard]] std::ptrdiff_t at(int segment, int plane, int column) const {
    return (std::ptrdiff_t{segment} * planes_ + plane) * columns_ + column;
  }
  [[nodiscard]] std::ptrdiff_t offset(int segment, int plane, int tile) const;
  void choose_pieces(std::uint32_t largest);
  void store(int segment, int plane, int column, int group, const std::array<std::uint32_t, kPatterns>& entries);

  int planes_;
  int columns_;  // padded to tiles
  int tile_;     // columns of a tile
  bool columns_innermost_;
  std::vector<int> groups_;         // by segment
  std::vector<int> groups_before_;  // in all segments before one
  std::vector<std::int64_t> base_, span_;
  std::vector<std::uint8_t> tables_;
};

/// Smallest and largest value.
struct ValueRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

class TableLayout {
 public:
  TableLayout(const LayerArray& layer, const TableKernels& kernels);

  DigitPlan digits;
  std::int32_t unit = 1;  // of values, in 2^-F levels: 2^F where all cells are whole levels and drivers exact
  int conversions = 0;    // of one run
  int runs = 0;           // conversions of different steps
  bool direct = false;    // one step and one plane per conversion
  std::vector<TablePlane> planes;
  std::vector<TableSegment> segments;
  std::vector<int> segment_begin;  // by row group, and their number
  std::vector<TableSet> cells;     // one
  std::vector<TableSet> variance;  // with noise one: of the variances, or of ones where these are all the same
  bool same_variance = false;
  ValueRange reachable;    // of what converters see, in `unit`; with exact drivers
  int groups_at_once = 0;  // most of any row group

 private:
  void lay_planes(const LayerArray& layer);
  void lay_segments(const LayerArray& layer);
  void lay_variances(const LayerArray& layer, const TableKernels& kernels);
  void find_reachable(const LayerArray& layer);
};

}  // namespace ohmic::values

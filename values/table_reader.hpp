// SPDX-License-Identifier: Apache-2.0
// What the converters see of blocks of vectors, one vector to a lane: column values and the deviations of their noise.
#pragma once

#include <cstdint>
#include <vector>

#include "values/table_layout.hpp"

namespace ohmic::values {

/// A block of vectors and what is computed of it. A tile has TableKernels::columns columns.
struct TableBlock {
  int count = 0;                            // vectors
  std::vector<std::int32_t> valid;          // 1 for lanes that hold a vector, else 0
  std::vector<std::uint32_t> image, pixel;  // by lane

  // Of one row group.
  std::vector<std::uint16_t> words, negative;  // drive values, [row][lane]; max(−v, 0) where there are two phases
  std::vector<std::uint8_t> patterns;          // [group][step][place]
  std::vector<std::int32_t> squares;           // Σ of what digits add to variances, [step][lane]

  // Of one tile.
  std::vector<std::uint16_t> sums;  // [table][step][lane]
  std::vector<std::int32_t> terms;  // [column][step][lane]
  std::vector<double> wide;         // [column][run][lane]
  std::vector<std::int32_t> value;  // of one conversion of every run, [column][run][lane]
  std::vector<double> variance;     // [column][run][lane]
  std::vector<double> root;         // √variance · scale, [column][run][lane]
};

class TableReader {
 public:
  TableReader(const LayerArray& layer, const TableKernels& kernels);

  [[nodiscard]] TableBlock make_block() const;
  /// Vectors [first, first + count) of a call.
  void start(const workloads::MatrixCall& call, int first, int count, TableBlock& b) const;
  /// Drives the rows of a row group with the block's vectors.
  void drive(const workloads::MatrixCall& call, int first, int group, TableBlock& b) const;
  /// Sets `value` for conversion k of every run.
  void add_up(int tile, int group, int k, TableBlock& b) const;
  /// Sets `root` for conversion k of every run: of every column, or of column 0 where all are alike.
  void find_roots(int tile, int group, int k, TableBlock& b) const;
  [[nodiscard]] bool columns_share_roots() const { return shares_roots_; }

  [[nodiscard]] const TableLayout& layout() const { return layout_; }
  [[nodiscard]] const mapping::Conversion& conversion(int run, int k) const {
    return layer_.conversions[static_cast<std::size_t>(run * layout_.conversions + k)];
  }
  [[nodiscard]] int columns_of(int tile) const {
    return std::min(kernels_.columns, layer_.columns() - tile * kernels_.columns);
  }

 private:
  void set_words(const std::int32_t* x, const RowGroup& rows, TableBlock& b) const;
  /// Calls visit(segment, true for the first one) for the segments of a row group.
  template <class Visit>
  void for_each_segment(int group, const Visit& visit) const;
  template <class Visit>
  void for_each_plane(int k, const Visit& visit) const;
  /// Calls visit(run, step, its weight) for the steps of conversion k of every run.
  template <class Visit>
  void for_each_step(int k, const Visit& visit) const;
  void look_up(const TableSet& set, int segment, int plane, int tile, TableBlock& b) const;
  void add_terms(const TableSet& set, int group, int plane, int tile, int columns, std::vector<std::int32_t>& terms,
                 TableBlock& b) const;
  void add_up_wide(int tile, int group, int k, TableBlock& b) const;
  [[nodiscard]] std::ptrdiff_t run_lanes() const { return std::ptrdiff_t{layout_.runs} * kernels_.lanes; }
  [[nodiscard]] std::ptrdiff_t step_lanes() const { return std::ptrdiff_t{layer_.steps()} * kernels_.lanes; }

  const LayerArray& layer_;
  const TableKernels& kernels_;
  TableLayout layout_;
  bool shares_roots_;
};

/// True where tables give exactly what the converters see, in 32 bits.
[[nodiscard]] bool can_read_by_tables(const LayerArray& layer);

}  // namespace ohmic::values

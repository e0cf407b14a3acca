// SPDX-License-Identifier: Apache-2.0
// The cells of a layer laid out for vectors: all columns of all planes that are converted in the same step beside each
// other, pairs of rows interleaved. Immutable once built.
#pragma once

#include <cstdint>
#include <vector>

#include "values/kernels.hpp"
#include "values/layer_array.hpp"

namespace ohmic::values {

/// One plane of cells in the sums: a slice, with one polarity or, where they meet before the converter, their
/// difference.
struct Plane {
  int slice = 0;
  int polarity = -1;
  int conversion = 0;  // within its run
  double weight = 1;   // of the slice within the conversion
};

/// Conversions of one step (all steps where these accumulate in analog). All runs have the same planes.
struct Run {
  int step_begin = 0;
  int step_end = 0;
  std::vector<double> step_weight;    // of steps step_begin …, within the conversions
  std::vector<double> weight;         // of the conversion, by lane
  std::vector<std::uint32_t> quads;   // coordinates of the draws, by four lanes
  std::vector<std::uint32_t> places;  // for row group 0
};

/// Rows of one group whose sums fit 32 bits.
struct Segment {
  int row_begin = 0;
  int row_end = 0;
  int pair_begin = 0;  // position of its rows among the row pairs
  [[nodiscard]] int pairs() const { return (row_end - row_begin + 1) / 2; }
};

class PlaneLayout {
 public:
  explicit PlaneLayout(const LayerArray& layer);

  int padded_columns = 0;  // multiple of 4: lanes of one plane or conversion
  int conversions = 0;     // of one run
  int lanes = 0;           // of one run's conversions, multiple of 8
  int plane_lanes = 0;     // of all planes, multiple of kLanes
  int num_pairs = 0;       // row pairs of all segments
  bool direct = false;     // one plane and one step per conversion: lanes of planes are those of conversions
  std::vector<Plane> planes;
  std::vector<Run> runs;
  std::vector<std::vector<Segment>> groups;         // segments by row group
  std::vector<std::int16_t> conductance;            // [row pair][lane][2]
  std::vector<std::vector<std::int16_t>> variance;  // the same, 14 bits apiece; empty when uniform or none
  std::vector<double> low, step;                    // converters, by lane
  std::vector<double> zero_code;                    // what a value of 0 becomes, by lane
  std::int64_t zero_clipped = 0;                    // lanes that clip at 0

 private:
  void lay_planes(const LayerArray& layer);
  void lay_runs(const LayerArray& layer);
  void lay_segments(const LayerArray& layer);
  void lay_converters(const LayerArray& layer);
  template <class CellValue>
  [[nodiscard]] std::vector<std::int16_t> lay_cells(const LayerArray& layer, bool difference, CellValue cell) const;
};

constexpr int kVariancePieceBits = 14;

}  // namespace ohmic::values

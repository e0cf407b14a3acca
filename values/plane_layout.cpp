// SPDX-License-Identifier: Apache-2.0
#include "values/plane_layout.hpp"

#include <algorithm>

namespace ohmic::values {

using mapping::Conversion;

namespace {

/// 256 rows · digits up to 255 · values up to 32767 stay below 2^31.
constexpr int kSegmentRows = 256;
/// A converter that gives code 0 for everything, for lanes without a column.
constexpr double kBlindStep = 4503599627370496.0;  // 2^52

int round_up(int value, int multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

}  // namespace

PlaneLayout::PlaneLayout(const LayerArray& layer) {
  lay_planes(layer);
  lay_runs(layer);
  lay_segments(layer);
  lay_converters(layer);
  conductance = lay_cells(layer, true, [&](std::size_t cell) { return std::int32_t{layer.cells[cell]}; });
  if (!layer.noise.enabled || layer.noise.uniform) return;
  const std::vector<std::int32_t>& by_code = layer.noise.variance;
  const std::int32_t largest = *std::max_element(by_code.begin(), by_code.end());
  for (int shift = 0; (largest >> shift) != 0; shift += kVariancePieceBits) {
    variance.push_back(lay_cells(layer, false, [&](std::size_t cell) {
      return (by_code[layer.encoded.weights.codes[cell]] >> shift) & ((1 << kVariancePieceBits) - 1);
    }));
  }
}

void PlaneLayout::lay_planes(const LayerArray& layer) {
  const int first_step = layer.conversions.front().step_begin;
  for (const Conversion& c : layer.conversions) {
    if (c.step_begin != first_step) break;
    for (int s = c.slice_begin; s < c.slice_end; ++s) {
      planes.push_back({s, c.polarity, conversions, static_cast<double>(layer.slice_weight(c, s))});
    }
    ++conversions;
    direct = c.step_end - c.step_begin == 1;
  }
  direct = direct && static_cast<int>(planes.size()) == conversions;
  padded_columns = round_up(layer.columns(), 4);
  lanes = round_up(conversions * padded_columns, 8);
  plane_lanes = round_up(static_cast<int>(planes.size()) * padded_columns, kLanes);
}

void PlaneLayout::lay_runs(const LayerArray& layer) {
  const int quads = padded_columns / 4;
  for (std::size_t begin = 0; begin < layer.conversions.size(); begin += static_cast<std::size_t>(conversions)) {
    const Conversion& first = layer.conversions[begin];
    Run run{first.step_begin, first.step_end, {}, {}, {}, {}};
    for (int t = first.step_begin; t < first.step_end; ++t) {
      run.step_weight.push_back(static_cast<double>(layer.step_weight(first, t)));
    }
    for (int k = 0; k < conversions; ++k) {
      const Conversion& c = layer.conversions[begin + static_cast<std::size_t>(k)];
      run.weight.insert(run.weight.end(), static_cast<std::size_t>(padded_columns), static_cast<double>(c.weight));
      for (int q = 0; q < quads; ++q) {
        run.quads.push_back(static_cast<std::uint32_t>(q));
        run.places.push_back(draw_place(0, c));
      }
    }
    run.weight.resize(static_cast<std::size_t>(lanes), 0.0);
    const auto padded = static_cast<std::size_t>(round_up(static_cast<int>(run.quads.size()), 8));
    run.quads.resize(padded, 0);
    run.places.resize(padded, 0);
    runs.push_back(std::move(run));
  }
}

void PlaneLayout::lay_segments(const LayerArray& layer) {
  for (const RowGroup& group : layer.groups) {
    std::vector<Segment> segments;
    for (int begin = group.begin; begin < group.end; begin += kSegmentRows) {
      segments.push_back({begin, std::min(begin + kSegmentRows, group.end), num_pairs});
      num_pairs += segments.back().pairs();
    }
    groups.push_back(std::move(segments));
  }
}

void PlaneLayout::lay_converters(const LayerArray& layer) {
  low.assign(static_cast<std::size_t>(lanes), 0.0);
  step.assign(static_cast<std::size_t>(lanes), kBlindStep);
  zero_code.assign(static_cast<std::size_t>(lanes), 0.0);
  for (int k = 0; k < conversions; ++k) {
    for (int column = 0; column < layer.columns(); ++column) {
      const std::size_t lane = static_cast<std::size_t>(k) * padded_columns + column;
      const ConverterRange& range = layer.ranges[static_cast<std::size_t>(column)];
      low[lane] = static_cast<double>(range.low);
      step[lane] = static_cast<double>(range.step);
      const Converted zero = convert(0, range, layer.max_code);
      zero_code[lane] = static_cast<double>(zero.code);
      zero_clipped += zero.clipped ? 1 : 0;
    }
  }
}

/// `cell` gives a number for the index of a cell; merged polarities are subtracted or added.
template <class CellValue>
std::vector<std::int16_t> PlaneLayout::lay_cells(const LayerArray& layer, bool difference, CellValue cell) const {
  const mapping::WeightPlan& plan = layer.encoded.weights;
  const auto lanes_of_pair = static_cast<std::size_t>(plane_lanes) * 2;
  std::vector<std::int16_t> cells(static_cast<std::size_t>(num_pairs) * lanes_of_pair, 0);
  for (const auto& segments : groups) {
    for (const Segment& segment : segments) {
      for (int row = segment.row_begin; row < segment.row_end; ++row) {
        const int offset = row - segment.row_begin;
        std::int16_t* pair = cells.data() + static_cast<std::size_t>(segment.pair_begin + offset / 2) * lanes_of_pair;
        for (std::size_t p = 0; p < planes.size(); ++p) {
          const Plane& plane = planes[p];
          const bool merged = plane.polarity < 0 && plan.planes == 2;
          for (int column = 0; column < plan.columns; ++column) {
            std::int32_t value = cell(plan.index(std::max(plane.polarity, 0), plane.slice, row, column));
            if (merged) {
              const std::int32_t negative = cell(plan.index(1, plane.slice, row, column));
              value += difference ? -negative : negative;
            }
            const std::size_t lane = p * static_cast<std::size_t>(padded_columns) + static_cast<std::size_t>(column);
            pair[2 * lane + static_cast<std::size_t>(offset % 2)] = static_cast<std::int16_t>(value);
          }
        }
      }
    }
  }
  return cells;
}

}  // namespace ohmic::values

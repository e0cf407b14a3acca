// SPDX-License-Identifier: Apache-2.0
#include "values/table_layout.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace ohmic::values {

using mapping::Conversion;

namespace {

/// Sixteen bits hold the entries of 257 groups in one piece.
constexpr int kSegmentGroups = 256;
constexpr std::int32_t kByte = 255;

int round_up(int value, int multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

bool are_whole_levels(const LayerArray& layer) {
  const std::int32_t level = 1 << layer.fraction_bits;
  return std::all_of(layer.cells.begin(), layer.cells.end(), [&](std::int16_t cell) { return cell % level == 0; });
}

/// cell(index) of all cells of the planes, [plane][row][column]; merged polarities are subtracted or added.
template <class Cell>
std::vector<std::int32_t> numbers_of(const mapping::WeightPlan& plan, const std::vector<TablePlane>& planes,
                                     std::int32_t sign, const Cell& cell) {
  std::vector<std::int32_t> numbers;
  for (const TablePlane& plane : planes) {
    const std::size_t first = plan.index(std::max(plane.polarity, 0), plane.slice, 0, 0);
    const std::size_t second = plan.planes == 2 ? plan.index(1, plane.slice, 0, 0) : first;
    const bool merged = plane.polarity < 0 && plan.planes == 2;
    const auto count = static_cast<std::size_t>(plan.rows) * static_cast<std::size_t>(plan.columns);
    for (std::size_t i = 0; i < count; ++i) {
      numbers.push_back(cell(first + i) + (merged ? sign * cell(second + i) : 0));
    }
  }
  return numbers;
}

/// level(row, digit) for the patterns of all digits, [row][pattern].
template <class Level>
std::vector<std::int32_t> levels_of(const DigitPlan& digits, int rows, const Level& level) {
  std::vector<std::int32_t> levels;
  for (int row = 0; row < rows; ++row) {
    for (int pattern = 0; pattern < kPatterns; ++pattern) {
      levels.push_back(pattern <= digits.largest ? level(row, digits.digit(pattern)) : 0);
    }
  }
  return levels;
}

}  // namespace

DigitPlan digit_plan(const mapping::InputPlan& inputs) {
  int bits = 1;
  for (const mapping::InputStep& step : inputs.steps) bits = std::max(bits, step.bits);
  DigitPlan plan;
  plan.bits = bits <= 2 ? bits : bits <= 4 ? 4 : 0;
  plan.largest = (1 << bits) - 1;
  plan.bipolar = inputs.encoding == models::InputEncoding::bipolar;
  return plan;
}

TableSet::TableSet(const TableKernels& kernels, const std::vector<TableSegment>& segments, const DigitPlan& digits,
                   const std::vector<std::int32_t>& levels, const std::vector<std::int32_t>& numbers, int planes)
    : planes_(planes), tile_(kernels.columns), columns_innermost_(kernels.columns_innermost) {
  const int rows = static_cast<int>(levels.size()) / kPatterns;
  const int columns = static_cast<int>(numbers.size()) / (planes * rows);
  columns_ = round_up(columns, kernels.columns);
  std::vector<std::int32_t> least;
  std::vector<std::int32_t> most;
  for (auto first = levels.begin(); first != levels.end(); first += kPatterns) {
    const auto [low, high] = std::minmax_element(first, first + digits.largest + 1);
    least.push_back(*low);
    most.push_back(*high);
  }
  const auto number = [&](int plane, int row, int column) {
    return numbers[static_cast<std::size_t>((std::ptrdiff_t{plane} * rows + row) * columns + column)];
  };
  // Calls visit(segment, plane, column, group, first row, end of rows).
  const auto for_each_table = [&](const auto& visit) {
    for (int s = 0; s < static_cast<int>(segments.size()); ++s) {
      const TableSegment& segment = segments[static_cast<std::size_t>(s)];
      for (int plane = 0; plane < planes; ++plane) {
        for (int group = 0; group < segment.groups; ++group) {
          const int begin = segment.row_begin + group * digits.rows_of_group();
          const int end = std::min(begin + digits.rows_of_group(), segment.row_end);
          for (int column = 0; column < columns; ++column) visit(s, plane, column, group, begin, end);
        }
      }
    }
  };

  int groups = 0;
  for (const TableSegment& segment : segments) {
    groups_.push_back(segment.groups);
    groups_before_.push_back(groups);
    groups += segment.groups;
  }
  base_.assign(segments.size() * static_cast<std::size_t>(planes_ * columns_), 0);
  span_ = base_;
  std::int64_t largest = 1;
  for_each_table([&](int s, int plane, int column, int /*group*/, int begin, int end) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    for (int row = begin; row < end; ++row) {
      const auto r = static_cast<std::size_t>(row);
      const std::int64_t g = number(plane, row, column);
      low += std::min(least[r] * g, most[r] * g);
      high += std::max(least[r] * g, most[r] * g);
    }
    base_[static_cast<std::size_t>(at(s, plane, column))] += low;
    span_[static_cast<std::size_t>(at(s, plane, column))] += high - low;
    largest = std::max(largest, high - low);
  });
  // What digits reach fits 31 bits; patterns that no digit has may not, and are right modulo 2^32.
  choose_pieces(static_cast<std::uint32_t>(std::min<std::int64_t>(largest, std::numeric_limits<std::uint32_t>::max())));
  tables_.assign(static_cast<std::size_t>(std::ptrdiff_t{groups} * planes_ * columns_ * pieces * kPatterns), 0);
  for_each_table([&](int s, int plane, int column, int group, int begin, int end) {
    std::array<std::uint32_t, kPatterns> entries{};
    for (int row = begin; row < end; ++row) {
      const auto r = static_cast<std::size_t>(row);
      const std::int64_t g = number(plane, row, column);
      const std::int64_t low = std::min(least[r] * g, most[r] * g);
      const int shift = (row - begin) * digits.bits;
      // Patterns of the rows before, then with every digit of this one.
      for (int pattern = digits.largest; pattern >= 0; --pattern) {
        const auto added =
            static_cast<std::uint32_t>(levels[r * kPatterns + static_cast<std::size_t>(pattern)] * g - low);
        for (int before = 0; before < 1 << shift; ++before) {
          entries[static_cast<std::size_t>(before | pattern << shift)] =
              entries[static_cast<std::size_t>(before)] + added;
        }
      }
    }
    store(s, plane, column, group, entries);
  });
}

/// What costs the least: a look-up and an addition per piece and group, and now and then four operations to widen.
void TableSet::choose_pieces(std::uint32_t largest) {
  const int width = std::bit_width(largest);
  double least = 0;
  for (int count = 1; count <= width; ++count) {
    const int piece_bits = (width + count - 1) / count;
    if (piece_bits > 8) continue;
    const int together = kByte / (count == 1 ? static_cast<int>(largest) : (1 << piece_bits) - 1);
    const double cost = count * (2.0 + 4.0 / together);
    if (least > 0 && cost >= least) continue;
    least = cost;
    pieces = count;
    bits = piece_bits;
    flush = together;
  }
}

std::ptrdiff_t TableSet::offset(int segment, int plane, int tile) const {
  const auto s = static_cast<std::size_t>(segment);
  const std::ptrdiff_t before = std::ptrdiff_t{groups_before_[s]} * planes_ * columns_;
  return (before + std::ptrdiff_t{groups_[s]} * (plane * columns_ + tile * tile_)) * pieces * kPatterns;
}

void TableSet::store(int segment, int plane, int column, int group,
                     const std::array<std::uint32_t, kPatterns>& entries) {
  std::uint8_t* tile = tables_.data() + offset(segment, plane, column / tile_);
  const std::ptrdiff_t groups = groups_[static_cast<std::size_t>(segment)];
  const std::ptrdiff_t c = column % tile_;
  for (std::ptrdiff_t piece = 0; piece < pieces; ++piece) {
    for (std::ptrdiff_t pattern = 0; pattern < kPatterns; ++pattern) {
      const std::ptrdiff_t place = columns_innermost_ ? ((piece * groups + group) * kPatterns + pattern) * tile_ + c
                                                      : ((c * pieces + piece) * groups + group) * kPatterns + pattern;
      const std::uint32_t entry = entries[static_cast<std::size_t>(pattern)] >> (piece * bits);
      tile[place] = static_cast<std::uint8_t>(pieces == 1 ? entry : entry & ((1U << bits) - 1));
    }
  }
}

TableLayout::TableLayout(const LayerArray& layer, const TableKernels& kernels)
    : digits(digit_plan(layer.encoded.inputs)) {
  lay_planes(layer);
  lay_segments(layer);
  const mapping::WeightPlan& plan = layer.encoded.weights;
  const bool exact = layer.drive.is_exact();
  if (exact && are_whole_levels(layer)) unit = 1 << layer.fraction_bits;
  const auto levels = levels_of(digits, plan.rows, [&](int row, int digit) {
    return exact ? digit : std::int32_t{layer.drive.level(row, digit)};
  });
  const auto numbers = numbers_of(plan, planes, -1, [&](std::size_t i) { return layer.cells[i] / unit; });
  cells.emplace_back(kernels, segments, digits, levels, numbers, static_cast<int>(planes.size()));
  if (exact) find_reachable(layer);
  if (layer.noise.enabled) lay_variances(layer, kernels);
}

void TableLayout::lay_variances(const LayerArray& layer, const TableKernels& kernels) {
  const mapping::WeightPlan& plan = layer.encoded.weights;
  const std::vector<std::int32_t>& by_code = layer.noise.variance;
  same_variance = std::all_of(by_code.begin(), by_code.end(), [&](std::int32_t v) { return v == by_code.front(); });
  const auto powers = levels_of(
      digits, plan.rows, [&](int /*row*/, int digit) { return static_cast<std::int32_t>(layer.digit_power(digit)); });
  if (same_variance) {
    const std::vector<std::int32_t> ones(static_cast<std::size_t>(plan.rows), 1);
    variance.emplace_back(kernels, segments, digits, powers, ones, 1);
  } else {
    const auto numbers = numbers_of(plan, planes, 1, [&](std::size_t i) { return by_code[plan.codes[i]]; });
    variance.emplace_back(kernels, segments, digits, powers, numbers, static_cast<int>(planes.size()));
  }
}

void TableLayout::lay_planes(const LayerArray& layer) {
  const Conversion& first = layer.conversions.front();
  for (const Conversion& c : layer.conversions) {
    if (c.step_begin != first.step_begin) break;
    for (int s = c.slice_begin; s < c.slice_end; ++s) {
      planes.push_back({s, c.polarity, conversions, static_cast<std::int32_t>(layer.slice_weight(c, s))});
    }
    ++conversions;
  }
  runs = static_cast<int>(layer.conversions.size()) / conversions;
  direct = first.step_end - first.step_begin == 1 && static_cast<int>(planes.size()) == conversions;
}

void TableLayout::lay_segments(const LayerArray& layer) {
  const int rows_of_group = digits.rows_of_group();
  for (const RowGroup& rows : layer.groups) {
    segment_begin.push_back(static_cast<int>(segments.size()));
    int groups = 0;
    for (int begin = rows.begin; begin < rows.end; begin += kSegmentGroups * rows_of_group) {
      const int end = std::min(begin + kSegmentGroups * rows_of_group, rows.end);
      const int count = (end - begin + rows_of_group - 1) / rows_of_group;
      segments.push_back({begin, end, count, groups});
      groups += count;
    }
    groups_at_once = std::max(groups_at_once, groups);
  }
  segment_begin.push_back(static_cast<int>(segments.size()));
}

void TableLayout::find_reachable(const LayerArray& layer) {
  for (std::size_t k = 0; k < layer.conversions.size(); ++k) {
    const Conversion& c = layer.conversions[k];
    for (std::size_t group = 0; group < layer.groups.size(); ++group) {
      for (int column = 0; column < layer.columns(); ++column) {
        ValueRange range;
        for (int p = 0; p < static_cast<int>(planes.size()); ++p) {
          const TablePlane& plane = planes[static_cast<std::size_t>(p)];
          if (plane.conversion != static_cast<int>(k) % conversions) continue;
          std::int64_t low = 0;
          std::int64_t high = 0;
          for (int s = segment_begin[group]; s < segment_begin[group + 1]; ++s) {
            low += cells.front().base(s, p, column);
            high += cells.front().base(s, p, column) + cells.front().span(s, p, column);
          }
          for (int t = c.step_begin; t < c.step_end; ++t) {
            const std::int64_t weight = layer.step_weight(c, t) * plane.weight;
            range.low += std::min(weight * low, weight * high);
            range.high += std::max(weight * low, weight * high);
          }
        }
        reachable.low = std::min(reachable.low, range.low);
        reachable.high = std::max(reachable.high, range.high);
      }
    }
  }
}

}  // namespace ohmic::values

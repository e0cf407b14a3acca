// SPDX-License-Identifier: Apache-2.0
#include "values/table_reader.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

namespace ohmic::values {

static_assert(std::endian::native == std::endian::little, "patterns and sums are read as pairs of bytes");

TableReader::TableReader(const LayerArray& layer, const TableKernels& kernels)
    : layer_(layer),
      kernels_(kernels),
      layout_(layer, kernels),
      shares_roots_(layout_.same_variance && layer.column_noise.empty()) {}

TableBlock TableReader::make_block() const {
  const auto lanes = static_cast<std::size_t>(kernels_.lanes);
  const auto tile = static_cast<std::size_t>(kernels_.columns);
  const auto by_step = static_cast<std::size_t>(step_lanes());
  const auto by_run = static_cast<std::size_t>(run_lanes());
  const auto groups = static_cast<std::size_t>(layout_.groups_at_once);
  TableBlock b;
  b.valid.resize(lanes);
  b.image.resize(lanes);
  b.pixel.resize(lanes);
  b.words.resize(groups * static_cast<std::size_t>(layout_.digits.rows_of_group()) * lanes);
  if (layer_.encoded.inputs.encoding == models::InputEncoding::sign_magnitude) b.negative.resize(b.words.size());
  b.patterns.resize(groups * by_step);
  int pieces = layout_.cells.front().pieces;
  if (layer_.noise.enabled) pieces = std::max(pieces, layout_.variance.front().pieces);
  b.sums.resize(tile * static_cast<std::size_t>(pieces) * by_step);
  b.value.resize(tile * by_run);
  b.terms.resize(tile * by_step);
  if (!layer_.drive.is_exact()) b.wide.resize(tile * by_run);
  if (!layer_.noise.enabled) return b;
  b.squares.resize(by_step);
  b.variance.resize(tile * by_run);
  b.root.resize(tile * by_run);
  return b;
}

void TableReader::start(const workloads::MatrixCall& call, int first, int count, TableBlock& b) const {
  b.count = count;
  for (int lane = 0; lane < kernels_.lanes; ++lane) {
    const auto i = static_cast<std::size_t>(lane);
    // The lanes that are left over repeat the last vector.
    const int vector = first + std::min(lane, count - 1);
    b.valid[i] = lane < count ? 1 : 0;
    b.image[i] = static_cast<std::uint32_t>(call.first_image + vector / call.pixels);
    b.pixel[i] = static_cast<std::uint32_t>(vector % call.pixels);
  }
}

void TableReader::set_words(const std::int32_t* x, const RowGroup& rows, TableBlock& b) const {
  const int lanes = kernels_.lanes;
  const int num_rows = rows.end - rows.begin;
  const std::int32_t offset = layer_.encoded.inputs.offset;
  const bool two_phases = !b.negative.empty();
  for (int lane = 0; lane < lanes; ++lane) {
    const std::int32_t* from = x + std::ptrdiff_t{std::min(lane, b.count - 1)} * layer_.rows() + rows.begin;
    std::uint16_t* to = b.words.data() + lane;
    if (two_phases) {
      std::uint16_t* negative = b.negative.data() + lane;
      for (int row = 0; row < num_rows; ++row) {
        const std::int32_t v = from[row] - offset;
        to[std::ptrdiff_t{row} * lanes] = static_cast<std::uint16_t>(std::max(v, 0));
        negative[std::ptrdiff_t{row} * lanes] = static_cast<std::uint16_t>(std::max(-v, 0));
      }
    } else {
      for (int row = 0; row < num_rows; ++row) {
        to[std::ptrdiff_t{row} * lanes] = static_cast<std::uint16_t>(from[row] - offset);
      }
    }
  }
  // Rows that fill up the last group are never driven.
  std::fill(b.words.begin() + std::ptrdiff_t{num_rows} * lanes, b.words.end(), std::uint16_t{0});
  if (two_phases) std::fill(b.negative.begin() + std::ptrdiff_t{num_rows} * lanes, b.negative.end(), std::uint16_t{0});
}

void TableReader::drive(const workloads::MatrixCall& call, int first, int group, TableBlock& b) const {
  const mapping::InputPlan& inputs = layer_.encoded.inputs;
  set_words(call.x + std::ptrdiff_t{first} * call.rows, layer_.groups[static_cast<std::size_t>(group)], b);
  const int rows = layout_.digits.rows_of_group();
  int groups = 0;
  for_each_segment(group,
                   [&](int s, bool /*is_first*/) { groups += layout_.segments[static_cast<std::size_t>(s)].groups; });
  std::uint8_t* patterns = b.patterns.data();
  for (int g = 0; g < groups; ++g) {
    for (const mapping::InputStep& step : inputs.steps) {
      const std::uint16_t* words = (step.negative_phase ? b.negative : b.words).data();
      kernels_.patterns({words + std::ptrdiff_t{g} * rows * kernels_.lanes, rows, step.shift, (1 << step.bits) - 1},
                        patterns);
      patterns += kernels_.lanes;
    }
  }
  if (layer_.noise.enabled && layout_.same_variance) {
    add_terms(layout_.variance.front(), group, 0, 0, 1, b.squares, b);
  }
}

template <class Visit>
void TableReader::for_each_segment(int group, const Visit& visit) const {
  const int begin = layout_.segment_begin[static_cast<std::size_t>(group)];
  const int end = layout_.segment_begin[static_cast<std::size_t>(group) + 1];
  for (int s = begin; s < end; ++s) visit(s, s == begin);
}

template <class Visit>
void TableReader::for_each_plane(int k, const Visit& visit) const {
  for (int p = 0; p < static_cast<int>(layout_.planes.size()); ++p) {
    const TablePlane& plane = layout_.planes[static_cast<std::size_t>(p)];
    if (plane.conversion == k) visit(p, plane);
  }
}

template <class Visit>
void TableReader::for_each_step(int k, const Visit& visit) const {
  for (int run = 0; run < layout_.runs; ++run) {
    const mapping::Conversion& c = conversion(run, k);
    for (int t = c.step_begin; t < c.step_end; ++t) visit(run, t, layer_.step_weight(c, t));
  }
}

void TableReader::look_up(const TableSet& set, int segment, int plane, int tile, TableBlock& b) const {
  const TableSegment& rows = layout_.segments[static_cast<std::size_t>(segment)];
  const std::uint8_t* patterns = b.patterns.data() + rows.group_begin * step_lanes();
  kernels_.sums(
      {set.tables(segment, plane, tile), patterns, set.pieces, rows.groups, set.flush, layer_.steps(), b.sums.data()});
}

/// terms = Σ over the rows of a group, [column][step][lane].
void TableReader::add_terms(const TableSet& set, int group, int plane, int tile, int columns,
                            std::vector<std::int32_t>& terms, TableBlock& b) const {
  for_each_segment(group, [&](int s, bool is_first) {
    look_up(set, s, plane, tile, b);
    for (int column = 0; column < columns; ++column) {
      kernels_.combine(b.sums.data() + column * set.pieces * step_lanes(), set.pieces, set.bits,
                       static_cast<std::int32_t>(set.base(s, plane, tile * kernels_.columns + column)), is_first,
                       static_cast<int>(step_lanes()), terms.data() + column * step_lanes());
    }
  });
}

void TableReader::add_up(int tile, int group, int k, TableBlock& b) const {
  if (!layer_.drive.is_exact()) {
    add_up_wide(tile, group, k, b);
    return;
  }
  const TableSet& set = layout_.cells.front();
  if (layout_.direct) {
    add_terms(set, group, k, tile, columns_of(tile), b.value, b);
    return;
  }
  std::fill(b.value.begin(), b.value.end(), 0);
  for_each_plane(k, [&](int p, const TablePlane& plane) {
    add_terms(set, group, p, tile, columns_of(tile), b.terms, b);
    for (int column = 0; column < columns_of(tile); ++column) {
      for_each_step(k, [&](int run, int t, std::int64_t weight) {
        kernels_.add_weighted(b.terms.data() + column * step_lanes() + std::ptrdiff_t{t} * kernels_.lanes,
                              static_cast<std::int32_t>(weight) * plane.weight, kernels_.lanes,
                              b.value.data() + column * run_lanes() + std::ptrdiff_t{run} * kernels_.lanes);
      });
    }
  });
}

/// Drivers that are not exact give sums with more fraction bits, rounded when a conversion is complete.
void TableReader::add_up_wide(int tile, int group, int k, TableBlock& b) const {
  const TableSet& set = layout_.cells.front();
  const int lanes = kernels_.lanes;
  std::fill(b.wide.begin(), b.wide.end(), 0.0);
  for_each_plane(k, [&](int p, const TablePlane& plane) {
    for_each_segment(group, [&](int s, bool /*is_first*/) {
      look_up(set, s, p, tile, b);
      for (int column = 0; column < columns_of(tile); ++column) {
        const auto base = static_cast<double>(set.base(s, p, tile * kernels_.columns + column));
        for_each_step(k, [&](int run, int t, std::int64_t weight) {
          // One step of a table after the other: the pieces of a step lie `step_lanes()` apart.
          double* to = b.wide.data() + column * run_lanes() + std::ptrdiff_t{run} * lanes;
          for (int piece = 0; piece < set.pieces; ++piece) {
            const std::uint16_t* sums =
                b.sums.data() + (column * set.pieces + piece) * step_lanes() + std::ptrdiff_t{t} * lanes;
            kernels_.combine_wide(
                sums, piece == 0 ? base : 0.0,
                static_cast<double>(weight * plane.weight) * static_cast<double>(std::int64_t{1} << (piece * set.bits)),
                lanes, to);
          }
        });
      }
    });
  });
  kernels_.round(b.wide.data(), std::ldexp(1.0, -layer_.drive.fraction_bits()), static_cast<int>(b.wide.size()),
                 b.value.data());
}

void TableReader::find_roots(int tile, int group, int k, TableBlock& b) const {
  const int lanes = kernels_.lanes;
  const int columns = shares_roots_ ? 1 : columns_of(tile);
  for (int column = 0; column < columns; ++column) {
    const auto from = b.variance.begin() + column * run_lanes();
    std::fill(from, from + run_lanes(), layer_.constant_variance(tile * kernels_.columns + column));
  }
  const auto add = [&](int column, const std::int32_t* terms, int run, int t, double weight) {
    kernels_.add_variance(terms + std::ptrdiff_t{t} * lanes, weight, lanes,
                          b.variance.data() + column * run_lanes() + std::ptrdiff_t{run} * lanes);
  };
  if (layout_.same_variance) {
    const auto unit = static_cast<double>(layer_.noise.variance.front());
    for (int column = 0; column < columns; ++column) {
      // In the order of the definition: steps, then slices.
      for_each_step(k, [&](int run, int t, std::int64_t step_weight) {
        for_each_plane(k, [&](int /*p*/, const TablePlane& plane) {
          const double cells = plane.polarity < 0 ? layer_.encoded.weights.planes : 1;
          const auto weight = static_cast<double>(step_weight * plane.weight);
          add(column, b.squares.data(), run, t, weight * weight * cells * unit);
        });
      });
    }
  } else {
    for_each_plane(k, [&](int p, const TablePlane& plane) {
      add_terms(layout_.variance.front(), group, p, tile, columns, b.terms, b);
      for (int column = 0; column < columns; ++column) {
        for_each_step(k, [&](int run, int t, std::int64_t step_weight) {
          const auto weight = static_cast<double>(step_weight * plane.weight);
          add(column, b.terms.data() + column * step_lanes(), run, t, weight * weight);
        });
      }
    });
  }
  kernels_.roots(b.variance.data(), layer_.noise.scale(), static_cast<int>(columns * run_lanes()), b.root.data());
}

bool can_read_by_tables(const LayerArray& layer) {
  const mapping::InputPlan& inputs = layer.encoded.inputs;
  constexpr int kWordBits = 16;
  const DigitPlan digits = digit_plan(inputs);
  if (digits.bits == 0 || inputs.bits > kWordBits) return false;
  const double limit = std::ldexp(1.0, 31);
  double cell = 1;
  for (const std::int16_t c : layer.cells) cell = std::max(cell, std::abs(static_cast<double>(c)));
  // Values and their parts; with drivers that are not exact, entries (the sums are doubles).
  const double value =
      std::ldexp(layer.bounds.value, layer.fraction_bits - kValueFractionBits) * (2.0 * cell / kMaxConductance);
  if (value >= limit) return false;
  if (!layer.drive.is_exact()) {
    const double level = std::ldexp(layer.drive.largest(), layer.drive.fraction_bits());
    if (2.0 * cell * level * digits.rows_of_group() >= limit) return false;
    if (std::ldexp(value, layer.drive.fraction_bits()) >= std::ldexp(1.0, 51)) return false;
  }
  if (!layer.noise.enabled) return true;
  // Variances are exact in doubles, or added in the order of the definition.
  const mapping::Conversion& c = layer.conversions.front();
  const bool one_term = c.step_end - c.step_begin == 1 || c.slice_end - c.slice_begin == 1;
  const auto& by_code = layer.noise.variance;
  const bool same = std::all_of(by_code.begin(), by_code.end(), [&](std::int32_t v) { return v == by_code.front(); });
  const bool constant = layer.noise.column_variance != 0 || !layer.column_noise.empty();
  return layer.bounds.variance_term < limit && layer.bounds.driven_variance < std::ldexp(1.0, 53) &&
         (one_term || same || !constant);
}

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
// Blocks of vectors, one vector to a lane: what a few rows add to a column is looked up by the pattern of their digits,
// for all vectors of the block at once (docs/adr/0003-tables.md). Then noise and conversion of all of them.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <map>

#include "values/kernels.hpp"
#include "values/small_converter.hpp"
#include "values/table_layout.hpp"

namespace ohmic::values {

namespace {

static_assert(std::endian::native == std::endian::little, "patterns and sums are read as pairs of bytes");

/// Sums of single-precision codes are exact below.
constexpr double kSmallSum = 16777216.0;

class TablesPath : public LayerPath {
 public:
  TablesPath(LayerArray layer, Dispatch dispatch);
  [[nodiscard]] LayerStatistics multiply(const workloads::MatrixCall& call) const override;

 private:
  struct Workspace;

  void choose_converters();
  void start_block(const workloads::MatrixCall& call, int first, int count, Workspace& w) const;
  void set_patterns(const std::int32_t* x, int count, const RowGroup& rows, int group, Workspace& w) const;
  void set_roots(int group, Workspace& w) const;
  std::int64_t convert_tile(int tile, int group, Workspace& w) const;
  void add_up(int tile, int group, int conversion, Workspace& w) const;
  void look_up(const TableSet& set, int segment, int plane, int tile, Workspace& w) const;
  void add_variances(int tile, int group, int conversion, Workspace& w) const;
  std::int64_t convert_noisy(int tile, int group, int conversion, Workspace& w) const;
  std::int64_t convert_column(int column, int conversion, Workspace& w) const;
  [[nodiscard]] WideConverter wide_converter(int column) const;
  [[nodiscard]] ConversionJob job_of(int column, int conversion, Workspace& w) const;
  void finish(int count, const Workspace& w, std::int64_t* acc) const;

  [[nodiscard]] int tiles() const { return (layer_.columns() + kernels_.columns - 1) / kernels_.columns; }
  [[nodiscard]] int columns_of(int tile) const {
    return std::min(kernels_.columns, layer_.columns() - tile * kernels_.columns);
  }
  [[nodiscard]] int step_lanes() const { return layer_.steps() * kernels_.lanes; }
  [[nodiscard]] const mapping::Conversion& conversion(int run, int k) const {
    return layer_.conversions[static_cast<std::size_t>(run * layout_.conversions + k)];
  }

  LayerArray layer_;
  const TableKernels& kernels_;
  const Kernels& batch_;
  TableLayout layout_;
  std::vector<double> weights_;        // of conversions, [run][conversion]
  std::vector<SmallConverter> small_;  // by column; empty where double precision is needed
  std::int64_t weight_sum_ = 0;        // of all conversions of all row groups
};

struct TablesPath::Workspace {
  Workspace(const LayerArray& layer, const TableLayout& layout, const TableKernels& kernels);

  std::vector<std::uint16_t> words, negative;  // drive values of a row group, [row][lane]; of −v where it is needed
  std::vector<std::uint8_t> patterns;          // of a row group, [group][step][place]
  std::vector<std::uint16_t> sums;             // of a tile, [table][step][lane]
  std::vector<std::int32_t> terms;             // of a column, [step][lane]
  std::vector<std::int32_t> value;             // of a tile's conversions, [column][run][lane]
  std::vector<std::int32_t> codes;             // Σ weight · code, [column][lane]
  std::vector<std::int64_t> drive_sum;         // by lane
  std::vector<std::int32_t> valid;             // 1 for lanes that hold a vector
  std::vector<std::uint32_t> image, pixel;     // by lane
  std::vector<std::int32_t> z;                 // [word][lane]
  std::vector<double> variance;                // of a tile, [column][run][lane]
  std::vector<double> roots;                   // √variance · scale: [conversion][run][lane] where it is uniform
};

TablesPath::Workspace::Workspace(const LayerArray& layer, const TableLayout& layout, const TableKernels& kernels) {
  const auto lanes = static_cast<std::size_t>(kernels.lanes);
  const auto step_lanes = lanes * static_cast<std::size_t>(layer.steps());
  const auto run_lanes = lanes * static_cast<std::size_t>(layout.runs);
  const auto tile = static_cast<std::size_t>(kernels.columns);
  const auto groups = static_cast<std::size_t>(layout.groups_at_once);
  words.resize(groups * static_cast<std::size_t>(layout.digits.rows_of_group()) * lanes);
  negative.resize(words.size());
  patterns.resize(groups * step_lanes);
  std::size_t pieces = static_cast<std::size_t>(layout.cells.front().pieces);
  if (layer.noise.enabled) pieces = std::max(pieces, static_cast<std::size_t>(layout.variance.front().pieces));
  sums.resize(tile * pieces * step_lanes);
  terms.resize(step_lanes);
  value.resize(tile * run_lanes);
  codes.resize(static_cast<std::size_t>(layer.columns()) * lanes);
  drive_sum.resize(lanes);
  valid.resize(lanes);
  image.resize(lanes);
  pixel.resize(lanes);
  if (!layer.noise.enabled) return;
  z.resize(4 * lanes);
  variance.resize(tile * run_lanes);
  roots.resize(std::max(tile, static_cast<std::size_t>(layout.conversions)) * run_lanes);
}

TablesPath::TablesPath(LayerArray layer, Dispatch dispatch)
    : layer_(std::move(layer)),
      kernels_(table_kernels(dispatch)),
      batch_(kernels(dispatch)),
      layout_(layer_, kernels_) {
  for (const mapping::Conversion& c : layer_.conversions) {
    weights_.push_back(static_cast<double>(c.weight));
    weight_sum_ += c.weight * static_cast<std::int64_t>(layer_.groups.size());
  }
  choose_converters();
}

void TablesPath::choose_converters() {
  double weights = 0;
  for (const double weight : weights_) weights += std::abs(weight);
  if (layer_.noise.enabled || weights * static_cast<double>(layer_.max_code) >= kSmallSum) return;
  const std::int64_t unit = std::int64_t{layout_.unit} << (kValueFractionBits - layer_.fraction_bits);
  std::map<std::pair<std::int64_t, std::int64_t>, SmallConverter> known;
  for (const ConverterRange& range : layer_.ranges) {
    const auto [found, is_new] = known.try_emplace({range.low, range.step});
    if (is_new) {
      const auto converter = find_small_converter(range, layer_.max_code, layout_.reachable, unit);
      if (!converter.has_value()) {
        small_.clear();
        return;
      }
      found->second = *converter;
    }
    small_.push_back(found->second);
  }
}

LayerStatistics TablesPath::multiply(const workloads::MatrixCall& call) const {
  Workspace w(layer_, layout_, kernels_);
  LayerStatistics counted;
  const int vectors = call.images * call.pixels;
  for (int first = 0; first < vectors; first += kernels_.lanes) {
    const int count = std::min(kernels_.lanes, vectors - first);
    start_block(call, first, count, w);
    for (int group = 0; group < static_cast<int>(layer_.groups.size()); ++group) {
      set_patterns(call.x + std::ptrdiff_t{first} * call.rows, count, layer_.groups[static_cast<std::size_t>(group)],
                   group, w);
      if (layer_.noise.enabled && layer_.noise.uniform) set_roots(group, w);
      for (int tile = 0; tile < tiles(); ++tile) counted.clipped += convert_tile(tile, group, w);
    }
    finish(count, w, call.acc + std::ptrdiff_t{first} * call.columns);
  }
  counted.conversions = layer_.count_conversions(vectors);
  return counted;
}

void TablesPath::start_block(const workloads::MatrixCall& call, int first, int count, Workspace& w) const {
  std::fill(w.codes.begin(), w.codes.end(), 0);
  for (int lane = 0; lane < kernels_.lanes; ++lane) {
    const auto i = static_cast<std::size_t>(lane);
    const int vector = first + std::min(lane, count - 1);
    w.valid[i] = lane < count ? 1 : 0;
    w.image[i] = static_cast<std::uint32_t>(call.first_image + vector / call.pixels);
    w.pixel[i] = static_cast<std::uint32_t>(vector % call.pixels);
    w.drive_sum[i] = 0;
    if (layer_.encoded.reconstruction.input_sum == 0) continue;
    w.drive_sum[i] = batch_.sum(call.x + std::ptrdiff_t{vector} * call.rows, call.rows) -
                     std::int64_t{call.rows} * layer_.encoded.inputs.offset;
  }
}

void TablesPath::set_patterns(const std::int32_t* x, int count, const RowGroup& rows, int group, Workspace& w) const {
  const mapping::InputPlan& inputs = layer_.encoded.inputs;
  const int lanes = kernels_.lanes;
  const int rows_of_group = layout_.digits.rows_of_group();
  const bool two_phases = inputs.encoding == models::InputEncoding::sign_magnitude;
  const int num_rows = rows.end - rows.begin;
  // The rows that fill up the last group of a segment are never driven.
  const int padded = layout_.groups_at_once * rows_of_group;
  std::fill(w.words.begin() + std::ptrdiff_t{num_rows} * lanes, w.words.begin() + std::ptrdiff_t{padded} * lanes,
            std::uint16_t{0});
  if (two_phases) std::fill(w.negative.begin(), w.negative.end(), std::uint16_t{0});
  for (int lane = 0; lane < lanes; ++lane) {
    const std::int32_t* from = x + std::ptrdiff_t{std::min(lane, count - 1)} * layer_.rows() + rows.begin;
    std::uint16_t* to = w.words.data() + lane;
    for (int row = 0; row < num_rows; ++row, to += lanes) {
      const std::int32_t v = from[row] - inputs.offset;
      *to = static_cast<std::uint16_t>(two_phases ? std::max(v, 0) : v);
      if (two_phases)
        w.negative[static_cast<std::size_t>(to - w.words.data())] = static_cast<std::uint16_t>(std::max(-v, 0));
    }
  }
  const int last = layout_.segment_begin[static_cast<std::size_t>(group) + 1] - 1;
  const int groups = layout_.segments[static_cast<std::size_t>(last)].group_begin +
                     layout_.segments[static_cast<std::size_t>(last)].groups;
  std::uint8_t* patterns = w.patterns.data();
  for (int g = 0; g < groups; ++g) {
    for (const mapping::InputStep& step : inputs.steps) {
      const std::uint16_t* words = (step.negative_phase ? w.negative : w.words).data();
      kernels_.patterns(
          {words + std::ptrdiff_t{g} * rows_of_group * lanes, rows_of_group, step.shift, (1 << step.bits) - 1},
          patterns);
      patterns += lanes;
    }
  }
}

/// √variance of all conversions, where it depends on the digits only.
void TablesPath::set_roots(int group, Workspace& w) const {
  const TableSet& set = layout_.variance.front();
  const int lanes = kernels_.lanes;
  std::fill(w.terms.begin(), w.terms.end(), 0);
  for (int s = layout_.segment_begin[static_cast<std::size_t>(group)];
       s < layout_.segment_begin[static_cast<std::size_t>(group) + 1]; ++s) {
    look_up(set, s, 0, 0, w);
    kernels_.combine(w.sums.data(), set.pieces, set.bits, set.base(s, 0, 0),
                     s == layout_.segment_begin[static_cast<std::size_t>(group)], step_lanes(), w.terms.data());
  }
  const auto unit = static_cast<double>(layer_.noise.variance.front());
  std::vector<double>& variance = w.variance;
  for (int k = 0; k < layout_.conversions; ++k) {
    std::fill(variance.begin(), variance.end(), 0.0);
    for (int run = 0; run < layout_.runs; ++run) {
      const mapping::Conversion& c = conversion(run, k);
      const double cells = c.polarity < 0 ? layer_.encoded.weights.planes : 1;
      for (int t = c.step_begin; t < c.step_end; ++t) {
        for (int s = c.slice_begin; s < c.slice_end; ++s) {
          const auto weight = static_cast<double>(layer_.step_weight(c, t) * layer_.slice_weight(c, s));
          kernels_.add_variance(w.terms.data() + std::ptrdiff_t{t} * lanes, weight * weight * cells * unit, lanes,
                                variance.data() + std::ptrdiff_t{run} * lanes);
        }
      }
    }
    kernels_.roots(variance.data(), layer_.noise.scale(), layout_.runs * lanes,
                   w.roots.data() + std::ptrdiff_t{k} * layout_.runs * lanes);
  }
}

void TablesPath::look_up(const TableSet& set, int segment, int plane, int tile, Workspace& w) const {
  const TableSegment& rows = layout_.segments[static_cast<std::size_t>(segment)];
  const std::uint8_t* patterns = w.patterns.data() + std::ptrdiff_t{rows.group_begin} * step_lanes();
  kernels_.sums(
      {set.tables(segment, plane, tile), patterns, set.pieces, rows.groups, set.flush, layer_.steps(), w.sums.data()});
}

/// Converts all conversions of a tile's columns in one row group; returns how many clipped.
std::int64_t TablesPath::convert_tile(int tile, int group, Workspace& w) const {
  std::int64_t clipped = 0;
  for (int k = 0; k < layout_.conversions; ++k) {
    add_up(tile, group, k, w);
    if (layer_.noise.enabled) {
      if (!layer_.noise.uniform) add_variances(tile, group, k, w);
      clipped += convert_noisy(tile, group, k, w);
    } else {
      for (int column = 0; column < columns_of(tile); ++column) {
        clipped += convert_column(tile * kernels_.columns + column, k, w);
      }
    }
  }
  return clipped;
}

/// Values of one conversion of all runs.
void TablesPath::add_up(int tile, int group, int k, Workspace& w) const {
  const TableSet& set = layout_.cells.front();
  const int lanes = kernels_.lanes;
  const int count = step_lanes();
  if (!layout_.direct) std::fill(w.value.begin(), w.value.end(), 0);
  for (int p = 0; p < static_cast<int>(layout_.planes.size()); ++p) {
    const TablePlane& plane = layout_.planes[static_cast<std::size_t>(p)];
    if (plane.conversion != k) continue;
    for (int s = layout_.segment_begin[static_cast<std::size_t>(group)];
         s < layout_.segment_begin[static_cast<std::size_t>(group) + 1]; ++s) {
      const bool first = s == layout_.segment_begin[static_cast<std::size_t>(group)];
      look_up(set, s, p, tile, w);
      for (int column = 0; column < columns_of(tile); ++column) {
        const std::uint16_t* sums = w.sums.data() + std::ptrdiff_t{column} * set.pieces * count;
        const std::int32_t base = set.base(s, p, tile * kernels_.columns + column);
        std::int32_t* value = w.value.data() + std::ptrdiff_t{column} * layout_.runs * lanes;
        if (layout_.direct) {
          kernels_.combine(sums, set.pieces, set.bits, base, first, count, value);
          continue;
        }
        kernels_.combine(sums, set.pieces, set.bits, base, true, count, w.terms.data());
        for (int run = 0; run < layout_.runs; ++run) {
          const mapping::Conversion& c = conversion(run, k);
          for (int t = c.step_begin; t < c.step_end; ++t) {
            kernels_.add_weighted(w.terms.data() + std::ptrdiff_t{t} * lanes,
                                  static_cast<std::int32_t>(layer_.step_weight(c, t)) * plane.weight, lanes,
                                  value + std::ptrdiff_t{run} * lanes);
          }
        }
      }
    }
  }
}

/// Variances of one conversion of all runs, where they depend on the cells.
void TablesPath::add_variances(int tile, int group, int k, Workspace& w) const {
  const TableSet& set = layout_.variance.front();
  const int lanes = kernels_.lanes;
  const int count = step_lanes();
  std::fill(w.variance.begin(), w.variance.end(), 0.0);
  for (int p = 0; p < static_cast<int>(layout_.planes.size()); ++p) {
    const TablePlane& plane = layout_.planes[static_cast<std::size_t>(p)];
    if (plane.conversion != k) continue;
    for (int s = layout_.segment_begin[static_cast<std::size_t>(group)];
         s < layout_.segment_begin[static_cast<std::size_t>(group) + 1]; ++s) {
      look_up(set, s, p, tile, w);
      for (int column = 0; column < columns_of(tile); ++column) {
        kernels_.combine(w.sums.data() + std::ptrdiff_t{column} * set.pieces * count, set.pieces, set.bits,
                         set.base(s, p, tile * kernels_.columns + column), true, count, w.terms.data());
        for (int run = 0; run < layout_.runs; ++run) {
          const mapping::Conversion& c = conversion(run, k);
          for (int t = c.step_begin; t < c.step_end; ++t) {
            const double weight = static_cast<double>(layer_.step_weight(c, t)) * plane.weight;
            kernels_.add_variance(w.terms.data() + std::ptrdiff_t{t} * lanes, weight * weight, lanes,
                                  w.variance.data() + std::ptrdiff_t{column * layout_.runs + run} * lanes);
          }
        }
      }
    }
  }
  kernels_.roots(w.variance.data(), layer_.noise.scale(), columns_of(tile) * layout_.runs * lanes, w.roots.data());
}

ConversionJob TablesPath::job_of(int column, int k, Workspace& w) const {
  const int lanes = kernels_.lanes;
  return {w.value.data() + std::ptrdiff_t{column % kernels_.columns} * layout_.runs * lanes,
          weights_.data() + k,
          layout_.conversions,
          layout_.runs,
          static_cast<double>(layer_.max_code),
          w.valid.data(),
          w.codes.data() + std::ptrdiff_t{column} * lanes};
}

std::int64_t TablesPath::convert_column(int column, int k, Workspace& w) const {
  const ConversionJob job = job_of(column, k, w);
  if (!small_.empty()) return kernels_.convert_small(job, small_[static_cast<std::size_t>(column)]);
  return kernels_.convert_wide(job, wide_converter(column));
}

/// Four columns share a draw.
std::int64_t TablesPath::convert_noisy(int tile, int group, int k, Workspace& w) const {
  const int lanes = kernels_.lanes;
  std::int64_t clipped = 0;
  for (int run = 0; run < layout_.runs; ++run) {
    const std::uint32_t place = draw_place(group, conversion(run, k));
    for (int first = 0; first < columns_of(tile); first += 4) {
      const int quad = (tile * kernels_.columns + first) / 4;
      kernels_.draws(layer_.noise_key, w.image.data(), w.pixel.data(), static_cast<std::uint32_t>(quad), place,
                     w.z.data());
      for (int i = 0; i < std::min(4, columns_of(tile) - first); ++i) {
        const int column = first + i;
        ConversionJob job = job_of(tile * kernels_.columns + column, k, w);
        job.value += std::ptrdiff_t{run} * lanes;
        job.weight += std::ptrdiff_t{run} * layout_.conversions;
        job.runs = 1;
        WideConverter converter = wide_converter(tile * kernels_.columns + column);
        const int of = layer_.noise.uniform ? k : column;
        converter.root = w.roots.data() + std::ptrdiff_t{of * layout_.runs + run} * lanes;
        converter.z = w.z.data() + std::ptrdiff_t{i} * lanes;
        clipped += kernels_.convert_wide(job, converter);
      }
    }
  }
  return clipped;
}

WideConverter TablesPath::wide_converter(int column) const {
  const ConverterRange& range = layer_.ranges[static_cast<std::size_t>(column)];
  return {static_cast<double>(range.low),
          static_cast<double>(range.step),
          static_cast<double>(layout_.unit),
          std::ldexp(1.0, kValueFractionBits - layer_.fraction_bits),
          nullptr,
          nullptr};
}

void TablesPath::finish(int count, const Workspace& w, std::int64_t* acc) const {
  for (int vector = 0; vector < count; ++vector) {
    const std::int32_t* codes = w.codes.data() + vector;
    for (int column = 0; column < layer_.columns(); ++column, codes += kernels_.lanes) {
      const ConverterRange& range = layer_.ranges[static_cast<std::size_t>(column)];
      *acc++ = layer_.result(range.low * weight_sum_ + range.step * *codes,
                             w.drive_sum[static_cast<std::size_t>(vector)], column);
    }
  }
}

}  // namespace

bool can_use_tables(const LayerArray& layer) {
  const mapping::InputPlan& inputs = layer.encoded.inputs;
  constexpr int kWordBits = 16;
  if (digit_plan(inputs).bits == 0 || inputs.bits > kWordBits) return false;
  // Values, variances and sums of codes are 32-bit integers; the doubles are those of planes.
  const double limit = std::ldexp(1.0, 31);
  std::int32_t largest = 1;
  for (const std::int16_t cell : layer.cells) largest = std::max(largest, std::abs(std::int32_t{cell}));
  const double value =
      std::ldexp(layer.bounds.value, layer.fraction_bits - kValueFractionBits) * (2.0 * largest / kMaxConductance);
  return can_use_planes(layer) && value < limit && layer.bounds.code_sum < limit &&
         layer.bounds.variance_term < limit && layer.bounds.driven_variance < std::ldexp(1.0, 53);
}

std::unique_ptr<LayerPath> make_tables(LayerArray layer, Dispatch dispatch) {
  return std::make_unique<TablesPath>(std::move(layer), dispatch);
}

}  // namespace ohmic::values

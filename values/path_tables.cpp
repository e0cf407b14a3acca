// SPDX-License-Identifier: Apache-2.0
// Blocks of vectors, one vector to a lane: what a few rows add to a column is looked up by the pattern of their digits,
// for all vectors of the block at once (docs/adr/0003-tables-not-popcounts.md). Then noise and conversion of all of
// them.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "values/kernels.hpp"
#include "values/small_converter.hpp"
#include "values/table_reader.hpp"

namespace ohmic::values {

namespace {

/// Sums of single-precision codes are exact below.
constexpr double kSmallSum = 16777216.0;

class TablesPath : public LayerPath {
 public:
  TablesPath(LayerArray layer, Dispatch dispatch);
  [[nodiscard]] LayerStatistics multiply(const workloads::MatrixCall& call) const override;

 private:
  struct Workspace {
    TableBlock block;
    std::vector<std::int32_t> codes;      // Σ weight · code, [column][lane]; of one conversion where it is corrected
    std::vector<std::int64_t> corrected;  // Σ weight · corrected value, 2^-(16 + kGainBits), [column][lane]
    std::vector<std::int32_t> z;          // [word][lane]
    std::vector<std::int64_t> fixed;      // noisy values of one column, 2^-16 levels
    std::vector<std::int32_t> found;      // codes of its own converter
  };

  void choose_converters();
  std::int64_t convert_tile(int tile, int group, Workspace& w) const;
  std::int64_t convert_exact(int tile, int group, int k, Workspace& w) const;
  std::int64_t convert_noisy(int tile, int group, int k, Workspace& w) const;
  std::int64_t convert(const ConversionJob& job, const WideConverter& wide, int column, int group, int k,
                       Workspace& w) const;
  std::int64_t convert_own(const ConversionJob& job, const WideConverter& wide, const Transitions& own,
                           Workspace& w) const;
  void correct(int tile, int group, int k, Workspace& w) const;
  [[nodiscard]] ConversionJob job_of(int column, int k, Workspace& w) const;
  [[nodiscard]] WideConverter wide_converter(int column) const;
  void finish(const workloads::MatrixCall& call, int first, const Workspace& w) const;
  [[nodiscard]] std::int64_t raw_of(int column, int lane, const Workspace& w) const;
  [[nodiscard]] bool corrects() const { return !layer_.corrections.columns.empty(); }

  LayerArray layer_;
  const TableKernels& kernels_;
  const Kernels& batch_;
  TableReader reader_;
  std::vector<double> weights_;            // of conversions, [run][conversion]
  std::vector<std::int64_t> weight_sums_;  // over the runs of a conversion
  std::vector<SmallConverter> small_;      // by column; empty where double precision is needed
  std::int64_t weight_sum_ = 0;            // of all conversions of all row groups
};

TablesPath::TablesPath(LayerArray layer, Dispatch dispatch)
    : layer_(std::move(layer)),
      kernels_(table_kernels(dispatch)),
      batch_(kernels(dispatch)),
      reader_(layer_, kernels_),
      weight_sums_(static_cast<std::size_t>(reader_.layout().conversions), 0) {
  for (std::size_t i = 0; i < layer_.conversions.size(); ++i) {
    const std::int64_t weight = layer_.conversions[i].weight;
    weights_.push_back(static_cast<double>(weight));
    weight_sums_[i % weight_sums_.size()] += weight;
    weight_sum_ += weight * static_cast<std::int64_t>(layer_.groups.size());
  }
  choose_converters();
}

void TablesPath::choose_converters() {
  double weights = 0;
  for (const double weight : weights_) weights += std::abs(weight);
  const bool ideal = layer_.drive.is_exact() && layer_.converters.empty() && !layer_.noise.enabled;
  if (!ideal || weights * static_cast<double>(layer_.max_code) >= kSmallSum) return;
  const std::int64_t unit = std::int64_t{reader_.layout().unit} << (kValueFractionBits - layer_.fraction_bits);
  std::map<std::pair<std::int64_t, std::int64_t>, SmallConverter> known;
  for (const ConverterRange& range : layer_.ranges) {
    const auto [found, is_new] = known.try_emplace({range.low, range.step});
    if (is_new) {
      const auto converter = find_small_converter(range, layer_.max_code, reader_.layout().reachable, unit);
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
  const auto lanes = static_cast<std::size_t>(kernels_.lanes);
  const std::size_t results = static_cast<std::size_t>(layer_.columns()) * lanes;
  Workspace w{reader_.make_block(), std::vector<std::int32_t>(results), {}, {}, {}, {}};
  if (corrects()) w.corrected.resize(results);
  if (layer_.noise.enabled) w.z.resize(4 * lanes);
  w.fixed.resize(lanes);
  w.found.resize(lanes);
  LayerStatistics counted;
  const int vectors = call.images * call.pixels;
  const int tiles = (layer_.columns() + kernels_.columns - 1) / kernels_.columns;
  for (int first = 0; first < vectors; first += kernels_.lanes) {
    reader_.start(call, first, std::min(kernels_.lanes, vectors - first), w.block);
    std::fill(w.codes.begin(), w.codes.end(), 0);
    std::fill(w.corrected.begin(), w.corrected.end(), 0);
    for (int group = 0; group < static_cast<int>(layer_.groups.size()); ++group) {
      reader_.drive(call, first, group, w.block);
      for (int tile = 0; tile < tiles; ++tile) counted.clipped += convert_tile(tile, group, w);
    }
    finish(call, first, w);
  }
  counted.conversions = layer_.count_conversions(vectors);
  return counted;
}

/// All conversions of a tile's columns in one row group; returns how many clipped.
std::int64_t TablesPath::convert_tile(int tile, int group, Workspace& w) const {
  std::int64_t clipped = 0;
  for (int k = 0; k < reader_.layout().conversions; ++k) {
    reader_.add_up(tile, group, k, w.block);
    clipped += layer_.noise.enabled ? convert_noisy(tile, group, k, w) : convert_exact(tile, group, k, w);
    if (corrects()) correct(tile, group, k, w);
  }
  return clipped;
}

ConversionJob TablesPath::job_of(int column, int k, Workspace& w) const {
  const int lanes = kernels_.lanes;
  const TableLayout& layout = reader_.layout();
  return {w.block.value.data() + std::ptrdiff_t{column % kernels_.columns} * layout.runs * lanes,
          weights_.data() + k,
          layout.conversions,
          layout.runs,
          static_cast<double>(layer_.max_code),
          w.block.valid.data(),
          w.codes.data() + std::ptrdiff_t{column} * lanes};
}

WideConverter TablesPath::wide_converter(int column) const {
  const ConverterRange& range = layer_.ranges[static_cast<std::size_t>(column)];
  WideConverter wide;
  wide.low = static_cast<double>(range.low);
  wide.step = static_cast<double>(range.step);
  wide.unit = reader_.layout().unit;
  wide.level_unit = std::ldexp(1.0, kValueFractionBits - layer_.fraction_bits);
  return wide;
}

std::int64_t TablesPath::convert_exact(int tile, int group, int k, Workspace& w) const {
  std::int64_t clipped = 0;
  for (int i = 0; i < reader_.columns_of(tile); ++i) {
    const int column = tile * kernels_.columns + i;
    const ConversionJob job = job_of(column, k, w);
    clipped += small_.empty() ? convert(job, wide_converter(column), column, group, k, w)
                              : kernels_.convert_small(job, small_[static_cast<std::size_t>(column)]);
  }
  return clipped;
}

/// Four columns share a draw.
std::int64_t TablesPath::convert_noisy(int tile, int group, int k, Workspace& w) const {
  const int lanes = kernels_.lanes;
  const int runs = reader_.layout().runs;
  reader_.find_roots(tile, group, k, w.block);
  std::int64_t clipped = 0;
  for (int run = 0; run < runs; ++run) {
    const std::uint32_t place = draw_place(group, reader_.conversion(run, k));
    for (int first = 0; first < reader_.columns_of(tile); first += 4) {
      const int quad = (tile * kernels_.columns + first) / 4;
      kernels_.draws(layer_.noise_key, w.block.image.data(), w.block.pixel.data(), static_cast<std::uint32_t>(quad),
                     place, w.z.data());
      for (int i = 0; i < std::min(4, reader_.columns_of(tile) - first); ++i) {
        const int column = tile * kernels_.columns + first + i;
        ConversionJob job = job_of(column, k, w);
        job.value += std::ptrdiff_t{run} * lanes;
        job.weight += std::ptrdiff_t{run} * job.weight_stride;
        job.runs = 1;
        WideConverter wide = wide_converter(column);
        const int of = reader_.columns_share_roots() ? 0 : first + i;
        wide.root = w.block.root.data() + (std::ptrdiff_t{of} * runs + run) * lanes;
        wide.z = w.z.data() + std::ptrdiff_t{i} * lanes;
        clipped += convert(job, wide, column, group, k, w);
      }
    }
  }
  return clipped;
}

std::int64_t TablesPath::convert(const ConversionJob& job, const WideConverter& wide, int column, int group, int k,
                                 Workspace& w) const {
  if (layer_.converters.empty()) return kernels_.convert_wide(job, wide);
  const int row_block = layer_.groups[static_cast<std::size_t>(group)].block;
  return convert_own(job, wide, layer_.converters.of(row_block, column, reader_.conversion(0, k).slice_begin), w);
}

std::int64_t TablesPath::convert_own(const ConversionJob& job, const WideConverter& wide, const Transitions& own,
                                     Workspace& w) const {
  const int lanes = kernels_.lanes;
  const auto last = static_cast<std::int32_t>(layer_.max_code);
  std::int64_t clipped = 0;
  for (int run = 0; run < job.runs; ++run) {
    kernels_.fix(job.value + std::ptrdiff_t{run} * lanes, wide, w.fixed.data());
    own.find_codes(w.fixed.data(), lanes, w.found.data());
    const auto weight = static_cast<std::int32_t>(job.weight[run * job.weight_stride]);
    for (int lane = 0; lane < lanes; ++lane) {
      const std::int32_t found = w.found[static_cast<std::size_t>(lane)];
      const std::int32_t code = std::clamp(found, 0, last);
      clipped += code != found ? job.valid[lane] : 0;
      job.sums[lane] += weight * code;
    }
  }
  return clipped;
}

/// Moves what one conversion of all runs gave from `codes` to `corrected`.
void TablesPath::correct(int tile, int group, int k, Workspace& w) const {
  const int lanes = kernels_.lanes;
  const int row_block = layer_.groups[static_cast<std::size_t>(group)].block;
  const std::int64_t weight = weight_sums_[static_cast<std::size_t>(k)];
  for (int i = 0; i < reader_.columns_of(tile); ++i) {
    const int column = tile * kernels_.columns + i;
    const ConverterRange& range = layer_.ranges[static_cast<std::size_t>(column)];
    const Correction& correction = layer_.column_correction(row_block, static_cast<std::size_t>(k), column);
    const std::int64_t constant = weight * (correction.gain * range.low + correction.offset * kUnityGain);
    std::int32_t* codes = w.codes.data() + std::ptrdiff_t{column} * lanes;
    std::int64_t* to = w.corrected.data() + std::ptrdiff_t{column} * lanes;
    for (int lane = 0; lane < lanes; ++lane) {
      to[lane] += constant + correction.gain * range.step * codes[lane];
      codes[lane] = 0;
    }
  }
}

std::int64_t TablesPath::raw_of(int column, int lane, const Workspace& w) const {
  const auto place = static_cast<std::size_t>(column * kernels_.lanes + lane);
  if (corrects()) return round_shift(w.corrected[place], kGainBits);
  const ConverterRange& range = layer_.ranges[static_cast<std::size_t>(column)];
  return range.low * weight_sum_ + range.step * w.codes[place];
}

void TablesPath::finish(const workloads::MatrixCall& call, int first, const Workspace& w) const {
  const std::int32_t* x = call.x + std::ptrdiff_t{first} * call.rows;
  std::int64_t* acc = call.acc + std::ptrdiff_t{first} * call.columns;
  const bool needs_sum = layer_.encoded.reconstruction.input_sum != 0;
  const std::int64_t zero = std::int64_t{call.rows} * layer_.encoded.inputs.offset;
  for (int lane = 0; lane < w.block.count; ++lane, x += call.rows) {
    const std::int64_t drive_sum = needs_sum ? batch_.sum(x, call.rows) - zero : 0;
    for (int column = 0; column < call.columns; ++column) {
      *acc++ = layer_.result(raw_of(column, lane, w), drive_sum, column);
    }
  }
}

/// Corrected values and their sums in 64 bits, where the definition has 128.
bool corrections_fit(const LayerArray& layer) {
  if (layer.corrections.columns.empty()) return true;
  double gain = 0;
  double offset = 0;
  for (const Correction& c : layer.corrections.columns) {
    gain = std::max(gain, std::abs(static_cast<double>(c.gain)));
    offset = std::max(offset, std::abs(static_cast<double>(c.offset)));
  }
  double weights = 0;
  for (const mapping::Conversion& c : layer.conversions) weights += std::abs(static_cast<double>(c.weight));
  weights *= static_cast<double>(layer.groups.size());
  double value = 0;
  for (const ConverterRange& range : layer.ranges) {
    value = std::max(value, std::abs(static_cast<double>(range.low)) +
                                static_cast<double>(range.step) * static_cast<double>(layer.max_code));
  }
  return weights * (gain * value + offset * static_cast<double>(kUnityGain)) < std::ldexp(1.0, 62);
}

}  // namespace

bool can_use_tables(const LayerArray& layer) {
  return layer.rounds && doubles_convert(layer) && layer.bounds.code_sum < std::ldexp(1.0, 31) &&
         can_read_by_tables(layer) && corrections_fit(layer);
}

std::unique_ptr<LayerPath> make_tables(LayerArray layer, Dispatch dispatch) {
  return std::make_unique<TablesPath>(std::move(layer), dispatch);
}

}  // namespace ohmic::values

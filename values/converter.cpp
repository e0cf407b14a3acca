// SPDX-License-Identifier: Apache-2.0
#include "values/converter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <stdexcept>

#include "base/config_reader.hpp"
#include "workloads/quantize.hpp"

namespace ohmic::values {

namespace {

/// The finest range of `codes` steps that covers [low, high] (both in fixed point, 0 between them) and has 0 among its
/// values: `below` steps down from 0, the others up. One step alone cannot do that on both sides of 0.
ConverterRange finest_range(std::int64_t low, std::int64_t high, std::int64_t codes, std::int64_t finest) {
  if (codes == 1 && low < 0 && high > 0) return {low, std::max(finest, high - low)};
  ConverterRange best{low, std::numeric_limits<std::int64_t>::max()};
  const auto share = static_cast<std::int64_t>(static_cast<double>(codes) * static_cast<double>(-low) /
                                               std::max(1.0, static_cast<double>(high - low)));
  for (std::int64_t below = std::max<std::int64_t>(0, share - 1); below <= std::min(codes, share + 2); ++below) {
    if ((below == 0 && low < 0) || (below == codes && high > 0)) continue;
    std::int64_t step = finest;
    if (low < 0) step = std::max(step, ceil_div(-low, below));
    if (high > 0) step = std::max(step, ceil_div(high, codes - below));
    if (step < best.step) best = {-below * step, step};
  }
  return best;
}

}  // namespace

ConverterRange make_range(const mapping::ConversionRange& covered, const models::Adc& adc, const std::string& layer) {
  const std::int64_t span = covered.high - covered.low;
  const std::int64_t codes = max_code(adc.bits);
  if (adc.range == models::RangePolicy::lossless) {
    if (span > codes) {
      throw RuleError(
          "architecture.array.adc.bits",
          fmt::format("a lossless converter needs {} bits for layer '{}' ({} to {}), not {}",
                      std::bit_width(static_cast<std::uint64_t>(span)), layer, covered.low, covered.high, adc.bits));
    }
    return {covered.low * kLevel, kLevel};
  }
  return covering_range(covered.low * kLevel, covered.high * kLevel, adc, kLevel);
}

ConverterRange covering_range(std::int64_t low, std::int64_t high, const models::Adc& adc, std::int64_t finest) {
  const std::int64_t codes = max_code(adc.bits);
  low = std::min<std::int64_t>(0, low);
  high = std::max<std::int64_t>(0, high);
  ConverterRange range = finest_range(low, high, codes, finest);
  if (adc.range == models::RangePolicy::granular) {
    const std::int64_t levels = ceil_div(range.step, kLevel);
    const std::int64_t below = range.low < 0 ? ceil_div(-range.low, range.step) : 0;
    range.step = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(levels))) * kLevel;
    range.low = codes == 1 && low < 0 && high > 0 ? low : -below * range.step;
  }
  return range;
}

ValueHistogram::ValueHistogram(const mapping::ConversionRange& expected, int bin_bits)
    : low_(expected.low), bin_bits_(bin_bits) {
  constexpr std::int64_t kMaxBins = std::int64_t{1} << 14;
  const std::int64_t bins = ((expected.high - expected.low) >> bin_bits) + 1;
  counts_.resize(static_cast<std::size_t>(std::min(bins, kMaxBins)), 0);
  if (bin_bits > 0) seen_.resize(counts_.size(), Bin{}.seen);
}

ValueHistogram::Bin ValueHistogram::bin(std::size_t index) const {
  const std::int64_t only = low_ + static_cast<std::int64_t>(index);
  return {counts_[index], seen_.empty() ? mapping::ConversionRange{only, only} : seen_[index]};
}

void ValueHistogram::merge(const ValueHistogram& other) {
  if (other.low_ != low_ || other.bin_bits_ != bin_bits_) {
    throw std::logic_error("histograms of different bins are merged");
  }
  const auto add_bin = [this](std::int64_t index, const Bin& more) {
    if (static_cast<std::uint64_t>(index) >= counts_.size()) {
      others_[index].add(more.seen.low, more.seen.high, more.count);
      return;
    }
    counts_[static_cast<std::size_t>(index)] += more.count;
    if (!seen_.empty()) widen(static_cast<std::size_t>(index), more.seen.low, more.seen.high);
  };
  for (std::size_t index = 0; index < other.counts_.size(); ++index) {
    if (other.counts_[index] != 0) add_bin(static_cast<std::int64_t>(index), other.bin(index));
  }
  for (const auto& [index, more] : other.others_) add_bin(index, more);
}

std::int64_t ValueHistogram::count() const {
  std::int64_t total = 0;
  for (const std::int64_t count : counts_) total += count;
  for (const auto& [index, other] : others_) total += other.count;
  return total;
}

mapping::ConversionRange ValueHistogram::percentile(double percent) const {
  const std::int64_t total = count();
  if (total == 0) return {};
  std::map<std::int64_t, Bin> all = others_;
  for (std::size_t index = 0; index < counts_.size(); ++index) {
    if (counts_[index] != 0) all[static_cast<std::int64_t>(index)] = bin(index);
  }
  // Bin of a rank counted from 1 upwards.
  const auto bin_at = [&all](std::int64_t wanted) {
    for (const auto& [index, bin] : all) {
      wanted -= bin.count;
      if (wanted <= 0) return bin.seen;
    }
    return all.rbegin()->second.seen;
  };
  const std::int64_t rank = workloads::percentile_rank(percent, total);
  return {bin_at(total + 1 - rank).low, bin_at(rank).high};
}

}  // namespace ohmic::values

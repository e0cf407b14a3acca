// SPDX-License-Identifier: Apache-2.0
#include "values/converter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "base/config_reader.hpp"
#include "workloads/quantize.hpp"

namespace ohmic::values {

namespace {

/// The finest range of `codes` steps that covers [low, high] (both in fixed point, 0 between them) and has 0 among its
/// values: `below` steps down from 0, the others up. One step alone cannot do that on both sides of 0.
ConverterRange finest_range(std::int64_t low, std::int64_t high, std::int64_t codes) {
  if (codes == 1 && low < 0 && high > 0) return {low, std::max(kLevel, high - low)};
  ConverterRange best{low, std::numeric_limits<std::int64_t>::max()};
  const auto share = static_cast<std::int64_t>(static_cast<double>(codes) * static_cast<double>(-low) /
                                               std::max(1.0, static_cast<double>(high - low)));
  for (std::int64_t below = std::max<std::int64_t>(0, share - 1); below <= std::min(codes, share + 2); ++below) {
    if ((below == 0 && low < 0) || (below == codes && high > 0)) continue;
    std::int64_t step = kLevel;
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
  const std::int64_t low = std::min<std::int64_t>(0, covered.low) * kLevel;
  const std::int64_t high = std::max<std::int64_t>(0, covered.high) * kLevel;
  ConverterRange range = finest_range(low, high, codes);
  if (adc.range == models::RangePolicy::granular) {
    const std::int64_t levels = ceil_div(range.step, kLevel);
    const std::int64_t below = range.low < 0 ? ceil_div(-range.low, range.step) : 0;
    range.step = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(levels))) * kLevel;
    range.low = codes == 1 && low < 0 && high > 0 ? low : -below * range.step;
  }
  return range;
}

ValueHistogram::ValueHistogram(const mapping::ConversionRange& expected) : low_(expected.low) {
  constexpr std::int64_t kMaxBins = std::int64_t{1} << 14;
  counts_.resize(static_cast<std::size_t>(std::min(expected.high - expected.low + 1, kMaxBins)), 0);
}

void ValueHistogram::merge(const ValueHistogram& other) {
  const auto add_count = [this](std::int64_t value, std::int64_t count) {
    const auto bin = static_cast<std::uint64_t>(value - low_);
    (bin < counts_.size() ? counts_[bin] : others_[value]) += count;
  };
  for (std::size_t bin = 0; bin < other.counts_.size(); ++bin) {
    if (other.counts_[bin] != 0) add_count(other.low_ + static_cast<std::int64_t>(bin), other.counts_[bin]);
  }
  for (const auto& [value, count] : other.others_) add_count(value, count);
}

std::int64_t ValueHistogram::count() const {
  std::int64_t total = 0;
  for (const std::int64_t count : counts_) total += count;
  for (const auto& [value, count] : others_) total += count;
  return total;
}

mapping::ConversionRange ValueHistogram::percentile(double percent) const {
  const std::int64_t total = count();
  if (total == 0) return {};
  std::map<std::int64_t, std::int64_t> all = others_;
  for (std::size_t bin = 0; bin < counts_.size(); ++bin) {
    if (counts_[bin] != 0) all[low_ + static_cast<std::int64_t>(bin)] += counts_[bin];
  }
  // Value of a rank counted from 1 upwards.
  const auto value_at = [&all](std::int64_t wanted) {
    for (const auto& [value, count] : all) {
      wanted -= count;
      if (wanted <= 0) return value;
    }
    return all.rbegin()->first;
  };
  const std::int64_t rank = workloads::percentile_rank(percent, total);
  return {value_at(total + 1 - rank), value_at(rank)};
}

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
#include "values/converter.hpp"

#include <fmt/format.h>

#include <bit>

#include "base/config_reader.hpp"
#include "workloads/quantize.hpp"

namespace ohmic::values {

ConverterRange make_range(const mapping::ConversionRange& covered, const models::Adc& adc, const std::string& layer) {
  const std::int64_t span = covered.high - covered.low;
  const std::int64_t codes = max_code(adc.bits);
  ConverterRange range{covered.low * kLevel, kLevel};
  if (adc.range == models::RangePolicy::lossless) {
    if (span > codes) {
      throw RuleError(
          "architecture.array.adc.bits",
          fmt::format("a lossless converter needs {} bits for layer '{}' ({} to {}), not {}",
                      std::bit_width(static_cast<std::uint64_t>(span)), layer, covered.low, covered.high, adc.bits));
    }
    return range;
  }
  // Rounded up, so that the highest code is not below `high`.
  range.step = std::max(kLevel, ceil_div(span * kLevel, codes));
  if (adc.range == models::RangePolicy::granular) {
    const std::int64_t levels = ceil_div(range.step, kLevel);
    range.step = static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(levels))) * kLevel;
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
      if ((wanted -= count) <= 0) return value;
    }
    return all.rbegin()->first;
  };
  const std::int64_t rank = workloads::percentile_rank(percent, total);
  return {value_at(total + 1 - rank), value_at(rank)};
}

}  // namespace ohmic::values

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
      throw RuleError("architecture.array.adc.bits",
                      fmt::format("a lossless converter needs {} bits for layer '{}' ({} to {}), not {}",
                                  std::bit_width(static_cast<std::uint64_t>(span)), layer, covered.low, covered.high,
                                  adc.bits));
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

void ValueHistogram::add(std::int64_t value, std::int64_t count) {
  constexpr std::size_t kPending = std::size_t{1} << 16;
  bins_.push_back({value, count});
  if (bins_.size() - sorted_ > std::max(kPending, sorted_)) compact();
}

void ValueHistogram::merge(const ValueHistogram& other) {
  for (const Bin& bin : other.bins_) add(bin.value, bin.count);
}

void ValueHistogram::compact() const {
  std::sort(bins_.begin(), bins_.end(), [](const Bin& a, const Bin& b) { return a.value < b.value; });
  std::size_t kept = 0;
  for (const Bin& bin : bins_) {
    if (kept > 0 && bins_[kept - 1].value == bin.value) {
      bins_[kept - 1].count += bin.count;
    } else {
      bins_[kept++] = bin;
    }
  }
  bins_.resize(kept);
  sorted_ = kept;
}

std::int64_t ValueHistogram::count() const {
  std::int64_t total = 0;
  for (const Bin& bin : bins_) total += bin.count;
  return total;
}

mapping::ConversionRange ValueHistogram::percentile(double percent) const {
  compact();
  const std::int64_t total = count();
  if (total == 0) return {};
  const std::int64_t rank = workloads::percentile_rank(percent, total);
  // Value of a rank counted from 1 upwards.
  const auto value_at = [this](std::int64_t wanted) {
    for (const Bin& bin : bins_) {
      if ((wanted -= bin.count) <= 0) return bin.value;
    }
    return bins_.back().value;
  };
  return {value_at(total + 1 - rank), value_at(rank)};
}

}  // namespace ohmic::values

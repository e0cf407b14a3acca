// SPDX-License-Identifier: Apache-2.0
// Analog-to-digital conversion in fixed point, and the range policies.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "mapping/encoding.hpp"
#include "models/adc.hpp"

namespace ohmic::values {

using models::ConverterRange;
using models::ConverterRanges;
using models::kLevel;
using models::kValueFractionBits;

struct Converted {
  std::int64_t code = 0;
  bool clipped = false;
};

/// code = clamp(round_half_even((value − low) / step), 0, max_code), exact. `value` is in units of 2^-16 levels.
[[nodiscard]] inline Converted convert(std::int64_t value, const ConverterRange& range, std::int64_t max_code) {
  const std::int64_t rounded = round_div(value - range.low, range.step);
  return {std::clamp<std::int64_t>(rounded, 0, max_code), rounded < 0 || rounded > max_code};
}

[[nodiscard]] constexpr std::int64_t max_code(int bits) {
  return (std::int64_t{1} << bits) - 1;
}

/// The range that a policy makes of the values (in levels) that it is to cover: the reachable ones, for `calibrated`
/// those between the percentiles. But for a one-bit converter, 0 is one of its values: a column on which nothing flows
/// must not add an error to every sum. RuleError when a lossless converter would need more bits; `layer` names it.
[[nodiscard]] ConverterRange make_range(const mapping::ConversionRange& covered, const models::Adc& adc,
                                        const std::string& layer);

/// Exact two-sided percentile of integers: the value of rank ceil(p / 100 · n) and its mirror from below.
class ValueHistogram {
 public:
  /// Values of `expected` are counted fastest; others are welcome.
  explicit ValueHistogram(const mapping::ConversionRange& expected = {});

  void add(std::int64_t value) {
    const auto bin = static_cast<std::uint64_t>(value - low_);
    if (bin < counts_.size()) {
      ++counts_[bin];
    } else {
      ++others_[value];
    }
  }
  void merge(const ValueHistogram& other);
  [[nodiscard]] std::int64_t count() const;
  /// {0, 0} when nothing was added.
  [[nodiscard]] mapping::ConversionRange percentile(double percent) const;

 private:
  std::int64_t low_;
  std::vector<std::int64_t> counts_;             // of low_, low_ + 1, …
  std::map<std::int64_t, std::int64_t> others_;  // value, count
};

}  // namespace ohmic::values

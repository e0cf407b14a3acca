// SPDX-License-Identifier: Apache-2.0
// Analog-to-digital conversion in fixed point, and the range policies.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
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

/// As make_range() for policies other than lossless, of the ends in 2^-16 levels; no step is less than `finest` of
/// them. make_range() takes a level: sums of exact cells are whole ones, which finer steps would only round.
[[nodiscard]] ConverterRange covering_range(std::int64_t low, std::int64_t high, const models::Adc& adc,
                                            std::int64_t finest);

/// Two-sided percentile of integers: the value of rank ceil(p / 100 · n) and its mirror from below. Exact with bins of
/// one value; else outwards to the last value that was seen in the same bin.
class ValueHistogram {
 public:
  /// Values of `expected` are counted fastest; others are welcome. Bins of 2^bin_bits values.
  explicit ValueHistogram(const mapping::ConversionRange& expected = {}, int bin_bits = 0);

  void add(std::int64_t value) {
    const std::int64_t bin = (value - low_) >> bin_bits_;
    if (static_cast<std::uint64_t>(bin) >= counts_.size()) {
      others_[bin].add(value, value, 1);
      return;
    }
    ++counts_[static_cast<std::size_t>(bin)];
    if (bin_bits_ > 0) widen(static_cast<std::size_t>(bin), value, value);
  }
  void merge(const ValueHistogram& other);
  [[nodiscard]] std::int64_t count() const;
  /// {0, 0} when nothing was added.
  [[nodiscard]] mapping::ConversionRange percentile(double percent) const;

 private:
  struct Bin {
    std::int64_t count = 0;
    mapping::ConversionRange seen{std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()};
    void add(std::int64_t low, std::int64_t high, std::int64_t more) {
      count += more;
      seen = {std::min(seen.low, low), std::max(seen.high, high)};
    }
  };
  void widen(std::size_t bin, std::int64_t low, std::int64_t high) {
    seen_[bin] = {std::min(seen_[bin].low, low), std::max(seen_[bin].high, high)};
  }
  [[nodiscard]] Bin bin(std::size_t index) const;

  std::int64_t low_;
  int bin_bits_;
  std::vector<std::int64_t> counts_;            // of bins 0, 1, … from low_ on
  std::vector<mapping::ConversionRange> seen_;  // in them; empty with bins of one value
  std::map<std::int64_t, Bin> others_;          // by bin
};

}  // namespace ohmic::values

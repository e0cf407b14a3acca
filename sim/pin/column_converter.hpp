// SPDX-License-Identifier: Apache-2.0
// What makes a number of a column's value: an analog-to-digital converter in fixed point, and the pace of a converter
// that many columns share.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/units.hpp"
#include "models/adc.hpp"

namespace ohmic::sim::pin {

/// One column's converter and what a code is worth to the adders behind it.
class ColumnConverter {
 public:
  /// In levels a code is worth low + code · step, in codes it is worth code + low / step.
  ColumnConverter(const models::ConverterRange& range, int bits, bool in_levels)
      : scale_(in_levels ? 1 : models::kLevel),
        low_(in_levels ? range.low / models::kLevel : range.low),
        step_(in_levels ? range.step / models::kLevel : range.step),
        max_code_((std::int64_t{1} << bits) - 1),
        worth_of_zero_(in_levels ? low_ : low_ / step_),
        worth_of_one_(in_levels ? step_ : 1) {}

  /// clamp(round_half_even((value − low) / step), 0, 2^bits − 1), `value` in levels.
  [[nodiscard]] std::int64_t code(std::int64_t value) const {
    const std::int64_t above = value * scale_ - low_;
    if (above <= 0) return 0;
    if (step_ == 1) return std::min(above, max_code_);
    std::int64_t quotient = above / step_;
    const std::int64_t twice_rest = 2 * (above - quotient * step_);
    if (twice_rest > step_ || (twice_rest == step_ && quotient % 2 == 1)) ++quotient;
    return std::min(quotient, max_code_);
  }
  [[nodiscard]] std::int64_t worth(std::int64_t code) const { return worth_of_zero_ + code * worth_of_one_; }

 private:
  std::int64_t scale_;
  std::int64_t low_;
  std::int64_t step_;
  std::int64_t max_code_;
  std::int64_t worth_of_zero_;
  std::int64_t worth_of_one_;
};

/// Every cycle adds the rate; every clock in the sum is one conversion. Begins at 0 with each burst.
class ConversionCounter {
 public:
  ConversionCounter(Frequency rate, Frequency clock, int conversions)
      : rate_(rate.value()), clock_(clock.value()), conversions_(conversions) {}

  void begin() {
    sum_ = 0;
    left_ = conversions_;
  }
  [[nodiscard]] bool is_running() const { return left_ > 0; }
  /// One cycle; true in the one of the last conversion.
  bool count() {
    for (sum_ += rate_; sum_ >= clock_ && left_ > 0; sum_ -= clock_) --left_;
    return left_ == 0;
  }
  /// Cycles of a burst, counted.
  [[nodiscard]] Cycle burst() const {
    ConversionCounter copy = *this;
    copy.begin();
    Cycle cycles = 1;
    while (!copy.count()) ++cycles;
    return cycles;
  }

 private:
  std::int64_t rate_;
  std::int64_t clock_;
  int conversions_;
  std::int64_t sum_ = 0;
  int left_ = 0;
};

}  // namespace ohmic::sim::pin

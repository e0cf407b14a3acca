// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/digital_arithmetic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ohmic::sim::pin {

namespace {

using workloads::RequantKind;
using workloads::Rounding;

constexpr Wide kHighest = std::numeric_limits<std::int64_t>::max();
constexpr Wide kLowest = std::numeric_limits<std::int64_t>::min();

std::int64_t saturated(Wide value) {
  return static_cast<std::int64_t>(std::clamp(value, kLowest, kHighest));
}

/// What is added before bits are dropped, 2^shift being the divisor.
Wide rounding_term(Wide value, int shift, Rounding rounding) {
  const Wide half = Wide{1} << (shift - 1);
  switch (rounding) {
    case Rounding::floor:
      return 0;
    case Rounding::half_up:
      return half;
    case Rounding::half_even:
      return half - 1 + ((value >> shift) & 1);
    case Rounding::half_away:
    case Rounding::tflite:
      return half - (value < 0 ? 1 : 0);
  }
  return 0;
}

/// TFLite rounds twice where it divides by more than 2^31.
std::int64_t tflite_quotient(Wide product, int shift) {
  constexpr int kHighProduct = 31;
  if (shift <= kHighProduct) return shift_right(product, shift, Rounding::half_up);
  const Wide high = (product + (Wide{1} << (kHighProduct - 1))) >> kHighProduct;
  return shift_right(high, shift - kHighProduct, Rounding::half_away);
}

std::int64_t nearest(float value) {
  constexpr float kBeyond = 4.6e18F;  // the definition saturates there
  if (!(value > -kBeyond)) return static_cast<std::int64_t>(-kBeyond);
  if (!(value < kBeyond)) return static_cast<std::int64_t>(kBeyond);
  return std::llrint(value);  // ties to even: the default rounding mode
}

std::size_t factor_of(std::size_t factors, int channel) {
  return factors == 1 ? 0 : static_cast<std::size_t>(channel);
}

}  // namespace

std::int64_t shift_right(Wide value, int shift, Rounding rounding) {
  constexpr int kFarLeft = 64;    // any value but 0 is beyond int64
  constexpr int kFarRight = 126;  // products have fewer bits: they round alike from here on
  if (shift < 0) return saturated(saturated(value) * (Wide{1} << std::min(-shift, kFarLeft)));
  if (shift == 0) return saturated(value);
  shift = std::min(shift, kFarRight);
  return saturated((value + rounding_term(value, shift, rounding)) >> shift);
}

std::int64_t Requantizer::quotient(std::int64_t accumulator, int channel) const {
  if (factors_.kind == RequantKind::real) {
    return nearest(static_cast<float>(accumulator) * factors_.scale[factor_of(factors_.scale.size(), channel)]);
  }
  const std::size_t i = factor_of(factors_.shift.size(), channel);
  if (factors_.kind == RequantKind::shift) return shift_right(accumulator, factors_.shift[i], factors_.rounding);
  const Wide product = Wide{accumulator} * factors_.multiplier[i];
  if (factors_.rounding == Rounding::tflite) return tflite_quotient(product, factors_.shift[i]);
  return shift_right(product, factors_.shift[i], factors_.rounding);
}

std::int64_t Requantizer::quotient_of_sum(std::int64_t a, std::int64_t b) const {
  if (factors_.kind == RequantKind::real) {
    const float scaled_a = static_cast<float>(a) * factors_.scale[0];
    const float scaled_b = static_cast<float>(b) * factors_.scale[1];
    return nearest(scaled_a + scaled_b);
  }
  if (factors_.kind == RequantKind::multiplier_shift && factors_.rounding == Rounding::tflite) {
    constexpr int kHeadroom = 20;  // bits that TFLite gains before it adds
    const auto scaled = [&](Wide value, std::size_t i) {
      return tflite_quotient(value * factors_.multiplier[i], factors_.shift[i]);
    };
    const std::int64_t sum = scaled(Wide{a} << kHeadroom, 0) + scaled(Wide{b} << kHeadroom, 1);
    return scaled(sum, 2);
  }
  const Wide sum = Wide{a} * factors_.multiplier[0] + Wide{b} * factors_.multiplier[1];
  return shift_right(sum, factors_.shift[0], factors_.rounding);
}

int OutputRange::saturate(std::int64_t quotient) const {
  constexpr std::int64_t kFar = std::int64_t{1} << 40;  // beyond every output range
  return static_cast<int>(std::clamp<std::int64_t>(std::clamp(quotient, -kFar, kFar) + zero_point_, low_, high_));
}

}  // namespace ohmic::sim::pin

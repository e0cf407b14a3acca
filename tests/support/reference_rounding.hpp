// SPDX-License-Identifier: Apache-2.0
// Rounding from its definition, by exact division: the second opinion on workloads/requantize.
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

#include "workloads/quantized_graph.hpp"

namespace ohmic::test {

__extension__ using Wide = __int128;

/// numerator / denominator (> 0) rounded to an integer.
inline Wide rounded_quotient(Wide numerator, Wide denominator, workloads::Rounding rounding) {
  Wide quotient = numerator / denominator;
  Wide remainder = numerator % denominator;
  if (remainder < 0) {
    remainder += denominator;
    quotient -= 1;
  }
  // The fraction remainder/denominator against one half: −1 below, 0 a tie, 1 above.
  const Wide rest = denominator - remainder;
  const int side = remainder < rest ? -1 : remainder == rest ? 0 : 1;
  using workloads::Rounding;
  if (rounding == Rounding::floor || side < 0) return quotient;
  if (side > 0) return quotient + 1;
  if (rounding == Rounding::half_up) return quotient + 1;
  if (rounding == Rounding::half_even) return quotient % 2 == 0 ? quotient : quotient + 1;
  return numerator > 0 ? quotient + 1 : quotient;  // away from zero
}

/// TFLite's MultiplyByQuantizedMultiplier as gemmlowp's fixedpoint.h defines it (32-bit accumulators, truncating
/// division, nudges); `shift` in our sense: the result is about accumulator · multiplier / 2^shift.
inline std::int32_t tflite_quotient(std::int32_t accumulator, std::int32_t multiplier, int shift) {
  const int exponent = 31 - shift;
  const int left = exponent > 0 ? exponent : 0;
  const int right = exponent > 0 ? 0 : -exponent;
  const std::int64_t product = std::int64_t{accumulator} * (std::int64_t{1} << left) * multiplier;
  const std::int64_t nudge = product >= 0 ? std::int64_t{1} << 30 : 1 - (std::int64_t{1} << 30);
  const std::int64_t high = (product + nudge) / (std::int64_t{1} << 31);
  const std::int64_t mask = (std::int64_t{1} << right) - 1;
  const std::int64_t threshold = (mask >> 1) + (high < 0 ? 1 : 0);
  return static_cast<std::int32_t>((high >> right) + ((high & mask) > threshold ? 1 : 0));
}

/// float32(accumulator) · scale in float32, ties to even; every step is exact in double but for the two roundings.
inline std::int64_t real_quotient(std::int64_t accumulator, float scale) {
  const auto single = static_cast<float>(accumulator);
  const auto product =
      static_cast<double>(static_cast<float>(static_cast<double>(single) * static_cast<double>(scale)));
  const double below = std::floor(product);
  const double fraction = product - below;
  const bool is_odd = std::fmod(below, 2.0) != 0;
  return static_cast<std::int64_t>(below) + (fraction > 0.5 || (fraction == 0.5 && is_odd) ? 1 : 0);
}

/// Quotient of one accumulator as `requant` says, for accumulators of up to 40 bits and shifts of up to 80.
inline std::int64_t reference_quotient(const workloads::Requant& requant, std::int64_t accumulator, int channel) {
  using workloads::RequantKind;
  const auto pick = [&](const auto& values) {
    return values[values.size() == 1 ? 0 : static_cast<std::size_t>(channel)];
  };
  if (requant.kind == RequantKind::real) return real_quotient(accumulator, pick(requant.scale));
  const int shift = pick(requant.shift);
  const Wide multiplier = requant.kind == RequantKind::shift ? 1 : pick(requant.multiplier);
  if (requant.kind == RequantKind::multiplier_shift && requant.rounding == workloads::Rounding::tflite) {
    return tflite_quotient(static_cast<std::int32_t>(accumulator), static_cast<std::int32_t>(multiplier), shift);
  }
  if (shift < 0) return static_cast<std::int64_t>(accumulator * multiplier * (Wide{1} << -shift));
  return static_cast<std::int64_t>(rounded_quotient(accumulator * multiplier, Wide{1} << shift, requant.rounding));
}

}  // namespace ohmic::test

// SPDX-License-Identifier: Apache-2.0
// The arithmetic between an accumulator and an output integer: how ratios of scales are stored, how quotients round.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "workloads/quantized_graph.hpp"

namespace ohmic::workloads {

/// value / 2^shift rounded; a negative shift multiplies. Saturates at the ends of int64 (both cannot be reached from
/// 32-bit accumulators). `tflite` rounds as half_away here: its first rounding belongs to the multiplication.
[[nodiscard]] std::int64_t rounded_shift(std::int64_t value, int shift, Rounding rounding);

/// Requantization by factors `ratios` (scale of the accumulator / scale of the output), one per channel or one for
/// all. `shift` needs powers of two: std::invalid_argument otherwise.
[[nodiscard]] Requant make_requant(const RequantSpec& spec, const std::vector<double>& ratios);

/// The same for the two inputs of an addition, which share one shift.
[[nodiscard]] Requant make_add_requant(const RequantSpec& spec, double ratio_a, double ratio_b);

/// The same as TFLite's reference kernel computes it from the three scales.
[[nodiscard]] Requant make_tflite_add_requant(double scale_a, double scale_b, double scale_out);

/// Means of 1 … `most` integers as exact quotients, halves away from zero; entry count − 1 divides by count.
[[nodiscard]] Requant make_mean_requant(int most);

/// Sum of two integers (zero points taken off) as `requant` of a QuantizedAdd says, before zero point and saturation.
[[nodiscard]] std::int64_t apply_add(const Requant& requant, std::int64_t a, std::int64_t b);

/// Accumulators of `channels` channels to output integers: out[c] = max(to_output(requant.apply(acc[c], c), params),
/// low).
void requantize_row(const Requant& requant, const QuantParams& params, std::int32_t low, const std::int64_t* acc,
                    int channels, std::int32_t* out);

/// out[i] = max(to_output(apply_add(requant, a[i] − zero_a, b[i] − zero_b), params), low) for i < count.
void add_rows(const Requant& requant, const QuantParams& params, std::int32_t low, const std::int32_t* a, int zero_a,
              const std::int32_t* b, int zero_b, std::size_t count, std::int32_t* out);

/// The smallest power of two that is not below `scale` (> 0).
[[nodiscard]] inline double covering_power_of_two(double scale) {
  int exponent = 0;
  return std::frexp(scale, &exponent) == 0.5 ? scale : std::ldexp(1.0, exponent);
}

/// float32 → int64, ties to even; saturates well inside of int64 (float32 has no integers that fine there).
[[nodiscard]] inline std::int64_t round_half_even(float value) {
  constexpr float kLimit = 4.6e18F;
  if (!(value > -kLimit)) return static_cast<std::int64_t>(-kLimit);
  if (!(value < kLimit)) return static_cast<std::int64_t>(kLimit);
  return static_cast<std::int64_t>(std::nearbyint(value));
}

/// Zero point, then saturation to the range of `params`.
[[nodiscard]] inline std::int32_t to_output(std::int64_t quotient, const QuantParams& params) {
  const std::int64_t low = params.q_min();
  const std::int64_t high = params.q_max();
  // Compared before the zero point is added, so that nothing can overflow.
  if (quotient < low - params.zero_point) return params.q_min();
  if (quotient > high - params.zero_point) return params.q_max();
  return static_cast<std::int32_t>(quotient + params.zero_point);
}

/// round_half_even(x / scale) + zero point, saturated; the division is in float32.
[[nodiscard]] inline std::int32_t quantize_value(float x, const QuantParams& params) {
  return to_output(round_half_even(x / static_cast<float>(params.scale)), params);
}

/// (integer − zero point) · scale in float32.
[[nodiscard]] inline float dequantize_value(std::int32_t value, const QuantParams& params) {
  return static_cast<float>(value - params.zero_point) * static_cast<float>(params.scale);
}

}  // namespace ohmic::workloads

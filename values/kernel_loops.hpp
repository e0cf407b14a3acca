// SPDX-License-Identifier: Apache-2.0
// Loops that the compiler vectorises for the level of the function that they are inlined into.
#pragma once

#include <cmath>
#include <cstdint>

#include "values/kernels.hpp"

namespace ohmic::values {

/// round_half_even of |x| < 2^51: adding and taking off 1.5 · 2^52 leaves no fraction bits.
[[gnu::always_inline]] inline double round_to_integer(double x) {
  constexpr double kShifter = 6755399441055744.0;
  return (x + kShifter) - kShifter;
}

[[gnu::always_inline]] inline void add_noise_loop(double* __restrict value, const double* __restrict variance,
                                                  const std::int32_t* __restrict z, double scale, int lanes) {
  for (int i = 0; i < lanes; ++i) value[i] += round_to_integer(std::sqrt(variance[i]) * (z[i] * scale));
}

/// The quotient of two doubles rounds to the same code as the exact quotient. value · unit − low and step are integers
/// below 2^53, and a tie is a double, so ties are met exactly. Any other quotient differs from a tie by at least
/// 1 / (2 · step); up to max_code + 2 its rounding error is at most (max_code + 2) · 2^-53, which is less where
/// step · (max_code + 2) < 2^51 (can_use_planes() asks for that). Larger quotients and negative ones stay beyond the
/// last code whatever the error: rounding is monotonic.
[[gnu::always_inline]] inline std::int64_t convert_loop(const ConverterLanes& converters,
                                                        const double* __restrict value, double* __restrict sums,
                                                        int lanes) {
  const double* __restrict low = converters.low;
  const double* __restrict step = converters.step;
  const double* __restrict weight = converters.weight;
  const double unit = converters.unit;
  const double max_code = converters.max_code;
  double clipped = 0;
  for (int i = 0; i < lanes; ++i) {
    double code = (value[i] * unit - low[i]) / step[i];
    // One code beyond either end is enough to see that it clips.
    code = code < -1.0 ? -1.0 : code;
    code = code > max_code + 1.0 ? max_code + 1.0 : code;
    code = round_to_integer(code);
    double inside = code < 0.0 ? 0.0 : code;
    inside = inside > max_code ? max_code : inside;
    clipped += code != inside ? 1.0 : 0.0;
    sums[i] += weight[i] * inside;
  }
  return static_cast<std::int64_t>(clipped);
}

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
// What cells conduct and how much a read of them scatters, in fixed point: doubles of the device model become
// integers once per level, everything per cell is integer arithmetic.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "base/draws.hpp"
#include "mapping/encoding.hpp"
#include "models/architecture.hpp"
#include "values/causes.hpp"

namespace ohmic::values {

/// Conductances are int16 in units of 2^-F levels: twice the highest level still fits.
[[nodiscard]] constexpr int conductance_fraction_bits(int cell_bits) {
  return cell_bits < 4 ? 10 : 14 - cell_bits;
}
constexpr std::int32_t kMaxConductance = 32767;

/// Conductances of a layer on one chip, laid as WeightPlan::codes, with those errors that are among `causes`.
[[nodiscard]] std::vector<std::int16_t> program_cells(const mapping::WeightPlan& plan, const models::CellSpec& cell,
                                                      std::uint64_t seed, std::uint32_t trial, std::uint32_t layer,
                                                      Causes causes = {});

/// Variance of one read of one cell by its code: variance[code] · 4^exponent, in units of (2^-F levels)². All zero
/// when nothing scatters. Every conversion has `column_variance` besides, in the same units, driven or not; it is
/// added first.
struct ReadNoise {
  std::vector<std::int32_t> variance;
  double column_variance = 0;
  int exponent = 0;
  bool enabled = false;
  bool uniform = false;  // the same for all codes: independent of what is stored

  /// Factor from (√variance · z), z in 2^-16, to 2^-F levels.
  [[nodiscard]] double scale() const { return std::ldexp(1.0, exponent - kGaussianFractionBits); }
};
[[nodiscard]] ReadNoise read_noise(const mapping::WeightPlan& plan, const models::CellSpec& cell, Causes causes = {});

/// The noise of one conversion in units of 2^-F levels: round_half_even(√variance · z). IEEE 754 square root and
/// product are correctly rounded, so that the bits are the same everywhere.
[[nodiscard]] inline std::int64_t conversion_noise(double variance, std::int32_t z, double scale) {
  return static_cast<std::int64_t>(std::nearbyint(std::sqrt(variance) * (z * scale)));
}

/// Where a conversion's draw lies in the stream of its layer. Four neighbouring columns share one Philox call.
struct ConversionDraw {
  std::uint32_t image = 0;
  std::uint32_t pixel = 0;
  std::uint32_t column = 0;
  std::uint32_t place = 0;  // draw_place()
};
/// Row group and the first step and slice of a conversion, and its polarity: what distinguishes the conversions of
/// one column. Fewer than 2^16 groups, 64 steps and 64 slices.
[[nodiscard]] constexpr std::uint32_t draw_place(int group, const mapping::Conversion& conversion) {
  return static_cast<std::uint32_t>(group) << 16 | static_cast<std::uint32_t>(conversion.step_begin) << 10 |
         static_cast<std::uint32_t>(conversion.slice_begin) << 4 | static_cast<std::uint32_t>(conversion.polarity + 1);
}
/// Standard normal deviate of a conversion, 2^-16 units.
[[nodiscard]] constexpr std::uint32_t draw_bits(const ConversionDraw& draw, PhiloxKey key) {
  return philox({draw.image, draw.pixel, draw.column >> 2, draw.place}, key)[draw.column & 3];
}

}  // namespace ohmic::values

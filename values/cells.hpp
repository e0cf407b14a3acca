// SPDX-License-Identifier: Apache-2.0
// What cells conduct and how much a read of them scatters, in fixed point: constants of the device model are rounded
// once per level, everything per cell is integers or correctly rounded doubles (docs/devices.md, docs/values.md).
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "base/draws.hpp"
#include "mapping/encoding.hpp"
#include "models/architecture.hpp"
#include "values/chip.hpp"

namespace ohmic::values {

/// Conductances are int16 in units of 2^-F levels: twice the highest level still fits.
[[nodiscard]] constexpr int conductance_fraction_bits(int cell_bits) {
  return cell_bits < 4 ? 10 : 14 - cell_bits;
}
constexpr std::int32_t kMaxConductance = 32767;

/// Conductances of a layer on one chip, laid as WeightPlan::codes, with those errors that are among its causes.
[[nodiscard]] std::vector<std::int16_t> program_cells(const mapping::WeightPlan& plan, const models::ArraySpec& array,
                                                      const Chip& chip, int layer);

/// True when every cell conducts exactly the level of its code.
[[nodiscard]] bool are_nominal(const mapping::WeightPlan& plan, const std::vector<std::int16_t>& cells, int cell_bits);

/// Variance of one read: variance[code] · 4^exponent of one cell by its code, in units of (2^-F levels)², and
/// column_variance · 4^exponent of a whole conversion, driven or not, which is added first.
struct ReadNoise {
  std::vector<std::int32_t> variance;
  double column_variance = 0;
  int exponent = 0;
  bool enabled = false;
  bool uniform = false;  // the same for all codes: independent of what is stored

  /// Factor from (√variance · z), z in 2^-16, to 2^-F levels.
  [[nodiscard]] double scale() const { return std::ldexp(1.0, exponent - kGaussianFractionBits); }
  /// Adds noise of every conversion, in (2^-F levels)².
  void add_column_variance(double square) {
    column_variance += std::ldexp(square, -2 * exponent);
    enabled = enabled || square > 0;
  }
};
[[nodiscard]] ReadNoise read_noise(const mapping::EncodedLayer& layer, const models::ArraySpec& array,
                                   Causes causes = {});

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

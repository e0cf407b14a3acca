// SPDX-License-Identifier: Apache-2.0
#include "values/cells.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace ohmic::values {

namespace {

/// σ of programming has 8 bits more than conductances.
constexpr int kSigmaFractionBits = 8;

/// Level fraction of a code. A ±1 cell of xnor weights is a pair of devices of which one is fully on: its errors are
/// those of the highest level, for both signs.
double level_fraction(const mapping::WeightPlan& plan, int code, int cell_bits) {
  if (plan.encoding == models::WeightEncoding::xnor) return 1.0;
  return static_cast<double>(code) / ((1 << cell_bits) - 1);
}

/// Device fractions of the range → units of 2^-F levels.
double range_units(int cell_bits) {
  return std::ldexp(static_cast<double>((1 << cell_bits) - 1), conductance_fraction_bits(cell_bits));
}

struct Level {
  std::int32_t mean = 0;
  std::int32_t low = 0;    // conductances are not negative; the difference of an xnor pair can be
  std::int64_t sigma = 0;  // 2^-(F+8) levels
};

std::vector<Level> levels_of(const mapping::WeightPlan& plan, const models::CellSpec& cell) {
  std::vector<Level> levels;
  for (int code = 0; code < 1 << cell.bits; ++code) {
    Level level;
    level.mean = plan.level(code) * (1 << conductance_fraction_bits(cell.bits));
    level.low = plan.encoding == models::WeightEncoding::xnor ? -kMaxConductance : 0;
    const double sigma = cell.device->programming_sigma(level_fraction(plan, code, cell.bits)) * range_units(cell.bits);
    level.sigma = std::llround(std::ldexp(sigma, kSigmaFractionBits));
    levels.push_back(level);
  }
  return levels;
}

std::int16_t programmed(const Level& level, std::int32_t z) {
  constexpr std::int64_t kUnit = std::int64_t{1} << (kSigmaFractionBits + kGaussianFractionBits);
  const std::int64_t conductance = level.mean + round_div(level.sigma * z, kUnit);
  return static_cast<std::int16_t>(std::clamp<std::int64_t>(conductance, level.low, kMaxConductance));
}

}  // namespace

std::vector<std::int16_t> program_cells(const mapping::WeightPlan& plan, const models::CellSpec& cell,
                                        std::uint64_t seed, std::uint32_t trial, std::uint32_t layer, Causes causes) {
  const std::vector<Level> levels = levels_of(plan, cell);
  std::vector<std::int16_t> cells(plan.codes.size());
  if (!cell.device->has_programming_error() || !causes.has(Cause::programming_error)) {
    std::transform(plan.codes.begin(), plan.codes.end(), cells.begin(),
                   [&](std::uint8_t code) { return static_cast<std::int16_t>(levels[code].mean); });
    return cells;
  }
  const PhiloxKey key =
      stream_key({.seed = seed, .purpose = Purpose::programming_error, .trial = trial, .write = 0, .layer = layer});
  const int slices = static_cast<int>(plan.slices.size());
  for (int polarity = 0; polarity < plan.planes; ++polarity) {
    for (int slice = 0; slice < slices; ++slice) {
      const auto plane = static_cast<std::uint32_t>(slice * 2 + polarity);
      for (int row = 0; row < plan.rows; ++row) {
        for (int column = 0; column < plan.columns; ++column) {
          const std::size_t index = plan.index(polarity, slice, row, column);
          const PhiloxCounter bits =
              philox({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(column), plane, 0}, key);
          cells[index] = programmed(levels[plan.codes[index]], gaussian(bits[0]));
        }
      }
    }
  }
  return cells;
}

ReadNoise read_noise(const mapping::WeightPlan& plan, const models::CellSpec& cell, Causes causes) {
  ReadNoise noise;
  const bool scatters = cell.device->has_read_noise() && causes.has(Cause::read_noise);
  const int codes = 1 << cell.bits;
  noise.variance.assign(static_cast<std::size_t>(codes), 0);
  std::vector<double> variance;
  for (int code = 0; code < codes && scatters; ++code) {
    const double sigma = cell.device->read_sigma(level_fraction(plan, code, cell.bits)) * range_units(cell.bits);
    variance.push_back(sigma * sigma);
  }
  const double largest = variance.empty() ? 0.0 : *std::max_element(variance.begin(), variance.end());
  if (largest <= 0) return noise;
  noise.enabled = true;
  noise.uniform = *std::min_element(variance.begin(), variance.end()) == largest;
  // Fourteen bits per piece of the vector path; cells of many levels take two pieces, so that the smallest levels
  // of a proportional error keep their variance.
  const double limit = cell.bits <= 2 ? 16383.0 : 268435455.0;
  while (std::ldexp(largest, -2 * noise.exponent) > limit) ++noise.exponent;
  while (std::ldexp(largest, -2 * (noise.exponent - 1)) <= limit) --noise.exponent;
  for (std::size_t code = 0; code < variance.size(); ++code) {
    noise.variance[code] = static_cast<std::int32_t>(std::lround(std::ldexp(variance[code], -2 * noise.exponent)));
  }
  return noise;
}

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
#include "values/row_drive.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/units.hpp"

namespace ohmic::values {

namespace {

using models::InputShape;

/// Standard normal deviates of one driver, 2^-16 units.
class DriverDeviates {
 public:
  DriverDeviates(int row_block, int row, PhiloxKey key)
      : row_block_(static_cast<std::uint32_t>(row_block)), row_(static_cast<std::uint32_t>(row)), key_(key) {}
  [[nodiscard]] std::int64_t operator()(int i) const {
    const PhiloxCounter words = philox({row_block_, row_, static_cast<std::uint32_t>(i) / 4, 0}, key_);
    return gaussian(words[static_cast<std::size_t>(i) % 4]);
  }

 private:
  std::uint32_t row_block_;
  std::uint32_t row_;
  PhiloxKey key_;
};

}  // namespace

RowDrive::RowDrive(const models::ArraySpec& array, int rows, PhiloxKey key)
    : fraction_bits_(14 - array.inputs.dac_bits),
      bipolar_(array.inputs.encoding == models::InputEncoding::bipolar),
      per_row_(std::size_t{1} << array.inputs.dac_bits) {
  const InputShape shape = array.inputs.shape;
  const int full = (1 << array.inputs.dac_bits) - 1;
  // σ with 16 more fraction bits than levels have.
  constexpr int kMore = 16;
  const double of = shape == InputShape::count ? 1.0 : full;
  const std::int64_t sigma = std::llround(std::ldexp(array.inputs.level_error * of, fraction_bits_ + kMore));
  constexpr std::int64_t kUnit = std::int64_t{1} << (kMore + kGaussianFractionBits);
  for (int row = 0; row < rows; ++row) {
    const DriverDeviates z(row / array.rows, row % array.rows, key);
    const auto level = [&](int digit, std::int64_t deviate) {
      const std::int64_t driven = (std::int64_t{digit} << fraction_bits_) + round_div(sigma * deviate, kUnit);
      return static_cast<std::int16_t>(bipolar_ ? driven : std::max<std::int64_t>(0, driven));
    };
    if (bipolar_) {
      levels_.push_back(level(-1, z(1)));
      levels_.push_back(level(1, z(0)));
      continue;
    }
    levels_.push_back(0);
    std::int64_t pulses = 0;
    for (int digit = 1; digit <= full; ++digit) {
      pulses += shape == InputShape::count ? z(digit - 1) : 0;
      const std::int64_t own = shape == InputShape::width ? z(0) : z(digit - 1);
      levels_.push_back(level(digit, shape == InputShape::count ? pulses : own));
    }
  }
  for (const std::int16_t level : levels_) largest_ = std::max(largest_, std::ldexp(std::abs(level), -fraction_bits_));
}

}  // namespace ohmic::values

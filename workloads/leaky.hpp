// SPDX-License-Identifier: Apache-2.0
// Leaky ReLU in integers, with a fixed slope or one that a shift register draws for every beat.
#pragma once

#include <cstdint>

#include "workloads/quantized_graph.hpp"

namespace ohmic::workloads {

constexpr int kAlphaFractionBits = 6;  // slopes are Q2.6, not negative
constexpr int kLargestAlpha = 127;
constexpr int kLfsrPeriod = 255;

/// The state after `state` (not 0) of the 8-bit register of x^8 + x^6 + x^5 + x^4 + 1: shifted left, the new bit into
/// bit 0.
[[nodiscard]] constexpr int next_lfsr_state(int state) {
  const int bit = ((state >> 7) ^ (state >> 5) ^ (state >> 4) ^ (state >> 3)) & 1;
  return ((state << 1) | bit) & 0xFF;
}

/// The state after `steps` (>= 0) updates.
[[nodiscard]] int lfsr_state(int seed, std::int64_t steps);

/// 8 + floor(low four bits · 13 / 16): 8/64 … 20/64.
[[nodiscard]] constexpr int random_alpha(int lfsr_state) {
  return 8 + (((lfsr_state & 0xF) * 13) >> 4);
}

/// A quotient before zero point and saturation: itself, or rounded(quotient · alpha / 2^6) where it is negative.
[[nodiscard]] std::int64_t apply_leaky(std::int64_t quotient, int alpha, LeakyRounding rounding);

/// Leaky ReLU of one node, output by output.
class LeakyUnit {
 public:
  /// `channels`: of one pixel. `leaky` must outlive the unit.
  LeakyUnit(const Leaky& leaky, int channels);

  /// `pixel` counts from the start of the run: image · pixels of an image + pixel.
  [[nodiscard]] std::int64_t apply(std::int64_t quotient, std::int64_t pixel, int channel) const {
    return quotient < 0 ? apply_leaky(quotient, alpha(pixel, channel), leaky_.rounding) : quotient;
  }

 private:
  [[nodiscard]] int alpha(std::int64_t pixel, int channel) const;

  const Leaky& leaky_;
  std::int64_t beats_of_pixel_ = 1;
};

}  // namespace ohmic::workloads

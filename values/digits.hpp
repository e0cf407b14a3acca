// SPDX-License-Identifier: Apache-2.0
// Digits of many drive values at once.
#pragma once

#include <algorithm>
#include <cstdint>

#include "mapping/encoding.hpp"

namespace ohmic::values {

/// digits[i] = inputs.digit(drive[i], step).
inline void extract_digits(const mapping::InputPlan& inputs, int step, const std::int32_t* __restrict drive, int count,
                           std::int16_t* __restrict digits) {
  const mapping::InputStep& s = inputs.steps[static_cast<std::size_t>(step)];
  const int shift = s.shift;
  const int mask = (1 << s.bits) - 1;
  switch (inputs.encoding) {
    case models::InputEncoding::bipolar:
      for (int i = 0; i < count; ++i) digits[i] = static_cast<std::int16_t>(((drive[i] >> shift) & 1) * 2 - 1);
      return;
    case models::InputEncoding::sign_magnitude: {
      const int sign = s.negative_phase ? -1 : 1;
      for (int i = 0; i < count; ++i) {
        digits[i] = static_cast<std::int16_t>((std::max(sign * drive[i], 0) >> shift) & mask);
      }
      return;
    }
    default:
      for (int i = 0; i < count; ++i) digits[i] = static_cast<std::int16_t>((drive[i] >> shift) & mask);
  }
}

/// Two digits as the kernels read them: the first in the low half.
[[nodiscard]] inline std::int32_t digit_pair(std::int16_t first, std::int16_t second) {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(static_cast<std::uint16_t>(first)) |
                                   static_cast<std::uint32_t>(static_cast<std::uint16_t>(second)) << 16);
}

/// Gathers the pairs that are not all zero: words[i] is pair indices[i] of `digits`. Returns how many.
inline int collect_pairs(const std::int16_t* digits, int pairs, std::int32_t* __restrict words,
                         std::int32_t* __restrict indices) {
  int count = 0;
  for (int pair = 0; pair < pairs; ++pair) {
    const std::int16_t* two = digits + std::ptrdiff_t{2} * pair;
    const std::int32_t word = digit_pair(two[0], two[1]);
    words[count] = word;
    indices[count] = pair;
    count += word != 0 ? 1 : 0;
  }
  return count;
}

}  // namespace ohmic::values

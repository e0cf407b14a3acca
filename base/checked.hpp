// SPDX-License-Identifier: Apache-2.0
// Integer arithmetic of quantities that says when a result leaves 64 bits, instead of wrapping.
#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>

#include "base/error.hpp"

namespace ohmic {

/// a · b; InputError naming `what` when it does not fit.
[[nodiscard]] inline std::int64_t checked_product(std::int64_t a, std::int64_t b, std::string_view what) {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw InputError(what, "is out of range (more than 9.2e18 units)");
  return product;
}

/// sum += term, likewise.
inline void checked_add(std::int64_t& sum, std::int64_t term, std::string_view what) {
  if (__builtin_add_overflow(sum, term, &sum)) throw InputError(what, "is out of range (more than 9.2e18 units)");
}

/// The nearest integer, likewise.
[[nodiscard]] inline std::int64_t checked_round(double value, std::string_view what) {
  constexpr double kBeyond = 9.2e18;
  if (!(std::fabs(value) < kBeyond)) throw InputError(what, "is out of range (more than 9.2e18 units)");
  return std::llround(value);
}

}  // namespace ohmic

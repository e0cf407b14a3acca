// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

namespace ohmic::models {

/// Σ_i coefficients[i] · y^i.
template <std::size_t n>
[[nodiscard]] constexpr double polynomial(const std::array<double, n>& coefficients, double y) {
  double sum = 0;
  for (std::size_t i = n; i > 0; --i) sum = sum * y + coefficients[i - 1];
  return sum;
}

}  // namespace ohmic::models

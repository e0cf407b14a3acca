// SPDX-License-Identifier: Apache-2.0
// e^x with the same bits everywhere: IEEE 754 additions and multiplications only, which the C library's exp does not
// promise.
#pragma once

#include <cmath>

namespace ohmic {

/// e^x for |x| <= 700, relative error below 4e-16. Reduced to |r| <= ln(2) / 2, then the Taylor series up to r^14.
[[nodiscard]] inline double portable_exp(double x) {
  constexpr double kLog2E = 1.4426950408889634;
  // ln 2 in two parts: the first has 32 bits, so that its multiples by small integers are exact.
  constexpr double kLn2High = 6.93147180369123816490e-01;
  constexpr double kLn2Low = 1.90821492927058770002e-10;
  constexpr double kInverse[] = {1.0,
                                 1.0,
                                 1.0 / 2,
                                 1.0 / 6,
                                 1.0 / 24,
                                 1.0 / 120,
                                 1.0 / 720,
                                 1.0 / 5040,
                                 1.0 / 40320,
                                 1.0 / 362880,
                                 1.0 / 3628800,
                                 1.0 / 39916800,
                                 1.0 / 479001600,
                                 1.0 / 6227020800,
                                 1.0 / 87178291200};
  const double k = std::nearbyint(x * kLog2E);
  const double r = (x - k * kLn2High) - k * kLn2Low;
  double sum = kInverse[14];
  for (int i = 13; i >= 0; --i) sum = sum * r + kInverse[i];
  return std::ldexp(sum, static_cast<int>(k));
}

}  // namespace ohmic

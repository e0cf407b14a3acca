// SPDX-License-Identifier: Apache-2.0
// Two independent fits of the same measurements.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/devices.hpp"

using namespace ohmic;

TEST_CASE("pcm_joshi2020: the fit of CrossSim to the same data is within 9 %", "[reference]") {
  const auto pcm = test::device("{kind: pcm_joshi2020}");
  for (double g = 0; g <= 25; g += 0.5) {  // µS
    const double crosssim = 0.28638599 + 0.07585724 * g - 0.00178767 * g * g;
    CAPTURE(g);
    CHECK(25 * pcm->programming_sigma(g / 25, Duration(20)) == Approx(crosssim).epsilon(0.09));
  }
}

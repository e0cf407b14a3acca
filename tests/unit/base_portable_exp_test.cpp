// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <cmath>

#include "base/portable_exp.hpp"
#include "tests/support/random.hpp"

using namespace ohmic;

TEST_CASE("the portable exponential is the exponential") {
  CHECK(portable_exp(0) == 1);
  CHECK(portable_exp(-700) > 0);
  const std::uint64_t seed = 3;
  INFO("seed " << seed);
  test::Random random(seed);
  for (int i = 0; i < 100000; ++i) {
    const double x = random.between(-700000000, 700000000) * 1e-6;
    REQUIRE(std::abs(portable_exp(x) / std::exp(x) - 1) < 1e-15);
  }
  // What a drift factor needs: small arguments.
  for (int i = 0; i < 100000; ++i) {
    const double x = -random.between(0, 1000000000) * 5e-9;
    REQUIRE(std::abs(portable_exp(x) / std::exp(x) - 1) < 5e-16);
  }
}

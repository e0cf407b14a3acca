// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "base/units.hpp"

using namespace ohmic;

namespace {
double parsed(const std::string& text, const Dimension& dimension) {
  double value = 0;
  std::string reason;
  INFO(reason);
  REQUIRE(parse_quantity(text, dimension, value, reason));
  return value;
}
}  // namespace

TEST_CASE("quantities are read in base units") {
  CHECK(parsed("1.5625 pJ", EnergyTag::dimension()) == 1562500);
  CHECK(parsed("1.28 GS/s", FrequencyTag::dimension()) == 1.28e9);
  CHECK(parsed("2 KiB", DataSizeTag::dimension()) == 2 * 1024 * 8);
  CHECK(parsed("10ns", DurationTag::dimension()) == 1e-8);
  CHECK(parsed("0.00017 mm2", AreaTag::dimension()) == Approx(170e6));
  CHECK(parsed("1 day", DurationTag::dimension()) == 86400);
  CHECK(parsed("2 h", DurationTag::dimension()) == 7200);
  CHECK(parsed("3 min", DurationTag::dimension()) == 180);
  CHECK(parsed("7 fs", DurationTag::dimension()) == 7e-15);
  CHECK(parsed("32 nm", LengthTag::dimension()) == 32e-9);
  CHECK(parsed("25 uS", ConductanceTag::dimension()) == 25e-6);
  CHECK(parsed("1.5 kohm", ResistanceTag::dimension()) == 1500);
  CHECK(parsed("2 fF", CapacitanceTag::dimension()) == 2e-15);
  CHECK(parsed("200 mV", VoltageTag::dimension()) == 0.2);
  CHECK(parsed("2 mW", PowerTag::dimension()) == 2e9);
  CHECK(parsed("10.24 GB/s", DataRateTag::dimension()) == 81.92e9);
  CHECK(parsed("1 MHz", FrequencyTag::dimension()) == 1e6);
}

TEST_CASE("a quantity without a unit, or with a wrong one, says what to write") {
  double value = 0;
  std::string reason;
  CHECK_FALSE(parse_quantity("10", DurationTag::dimension(), value, reason));
  CHECK(reason == "needs a unit, write for example '10 ns'");
  CHECK_FALSE(parse_quantity("10 pJ", DurationTag::dimension(), value, reason));
  CHECK(reason == "'pJ' is not a unit of time (known: fs, ps, ns, us, ms, s, min, h, day, days)");
  CHECK_FALSE(parse_quantity("fast", DurationTag::dimension(), value, reason));
  CHECK_FALSE(parse_quantity("nan ns", DurationTag::dimension(), value, reason));
}

TEST_CASE("printing and reading a quantity gives the same number") {
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{1}, std::int64_t{999}, std::int64_t{1562500},
                                   std::int64_t{123456789012345}, std::int64_t{65808000000000000}}) {
    CHECK(parsed(to_string(Energy(value)), EnergyTag::dimension()) == static_cast<double>(value));
  }
  for (const double value : {1e-8, 2.5e-7, 3600.0, 1.0, 1e-15}) {
    CHECK(parsed(to_string(Duration(value)), DurationTag::dimension()) == value);
  }
}

TEST_CASE("whole cycles cover a time") {
  CHECK(cycles_covering(Duration(1e-8), Frequency(1000000000)) == 10);
  CHECK(cycles_covering(Duration(1.01e-8), Frequency(1000000000)) == 11);
  CHECK(cycles_covering(Duration(1e-7), Frequency(1200000000)) == 120);
  CHECK(ceil_mul_div(16, 1000000000, 1280000000) == 13);
  CHECK(round_div(5, 2) == 2);
  CHECK(round_div(7, 2) == 4);
  CHECK(round_div(-5, 2) == -2);
  CHECK(round_div(-7, 4) == -2);
}

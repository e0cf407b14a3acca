// SPDX-License-Identifier: Apache-2.0
// Statistics of trials against published tables and closed forms.
#include <catch2/catch.hpp>

#include "values/statistics.hpp"

namespace {

using namespace ohmic::values;

TEST_CASE("Student t quantiles as in the tables") {
  // Two-sided 95 %, e.g. NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2 (column 0.975).
  const std::pair<int, double> table[] = {{1, 12.706}, {2, 4.303},  {3, 3.182},  {4, 2.776},  {5, 2.571},  {9, 2.262},
                                          {10, 2.228}, {19, 2.093}, {29, 2.045}, {60, 2.000}, {100, 1.984}};
  for (const auto& [degrees, quantile] : table) REQUIRE(student_t95(degrees) == Approx(quantile).margin(0.00051));
}

TEST_CASE("mean, spread and confidence of trials") {
  const Scores some = summarise({0.90, 0.92, 0.94, 0.96});
  REQUIRE(some.mean == Approx(0.93));
  REQUIRE(some.std == Approx(0.0258198889747161));
  REQUIRE(some.ci95.value() == Approx(3.182446305284263 * 0.0258198889747161 / 2));
  REQUIRE(some.trials.size() == 4);
  REQUIRE_FALSE(summarise({0.5}).ci95.has_value());
  REQUIRE(summarise({0.5}).mean == 0.5);
  // Equal trials have exactly their value as mean, whatever it is in binary.
  REQUIRE(summarise(std::vector<double>(7, 0.1)).mean == 0.1);
  REQUIRE(summarise(std::vector<double>(7, 0.1)).std == 0);
}

TEST_CASE("trials are enough when there are enough of them and their interval is narrow") {
  // Half-widths: t(0.975, 1) · 0.01414 / √2 = 0.127, t(0.975, 2) · 0.01 / √3 = 0.0248.
  const std::vector<double> three{0.90, 0.92, 0.91};
  REQUIRE(is_enough(three, {0.025, 2}));
  REQUIRE(is_enough(three, {0.025, 3}));
  REQUIRE_FALSE(is_enough(three, {0.0248, 2}));
  REQUIRE_FALSE(is_enough(three, {0.025, 4}));
  REQUIRE_FALSE(is_enough({0.90, 0.92}, {0.12, 2}));
  REQUIRE_FALSE(is_enough({0.9}, {0.5, 1}));
}

TEST_CASE("paired differences are taken trial by trial") {
  const Scores difference = paired_difference({0.9, 0.8, 0.7}, {0.8, 0.7, 0.6});
  REQUIRE(difference.mean == Approx(0.1));
  REQUIRE(difference.std == Approx(0).margin(1e-12));
  REQUIRE_THROWS_AS(paired_difference({0.9}, {0.8, 0.7}), std::logic_error);
}

TEST_CASE("Wilson's interval") {
  REQUIRE(wilson95(450.0 / 450, 450).low == Approx(0.9915).margin(5e-5));
  REQUIRE(wilson95(450.0 / 450, 450).high == 1.0);
  REQUIRE(wilson95(444.0 / 450, 450).low == Approx(0.9712).margin(5e-5));
  REQUIRE(wilson95(444.0 / 450, 450).high == Approx(0.9939).margin(5e-5));
  REQUIRE(wilson95(0, 10).low == 0);
  REQUIRE(wilson95(0, 0).high == 1);
}

}  // namespace

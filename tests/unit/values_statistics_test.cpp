// SPDX-License-Identifier: Apache-2.0
// Statistics of trials against published tables and closed forms.
#include <catch2/catch.hpp>

#include "values/evaluate.hpp"

namespace {

using namespace ohmic::values;

TEST_CASE("Student t quantiles as in the tables") {
  // Two-sided 95 %, e.g. NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2 (column 0.975).
  const std::pair<int, double> table[] = {{1, 12.706}, {2, 4.303},  {3, 3.182},  {4, 2.776},  {5, 2.571},  {9, 2.262},
                                          {10, 2.228}, {19, 2.093}, {29, 2.045}, {60, 2.000}, {100, 1.984}};
  for (const auto& [degrees, quantile] : table) REQUIRE(student_t95(degrees) == Approx(quantile).margin(0.00051));
}

TEST_CASE("mean, spread and confidence of trials") {
  const Accuracy some = summarise({0.90, 0.92, 0.94, 0.96});
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

TEST_CASE("Wilson's interval") {
  REQUIRE(wilson95(450.0 / 450, 450).low == Approx(0.9915).margin(5e-5));
  REQUIRE(wilson95(450.0 / 450, 450).high == 1.0);
  REQUIRE(wilson95(444.0 / 450, 450).low == Approx(0.9712).margin(5e-5));
  REQUIRE(wilson95(444.0 / 450, 450).high == Approx(0.9939).margin(5e-5));
  REQUIRE(wilson95(0, 10).low == 0);
  REQUIRE(wilson95(0, 0).high == 1);
}

}  // namespace

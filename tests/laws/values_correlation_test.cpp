// SPDX-License-Identifier: Apache-2.0
// Writing errors that cells have in common: variance, correlation along columns, covariance over distance, and the
// variance of a column value, xᵀΣx.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/moments.hpp"
#include "values/cells.hpp"
#include "values/shared_variation.hpp"

using namespace ohmic;
using test::array_of_cells;
using test::kStandardErrors;
using test::plan_of_one_code;
using test::require_moments;
using values::Chip;

namespace {

constexpr std::uint64_t kSeed = 20240608;
constexpr double kSigma = 0.01 * 15 * 1024;  // of the cells below
constexpr int kCode = 8;
constexpr double kMean = kCode * 1024;

models::ArraySpec correlated_array(const models::CorrelationSpec& correlation) {
  models::ArraySpec array = array_of_cells(4, "{kind: rram_generic, programming_error: 0.01}");
  array.rows = 24;
  array.columns = 20;
  array.cell.correlation = correlation;
  return array;
}

/// Σ_k w_k w_(k+d): the covariance along one direction.
double field_covariance(double length, int distance) {
  const std::vector<double> w = values::field_weights(length);
  double sum = 0;
  for (std::size_t k = 0; k + static_cast<std::size_t>(distance) < w.size(); ++k) {
    sum += w[k] * w[k + static_cast<std::size_t>(distance)];
  }
  return sum;
}

/// Mean over chips of the product of the normalised errors of two cells, and its standard error.
struct Estimate {
  double mean;
  double error;
};
template <class Pair>
Estimate mean_product(const models::ArraySpec& array, const mapping::WeightPlan& plan, int trials, const Pair& pair) {
  double sum = 0;
  double squares = 0;
  for (int trial = 0; trial < trials; ++trial) {
    const auto cells = values::program_cells(plan, array, {kSeed, static_cast<std::uint32_t>(trial)}, 2);
    const double product = pair([&](int polarity, int slice, int row, int column) {
      return (cells[plan.index(polarity, slice, row, column)] - kMean) / kSigma;
    });
    sum += product;
    squares += product * product;
  }
  const double mean = sum / trials;
  return {mean, std::sqrt((squares / trials - mean * mean) / trials)};
}

void check(const Estimate& estimate, double expected) {
  CAPTURE(estimate.mean, estimate.error, expected);
  CHECK(std::abs(estimate.mean - expected) < kStandardErrors * estimate.error + 1e-3);
}

}  // namespace

TEST_CASE("a column's cells share their part of the variance, other columns and planes do not", "[laws]") {
  INFO("seed " << kSeed);
  const models::ArraySpec array = correlated_array({0.4, 0, 4});
  mapping::WeightPlan plan = plan_of_one_code(48, 12, kCode, models::WeightEncoding::differential);
  plan.planes = 2;
  plan.slices = {{0, 4, 1}, {4, 4, 16}};  // ten columns of two slices in an array of twenty
  plan.codes.assign(plan.codes.size() * 4, kCode);
  const int n = 4000;
  check(mean_product(array, plan, n, [](auto g) { return g(0, 0, 3, 5) * g(0, 0, 3, 5); }), 1.0);
  check(mean_product(array, plan, n, [](auto g) { return g(0, 0, 3, 5) * g(0, 0, 20, 5); }), 0.4);
  check(mean_product(array, plan, n, [](auto g) { return g(1, 1, 3, 5) * g(1, 1, 20, 5); }), 0.4);
  check(mean_product(array, plan, n, [](auto g) { return g(0, 0, 3, 5) * g(0, 0, 30, 5); }), 0.0);  // next array
  check(mean_product(array, plan, n, [](auto g) { return g(0, 0, 3, 5) * g(0, 1, 3, 5); }), 0.0);   // next column
  check(mean_product(array, plan, n, [](auto g) { return g(0, 0, 3, 5) * g(1, 0, 3, 5); }), 0.0);   // other plane
  check(mean_product(array, plan, n, [](auto g) { return g(0, 0, 3, 0) * g(0, 0, 3, 10); }), 0.0);  // array beside it
}

TEST_CASE("the spatial field has variance 1 and its covariance over distance", "[laws]") {
  INFO("seed " << kSeed);
  for (const double length : {1.0, 3.0}) {
    const double nearness = length > 1 ? 1e-3 : 2e-2;  // of the sampled kernel to its integral
    const models::ArraySpec array = correlated_array({0, 0.7, length});
    const mapping::WeightPlan plan = plan_of_one_code(30, 22, kCode, models::WeightEncoding::offset);
    const int n = 4000;
    check(mean_product(array, plan, n, [](auto g) { return g(0, 0, 3, 5) * g(0, 0, 3, 5); }), 1.0);
    for (const int d : {1, 2, 5, 12}) {
      const double c = 0.7 * field_covariance(length, d);
      CAPTURE(length, d);
      CHECK(field_covariance(length, d) == Approx(std::exp(-d * d / (2 * length * length))).margin(nearness));
      check(mean_product(array, plan, n, [&](auto g) { return g(0, 0, 3, 5) * g(0, 0, 3 + d, 5); }), c);
      check(mean_product(array, plan, n, [&](auto g) { return g(0, 0, 3, 5) * g(0, 0, 3, 5 + d); }), c);
    }
    const double diagonal = 0.7 * field_covariance(length, 1) * field_covariance(length, 2);
    check(mean_product(array, plan, n, [](auto g) { return g(0, 0, 3, 5) * g(0, 0, 4, 7); }), diagonal);
    check(mean_product(array, plan, n, [](auto g) { return g(0, 0, 23, 5) * g(0, 0, 24, 5); }), 0.0);  // other arrays
    check(mean_product(array, plan, n, [](auto g) { return g(0, 0, 3, 19) * g(0, 0, 3, 20); }), 0.0);
    // The same places of arrays above each other and beside each other.
    check(mean_product(array, plan, n, [](auto g) { return g(0, 0, 3, 1) * g(0, 0, 27, 1); }), 0.0);
    check(mean_product(array, plan, n, [](auto g) { return g(0, 0, 3, 1) * g(0, 0, 3, 21); }), 0.0);
  }
}

TEST_CASE("both planes of a pair lie in the same field", "[laws]") {
  const models::ArraySpec array = correlated_array({0, 1, 3});
  mapping::WeightPlan plan = plan_of_one_code(24, 20, kCode, models::WeightEncoding::differential);
  plan.planes = 2;
  plan.codes.assign(plan.codes.size() * 2, kCode);
  const auto cells = values::program_cells(plan, array, {kSeed, 0}, 2);
  CHECK(std::equal(cells.begin(), cells.begin() + 480, cells.begin() + 480));
}

TEST_CASE("a column value scatters over chips with the variance xᵀΣx", "[laws]") {
  INFO("seed " << kSeed);
  const models::CorrelationSpec shares{0.2, 0.3, 3};
  const models::ArraySpec array = correlated_array(shares);
  const int rows = 40;  // two row blocks
  const mapping::WeightPlan plan = plan_of_one_code(rows, 4, kCode, models::WeightEncoding::offset);
  test::Random random(5);
  std::vector<double> x;
  for (int row = 0; row < rows; ++row) x.push_back(random.between(-3, 7));
  double expected = 0;
  for (int i = 0; i < rows; ++i) {
    for (int k = 0; k < rows; ++k) {
      double covariance = i == k ? 1 - shares.column - shares.spatial : 0.0;
      if (i / array.rows == k / array.rows) {
        covariance += shares.column + shares.spatial * field_covariance(shares.length_cells, std::abs(i - k));
      }
      expected += x[static_cast<std::size_t>(i)] * x[static_cast<std::size_t>(k)] * covariance;
    }
  }
  std::vector<double> sums;
  for (std::uint32_t trial = 0; trial < 6000; ++trial) {
    const auto cells = values::program_cells(plan, array, {kSeed, trial}, 2);
    double sum = 0;
    for (int row = 0; row < rows; ++row) {
      sum += x[static_cast<std::size_t>(row)] * (cells[plan.index(0, 0, row, 1)] - kMean) / kSigma;
    }
    sums.push_back(sum);
  }
  require_moments(sums, 0, expected, 1e-3);
}

TEST_CASE("shares of correlation add nothing to the variance of a cell", "[laws]") {
  INFO("seed " << kSeed);
  for (const models::CorrelationSpec shares :
       {models::CorrelationSpec{0, 0, 4}, {1, 0, 4}, {0, 1, 2}, {0.5, 0.5, 2}, {0.2, 0.3, 1}}) {
    const models::ArraySpec array = correlated_array(shares);
    const mapping::WeightPlan plan = plan_of_one_code(24, 2, kCode, models::WeightEncoding::offset);
    std::vector<double> cells;
    for (std::uint32_t trial = 0; trial < 20000; ++trial) {
      cells.push_back(values::program_cells(plan, array, {kSeed, trial}, 2)[17]);
    }
    CAPTURE(shares.column, shares.spatial);
    require_moments(cells, kMean, kSigma * kSigma, 0.5);
  }
}

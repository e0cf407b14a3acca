// SPDX-License-Identifier: Apache-2.0
// Intervals cover the truth as often as they say: Student's always, that of the stopping rule within the bound of
// docs/accuracy.md; paired differences are known better than unpaired ones where trials have something in common.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/random.hpp"
#include "values/statistics.hpp"

namespace {

using namespace ohmic;

class Normal {
 public:
  explicit Normal(std::uint64_t seed) : random_(seed) {}
  double next() { return std::ldexp(gaussian(random_.bits()), -kGaussianFractionBits); }

 private:
  test::Random random_;
};

constexpr double kTruth = 0.9;

/// How often the interval around the mean of trials with spread `sigma` holds the truth, out of `runs`. Without
/// `rule` it is that of five trials.
double coverage(double sigma, const values::StopRule* rule, int runs, std::uint64_t seed) {
  Normal normal(seed);
  int covered = 0;
  for (int run = 0; run < runs; ++run) {
    std::vector<double> trials;
    do trials.push_back(kTruth + sigma * normal.next());
    while (rule != nullptr ? !values::is_enough(trials, *rule) : trials.size() < 5);
    const values::Scores accuracy = values::summarise(trials);
    covered += std::abs(accuracy.mean - kTruth) <= *accuracy.ci95 ? 1 : 0;
  }
  return static_cast<double>(covered) / runs;
}

TEST_CASE("Student's interval covers the truth 95 times out of 100", "[laws]") {
  constexpr int kRuns = 20000;
  const double error = std::sqrt(0.95 * 0.05 / kRuns);
  REQUIRE(coverage(0.01, nullptr, kRuns, 1) == Approx(0.95).margin(5 * error));
}

TEST_CASE("a rule that stops early covers as often as its page says", "[laws]") {
  constexpr int kRuns = 3000;
  const double error = std::sqrt(0.92 * 0.08 / kRuns);
  const std::pair<int, double> page[] = {{2, 0.87}, {3, 0.89}, {5, 0.91}, {10, 0.93}, {20, 0.94}};
  double lowest = 1;
  for (const auto& [min_trials, bound] : page) {
    const values::StopRule rule{0.01, min_trials};
    for (const double ratio : {0.4, 1.0, 1.5, 2.0, 2.5}) {
      CAPTURE(min_trials, ratio);
      const double covered = coverage(ratio * rule.ci95_below, &rule, kRuns, static_cast<std::uint64_t>(min_trials));
      REQUIRE(covered >= bound - 3 * error);
      if (ratio < 0.5 && min_trials >= 5) REQUIRE(covered == Approx(0.95).margin(5 * error));
      lowest = std::min(lowest, covered);
    }
  }
  REQUIRE(lowest < 0.90);  // stopping does cost something: the page warns with reason
}

TEST_CASE("a paired difference cancels what trials have in common", "[laws]") {
  Normal normal(3);
  constexpr double kCommon = 0.03;
  constexpr double kOwn = 0.005;
  int covered = 0;
  constexpr int kRuns = 4000;
  double paired_width = 0;
  double unpaired_width = 0;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<double> a;
    std::vector<double> b;
    for (int trial = 0; trial < 8; ++trial) {
      const double chip = kCommon * normal.next();
      a.push_back(0.92 + chip + kOwn * normal.next());
      b.push_back(0.90 + chip + kOwn * normal.next());
    }
    const values::Scores paired = values::paired_difference(a, b);
    paired_width += *paired.ci95 / kRuns;
    unpaired_width += std::hypot(*values::summarise(a).ci95, *values::summarise(b).ci95) / kRuns;
    covered += std::abs(paired.mean - 0.02) <= *paired.ci95 ? 1 : 0;
  }
  // The spread of a difference is √2 · own, that of two unpaired means √2 · √(common² + own²).
  REQUIRE(paired_width / unpaired_width == Approx(kOwn / std::hypot(kCommon, kOwn)).epsilon(0.03));
  REQUIRE(static_cast<double>(covered) / kRuns == Approx(0.95).margin(5 * std::sqrt(0.95 * 0.05 / kRuns)));
}

TEST_CASE("the trials that are said to be needed are just enough", "[laws]") {
  test::Random random(4);
  for (int run = 0; run < 200; ++run) {
    values::Scores accuracy;
    accuracy.std = random.between(0, 400) * 1e-4;
    const values::StopRule rule{random.between(5, 100) * 1e-4, random.between(2, 30)};
    const int needed = values::trials_needed(accuracy, rule);
    const auto half_width = [&](int n) { return values::student_t95(n - 1) * accuracy.std / std::sqrt(n); };
    CAPTURE(accuracy.std, rule.ci95_below, rule.min_trials, needed);
    REQUIRE(needed >= rule.min_trials);
    REQUIRE(half_width(needed) < rule.ci95_below);
    if (needed > rule.min_trials) REQUIRE(half_width(needed - 1) >= rule.ci95_below);
  }
}

}  // namespace

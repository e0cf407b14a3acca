// SPDX-License-Identifier: Apache-2.0
#include "values/statistics.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <stdexcept>

namespace ohmic::values {

void fields(Fields& f, StopRule& s) {
  f.key("ci95_below", s.ci95_below,
        {.doc =
             "half-width of the 95 % interval that is narrow enough: a fraction of 1, or an error in the targets' unit",
         .required = true,
         .positive = true});
  f.key("min_trials", s.min_trials, {.doc = "trials in any case", .min = 2, .max = 100000});
}

double student_t95(int degrees_of_freedom) {
  return boost::math::quantile(boost::math::students_t(degrees_of_freedom), 0.975);
}

Scores summarise(std::vector<double> trials) {
  Scores result;
  const auto n = static_cast<double>(trials.size());
  if (trials.empty()) return result;
  // Around the first trial, so that equal trials have a mean of exactly that and no spread.
  const double origin = trials.front();
  double sum = 0;
  for (const double trial : trials) sum += trial - origin;
  result.mean = origin + sum / n;
  if (trials.size() > 1) {
    double squares = 0;
    for (const double trial : trials) squares += (trial - result.mean) * (trial - result.mean);
    result.std = std::sqrt(squares / (n - 1));
    result.ci95 = student_t95(static_cast<int>(trials.size()) - 1) * result.std / std::sqrt(n);
  }
  result.trials = std::move(trials);
  return result;
}

Scores paired_difference(const std::vector<double>& a, const std::vector<double>& b) {
  if (a.size() != b.size()) throw std::logic_error("paired trials must be as many");
  std::vector<double> differences(a.size());
  std::transform(a.begin(), a.end(), b.begin(), differences.begin(), std::minus<>());
  return summarise(std::move(differences));
}

namespace {
constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the normal distribution
}

SamplingInterval wilson95(double fraction, int images) {
  if (images <= 0) return {};
  const double n = images;
  const double denominator = 1 + kZ * kZ / n;
  const double centre = fraction + kZ * kZ / (2 * n);
  const double spread = kZ * std::sqrt(fraction * (1 - fraction) / n + kZ * kZ / (4 * n * n));
  return {std::max(0.0, (centre - spread) / denominator), std::min(1.0, (centre + spread) / denominator)};
}

SamplingInterval rmse95(double rmse, const std::vector<double>& square_errors) {
  const Scores squares = summarise(square_errors);
  if (squares.mean <= 0) return {rmse, rmse};
  const double spread = kZ * squares.std / (std::sqrt(static_cast<double>(square_errors.size())) * squares.mean);
  return {rmse * std::sqrt(std::max(0.0, 1 - spread)), rmse * std::sqrt(1 + spread)};
}

bool is_enough(const std::vector<double>& trials, const StopRule& rule) {
  if (static_cast<int>(trials.size()) < rule.min_trials) return false;
  const std::optional<double> half_width = summarise(trials).ci95;
  return half_width && *half_width < rule.ci95_below;
}

int trials_needed(const Scores& scores, const StopRule& rule) {
  constexpr int kMost = 10000000;
  const auto half_width = [&](int n) { return student_t95(n - 1) * scores.std / std::sqrt(static_cast<double>(n)); };
  int low = std::max(2, rule.min_trials) - 1;  // not enough, or fewer than may be
  int high = kMost;
  while (high - low > 1) {
    const int middle = low + (high - low) / 2;
    (half_width(middle) < rule.ci95_below ? high : low) = middle;
  }
  return high;
}

}  // namespace ohmic::values

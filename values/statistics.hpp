// SPDX-License-Identifier: Apache-2.0
// Statistics of trials: what a mean over chips is worth, and when there are enough of them (docs/accuracy.md).
#pragma once

#include <optional>
#include <vector>

#include "base/fields.hpp"

namespace ohmic::values {

/// Values of a metric (workloads/score.hpp) by trial, or differences of such; accuracies are fractions of 1.
struct Scores {
  double mean = 0;
  double std = 0;              // over trials, n − 1
  std::optional<double> ci95;  // half-width, Student t; absent below two trials
  std::vector<double> trials;
};

/// Student t quantile that puts 95 % of the distribution between −t and t.
[[nodiscard]] double student_t95(int degrees_of_freedom);
[[nodiscard]] Scores summarise(std::vector<double> trials);
/// Of a − b, trial by trial: what both have in common cancels. Both have the same number of trials.
[[nodiscard]] Scores paired_difference(const std::vector<double>& a, const std::vector<double>& b);

/// What the finite number of images leaves open about a score, with 95 % confidence.
struct SamplingInterval {
  double low = 0;
  double high = 1;
};
/// Wilson's interval of a fraction.
[[nodiscard]] SamplingInterval wilson95(double fraction, int images);
/// Of a root mean square error: `rmse` · √(1 ± 1.96 · s / (√n · m)), m and s mean and standard deviation of the square
/// errors of n images, as the mean of many is normally distributed.
[[nodiscard]] SamplingInterval rmse95(double rmse, const std::vector<double>& square_errors);

/// `evaluation.stop_when`.
struct StopRule {
  double ci95_below = 0.002;
  int min_trials = 5;
};
void fields(Fields& f, StopRule& s);

/// True when these trials, in their order, are enough.
[[nodiscard]] bool is_enough(const std::vector<double>& trials, const StopRule& rule);
/// Trials that would make the interval narrow enough if the others had the same spread.
[[nodiscard]] int trials_needed(const Scores& scores, const StopRule& rule);

}  // namespace ohmic::values

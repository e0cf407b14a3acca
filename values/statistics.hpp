// SPDX-License-Identifier: Apache-2.0
// Statistics of trials: what a mean over chips is worth, and when there are enough of them (docs/accuracy.md).
#pragma once

#include <optional>
#include <vector>

#include "base/fields.hpp"

namespace ohmic::values {

/// Accuracies of trials, or differences of such, as fractions of 1.
struct Accuracy {
  double mean = 0;
  double std = 0;              // over trials, n − 1
  std::optional<double> ci95;  // half-width, Student t; absent below two trials
  std::vector<double> trials;
};

/// Student t quantile that puts 95 % of the distribution between −t and t.
[[nodiscard]] double student_t95(int degrees_of_freedom);
[[nodiscard]] Accuracy summarise(std::vector<double> trials);
/// Of a − b, trial by trial: what both have in common cancels. Both have the same number of trials.
[[nodiscard]] Accuracy paired_difference(const std::vector<double>& a, const std::vector<double>& b);

/// What the finite number of images leaves open about a fraction: Wilson's 95 % interval.
struct SamplingInterval {
  double low = 0;
  double high = 1;
};
[[nodiscard]] SamplingInterval wilson95(double fraction, int images);

/// `evaluation.stop_when`.
struct StopRule {
  double ci95_below = 0.002;
  int min_trials = 5;
};
void fields(Fields& f, StopRule& s);

/// True when these trials, in their order, are enough.
[[nodiscard]] bool is_enough(const std::vector<double>& trials, const StopRule& rule);
/// Trials that would make the interval narrow enough if the others had the same spread.
[[nodiscard]] int trials_needed(const Accuracy& accuracy, const StopRule& rule);

}  // namespace ohmic::values

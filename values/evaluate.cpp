// SPDX-License-Identifier: Apache-2.0
#include "values/evaluate.hpp"

#include <fmt/format.h>

#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "base/config_reader.hpp"

namespace ohmic::values {

void fields(Fields& f, EvaluationSpec& s) {
  f.key("trials", s.trials, {.doc = "chips whose accuracy is evaluated", .min = 1, .max = 100000});
  f.key("time_since_write", s.time_since_write,
        {.doc = "age of the programmed cells; devices without drift do not depend on it", .min = 0});
  f.key("images", s.images, {.doc = "images of the test split, 0 = all of workload.data.test", .min = 0, .max = 1e9});
}

double student_t95(int degrees_of_freedom) {
  return boost::math::quantile(boost::math::students_t(degrees_of_freedom), 0.975);
}

Accuracy summarise(std::vector<double> trials) {
  Accuracy result;
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

SamplingInterval wilson95(double fraction, int images) {
  if (images <= 0) return {};
  constexpr double kZ = 1.959963984540054;  // 97.5 % quantile of the normal distribution
  const double n = images;
  const double denominator = 1 + kZ * kZ / n;
  const double centre = fraction + kZ * kZ / (2 * n);
  const double spread = kZ * std::sqrt(fraction * (1 - fraction) / n + kZ * kZ / (4 * n * n));
  return {std::max(0.0, (centre - spread) / denominator), std::min(1.0, (centre + spread) / denominator)};
}

Evaluation evaluate(const workloads::QuantizedGraph& graph, const std::vector<mapping::EncodedLayer>& layers,
                    const models::ArraySpec& array, const ConverterRanges& ranges, const workloads::Dataset& test,
                    const workloads::Normalize& normalize, const EvaluationSpec& spec, std::uint64_t seed,
                    const ComputeOptions& options) {
  Evaluation result;
  result.images = spec.images > 0 ? spec.images : test.count();
  if (result.images > test.count() || result.images == 0) {
    throw RuleError("evaluation.images",
                    fmt::format("{} images are wanted, the test data has {}", result.images, test.count()));
  }
  const bool uses_arrays = std::any_of(layers.begin(), layers.end(), [](const auto& l) { return !l.is_streamed; });
  result.random = uses_arrays && is_random(array);
  result.layers.resize(layers.size());
  const int computed = result.random ? spec.trials : 1;
  std::vector<double> trials;
  // One chip after the other: the images of one keep all threads busy, and only one chip is in memory.
  for (int trial = 0; trial < computed; ++trial) {
    const ArrayBackend backend(graph, layers, array, ranges, {seed, static_cast<std::uint32_t>(trial)}, options);
    const std::vector<int> classes =
        workloads::classify(graph, backend, test, normalize, result.images, options.threads);
    int right = 0;
    for (std::size_t i = 0; i < classes.size(); ++i) right += classes[i] == test.labels[i] ? 1 : 0;
    trials.push_back(static_cast<double>(right) / result.images);
    const std::vector<LayerStatistics> counted = backend.statistics();
    for (std::size_t i = 0; i < counted.size(); ++i) {
      result.layers[i].conversions += counted[i].conversions;
      result.layers[i].clipped += counted[i].clipped;
    }
  }
  for (LayerStatistics& layer : result.layers) {
    layer.conversions /= computed;
    layer.clipped /= computed;
  }
  trials.resize(static_cast<std::size_t>(spec.trials), trials.front());
  result.accuracy = summarise(std::move(trials));
  result.sampling = wilson95(result.accuracy.mean, result.images);
  return result;
}

}  // namespace ohmic::values

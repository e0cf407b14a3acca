// SPDX-License-Identifier: Apache-2.0
#include "values/evaluate.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/config_reader.hpp"
#include "values/trials.hpp"

namespace ohmic::values {

namespace {

int images_of(const EvaluationSpec& spec, const workloads::Dataset& test) {
  const int images = spec.images > 0 ? spec.images : test.count();
  if (images > test.count() || images == 0) {
    throw RuleError("evaluation.images",
                    fmt::format("{} images are wanted, the test data has {}", images, test.count()));
  }
  if (spec.attribution && spec.attribution->images > images) {
    throw RuleError(
        "evaluation.attribution.images",
        fmt::format("must be at most the images that are evaluated ({}), not {}", images, spec.attribution->images));
  }
  return images;
}

/// Conversions of the mean trial, and what all trials showed of their samples.
void add_layers(const std::vector<Trial>& trials, std::size_t layers, Evaluation& result) {
  result.layers.resize(layers);
  if (result.sampled_images > 0) result.samples.resize(layers);
  for (const Trial& trial : trials) {
    for (std::size_t i = 0; i < layers; ++i) {
      result.layers[i].conversions += trial.counted[i].conversions;
      result.layers[i].clipped += trial.counted[i].clipped;
      if (result.sampled_images > 0) result.samples[i].add(trial.samples[i]);
    }
  }
  for (LayerStatistics& layer : result.layers) {
    layer.conversions /= static_cast<std::int64_t>(trials.size());
    layer.clipped /= static_cast<std::int64_t>(trials.size());
  }
}

/// Of the mean score. Square errors are summed over the trials: the interval goes by their ratio of spread to mean.
SamplingInterval sampling_interval(const Evaluation& result, const workloads::Dataset& test) {
  if (!test.has_targets()) return wilson95(result.scores.mean, result.images);
  std::vector<double> errors(static_cast<std::size_t>(result.images));
  for (const workloads::Answers& answers : result.answers) {
    for (std::size_t i = 0; i < errors.size(); ++i) errors[i] += answers.square_errors[i];
  }
  return rmse95(result.scores.mean, errors);
}

}  // namespace

void fields(Fields& f, EvaluationSpec& s) {
  f.key("trials", s.trials, {.doc = "chips that are evaluated, at most", .min = 1, .max = 100000});
  f.key("time_since_write", s.time_since_write, {.doc = "age of the programmed cells", .min = 0});
  f.key("images", s.images, {.doc = "images of the test split, 0 = all of workload.data.test", .min = 0, .max = 1e9});
  f.key("stop_when", s.stop_when, {.doc = "fewer trials, when their interval is narrow enough"});
  f.key("sqnr_images", s.sqnr_images,
        {.doc = "first images whose products are compared with exact ones, 0 = none", .min = 0, .max = 1e9});
  f.key("attribution", s.attribution, {.doc = "what each cause of errors and each layer costs"});
}

void validate(const EvaluationSpec& spec) {
  if (spec.stop_when && spec.stop_when->min_trials > spec.trials) {
    throw RuleError("evaluation.stop_when.min_trials", fmt::format("must be at most evaluation.trials ({}), not {}",
                                                                   spec.trials, spec.stop_when->min_trials));
  }
  if (spec.attribution && !spec.attribution->causes && !spec.attribution->layers) {
    throw RuleError("evaluation.attribution", "needs causes or layers; leave the section out to compute neither");
  }
}

void require_fitting_rule(const EvaluationSpec& spec, const workloads::Metric& metric) {
  if (!spec.stop_when || !metric.is_accuracy || spec.stop_when->ci95_below <= 1) return;
  throw RuleError(
      "evaluation.stop_when.ci95_below",
      fmt::format("must be at most 1, not {:g}: accuracies are fractions of 1", spec.stop_when->ci95_below));
}

Evaluation evaluate(const workloads::QuantizedGraph& graph, const std::vector<mapping::EncodedLayer>& layers,
                    const models::ArraySpec& array, const ConverterRanges& ranges, const workloads::Dataset& test,
                    const workloads::Normalize& normalize, const EvaluationSpec& spec, std::uint64_t seed,
                    const ComputeOptions& options, const PrepareChip& prepare) {
  Evaluation result;
  result.images = images_of(spec, test);
  result.sampled_images = std::min(spec.sqnr_images, result.images);
  const bool uses_arrays = std::any_of(layers.begin(), layers.end(), [](const auto& l) { return !l.is_streamed; });
  result.random = uses_arrays && is_random(array);
  const Chip chip{.seed = seed, .conditions = {.time_since_write = spec.time_since_write}};
  const Experiment experiment{graph, layers, array, ranges, test, normalize, result.images, result.sampled_images,
                              chip,  prepare};
  const std::vector<Trial> trials = run_trials(experiment, result.random ? spec.trials : 1, spec.stop_when, options);
  add_layers(trials, layers.size(), result);
  for (const Trial& trial : trials) result.answers.push_back(trial.answers);
  std::vector<double> known = scores(trials);
  if (!result.random) {
    const int wanted = spec.stop_when ? spec.stop_when->min_trials : spec.trials;
    known.resize(static_cast<std::size_t>(wanted), known.front());
  }
  result.stopped = spec.stop_when && is_enough(known, *spec.stop_when);
  result.scores = summarise(std::move(known));
  result.sampling = sampling_interval(result, test);
  if (spec.attribution && uses_arrays) result.attribution = attribute(experiment, *spec.attribution, options);
  return result;
}

}  // namespace ohmic::values

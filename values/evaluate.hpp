// SPDX-License-Identifier: Apache-2.0
// Accuracy or error of a network on arrays (docs/accuracy.md), and how converters are ranged.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/fields.hpp"
#include "mapping/encoding.hpp"
#include "models/architecture.hpp"
#include "values/array_backend.hpp"
#include "values/attribution.hpp"
#include "values/observer.hpp"
#include "values/statistics.hpp"
#include "workloads/dataset.hpp"
#include "workloads/execute.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::values {

/// The `evaluation` section.
struct EvaluationSpec {
  int trials = 1;               // chips, at most
  Duration time_since_write{};  // of all cells
  int images = 0;               // of the test split; 0 = all that workload.data.test gives
  std::optional<StopRule> stop_when{};
  int sqnr_images = 32;  // first images that are watched on their way through the chip; 0 = none
  std::optional<AttributionSpec> attribution{};
};
void fields(Fields& f, EvaluationSpec& s);
/// Rules between keys; RuleError with paths that begin with "evaluation.".
void validate(const EvaluationSpec& spec);
/// RuleError when stop_when wants an accuracy to be known to more than 1.
void require_fitting_rule(const EvaluationSpec& spec, const workloads::Metric& metric);

struct Evaluation {
  Scores scores;
  SamplingInterval sampling;  // of the mean, over images
  int images = 0;
  bool random = false;                  // false: all trials are the same chip, computed once
  bool stopped = false;                 // stop_when was met before the last trial, or by it
  std::vector<LayerStatistics> layers;  // of one trial (mean over trials, rounded down)
  int sampled_images = 0;
  std::vector<LayerSample> samples;         // by layer, over all trials; empty when no image was watched
  std::vector<workloads::Answers> answers;  // by computed trial
  std::optional<Attribution> attribution;
};

/// Runs the network on the first `spec.images` images (all when 0) on up to `spec.trials` chips. RuleError when the
/// data set has fewer images. Results do not depend on `options`. `prepare` may be called from several threads at once.
[[nodiscard]] Evaluation evaluate(const workloads::QuantizedGraph& graph,
                                  const std::vector<mapping::EncodedLayer>& layers, const models::ArraySpec& array,
                                  const ConverterRanges& ranges, const workloads::Dataset& test,
                                  const workloads::Normalize& normalize, const EvaluationSpec& spec, std::uint64_t seed,
                                  const ComputeOptions& options = {}, const PrepareChip& prepare = {});

/// Ranges of all converters by the policy of `array.adc`. `calibration` is read only by `calibrated`, which sees the
/// values that ideal arrays convert while the network runs in integers. RuleError when a lossless converter has too
/// few bits or calibration images are missing. Streamed layers have none.
[[nodiscard]] ConverterRanges choose_ranges(const workloads::QuantizedGraph& graph,
                                            const std::vector<mapping::EncodedLayer>& layers,
                                            const models::ArraySpec& array, const workloads::Dataset& calibration,
                                            const workloads::Normalize& normalize, int threads);

}  // namespace ohmic::values

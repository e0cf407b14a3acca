// SPDX-License-Identifier: Apache-2.0
// Accuracy of a network on arrays: trials (one trial = one chip), their statistics, and how converters are ranged.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/fields.hpp"
#include "mapping/encoding.hpp"
#include "models/architecture.hpp"
#include "values/array_backend.hpp"
#include "workloads/dataset.hpp"
#include "workloads/execute.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::values {

/// The `evaluation` section.
struct EvaluationSpec {
  int trials = 1;               // chips
  Duration time_since_write{};  // a device that does not drift holds its state for any time
  int images = 0;               // of the test split; 0 = all that workload.data.test gives
};
void fields(Fields& f, EvaluationSpec& s);

struct Accuracy {
  double mean = 0;
  double std = 0;              // over trials, n − 1
  std::optional<double> ci95;  // half-width, Student t; absent below two trials
  std::vector<double> trials;
};

/// Student t quantile that puts 95 % of the distribution between −t and t.
[[nodiscard]] double student_t95(int degrees_of_freedom);
[[nodiscard]] Accuracy summarise(std::vector<double> trials);

/// What the finite number of images leaves open about a fraction: Wilson's 95 % interval.
struct SamplingInterval {
  double low = 0;
  double high = 1;
};
[[nodiscard]] SamplingInterval wilson95(double fraction, int images);

struct Evaluation {
  Accuracy accuracy;
  SamplingInterval sampling;  // of the mean, over images
  int images = 0;
  bool random = false;                  // false: all trials are the same chip, computed once
  std::vector<LayerStatistics> layers;  // of one trial (mean over trials, rounded down)
};

/// Classifies the first `spec.images` images (all when 0) on `spec.trials` chips. RuleError when the data set has
/// fewer images. Results do not depend on `options`.
[[nodiscard]] Evaluation evaluate(const workloads::QuantizedGraph& graph,
                                  const std::vector<mapping::EncodedLayer>& layers, const models::ArraySpec& array,
                                  const ConverterRanges& ranges, const workloads::Dataset& test,
                                  const workloads::Normalize& normalize, const EvaluationSpec& spec, std::uint64_t seed,
                                  const ComputeOptions& options = {});

/// Ranges of all converters by the policy of `array.adc`. `calibration` is read only by `calibrated`, which sees the
/// values that ideal arrays convert while the network runs in integers. RuleError when a lossless converter has too
/// few bits or calibration images are missing. Streamed layers have none.
[[nodiscard]] ConverterRanges choose_ranges(const workloads::QuantizedGraph& graph,
                                            const std::vector<mapping::EncodedLayer>& layers,
                                            const models::ArraySpec& array, const workloads::Dataset& calibration,
                                            const workloads::Normalize& normalize, int threads);

}  // namespace ohmic::values

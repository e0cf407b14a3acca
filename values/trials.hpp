// SPDX-License-Identifier: Apache-2.0
// Trials: one network on many chips. Work is cut into chips and blocks of images, so that all threads are busy for
// many trials of few images and for one trial of many; results do not depend on the cut.
#pragma once

#include <optional>
#include <vector>

#include "mapping/encoding.hpp"
#include "models/architecture.hpp"
#include "values/array_backend.hpp"
#include "values/observer.hpp"
#include "values/statistics.hpp"
#include "workloads/dataset.hpp"
#include "workloads/quantized_graph.hpp"
#include "workloads/score.hpp"

namespace ohmic::values {

/// What all trials of one kind of chip share; everything named must outlive it.
struct Experiment {
  const workloads::QuantizedGraph& graph;
  const std::vector<mapping::EncodedLayer>& layers;
  const models::ArraySpec& array;
  const ConverterRanges& ranges;
  const workloads::Dataset& test;
  const workloads::Normalize& normalize;
  int images = 0;          // the network is run on the first so many
  int sampled_images = 0;  // the first so many are watched; 0: none
  Chip chip;               // of every trial but for its number
  PrepareChip prepare{};   // called for the chip of every trial; may be empty
};

/// One chip.
struct Trial {
  double score = 0;                      // by the metric of the test data
  workloads::Answers answers;            // to all images
  std::vector<LayerStatistics> counted;  // by layer
  std::vector<LayerSample> samples;      // by layer; empty when no image is watched
};

/// Trials 0, 1, … up to `most`, fewer when `stop_when` says that they are enough.
[[nodiscard]] std::vector<Trial> run_trials(const Experiment& experiment, int most,
                                            const std::optional<StopRule>& stop_when, const ComputeOptions& options);

[[nodiscard]] std::vector<double> scores(const std::vector<Trial>& trials);

/// How much better scores `a` are than scores `b`, chip by chip.
[[nodiscard]] Scores better_by(const workloads::Metric& metric, const std::vector<double>& a,
                               const std::vector<double>& b);

}  // namespace ohmic::values

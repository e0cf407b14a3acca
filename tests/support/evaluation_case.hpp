// SPDX-License-Identifier: Apache-2.0
// A small random network with random images, whose labels are what the integer reference says, on small arrays: what
// tests of trials and attribution have in common.
#pragma once

#include <vector>

#include "tests/support/values_cases.hpp"
#include "values/evaluate.hpp"
#include "values/trials.hpp"
#include "workloads/score.hpp"

namespace ohmic::test {

struct EvaluationCase {
  workloads::QuantizedGraph graph;
  workloads::Dataset data;
  workloads::Normalize normalize{{0.0}, {100.0}};
  models::ArraySpec array = small_architecture().array;
  std::vector<mapping::EncodedLayer> layers;
  values::ConverterRanges ranges;

  /// Layers and ranges of `array` as it is now.
  void lay() {
    layers.clear();
    for (const int node : graph.matrix_nodes()) {
      const auto& operation = graph.nodes[static_cast<std::size_t>(node)].operation;
      layers.push_back(
          mapping::encode_layer(std::get<workloads::QuantizedConv>(operation), graph.input_params(node), array));
    }
    ranges = values::choose_ranges(graph, layers, array, data, normalize, 1);
  }
  [[nodiscard]] values::Experiment experiment(const values::Chip& chip) const {
    return {graph, layers, array, ranges, data, normalize, data.count(), 0, chip, {}};
  }
  [[nodiscard]] values::Evaluation evaluate(const values::EvaluationSpec& spec, std::uint64_t seed,
                                            const values::ComputeOptions& options = {}) const {
    return values::evaluate(graph, layers, array, ranges, data, normalize, spec, seed, options);
  }
};

/// Two convolutions and, with `depth` 3, a fully connected layer of ten classes behind them; 2-bit cells.
inline EvaluationCase evaluation_case(std::uint64_t seed, int images, int depth = 3) {
  Random random(seed);
  EvaluationCase one;
  GraphBuilder builder({2, 6, 6}, {8, false, 0.01, 3});
  workloads::Window window;
  window.kernel_h = window.kernel_w = 3;
  window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = 1;
  if (depth > 2) builder.conv(random, "first", builder.last(), window, 5, 6);
  if (depth > 1) builder.conv(random, "second", builder.last(), window, 7, 6);
  workloads::Window whole;
  whole.kernel_h = whole.kernel_w = 6;
  builder.conv(random, "third", builder.last(), whole, 10, 6);
  one.graph = builder.finish();
  one.data.shape = {2, 6, 6};
  one.data.labels.assign(static_cast<std::size_t>(images), 0);
  for (int i = 0; i < images * 72; ++i) one.data.images.push_back(static_cast<std::uint8_t>(random.bits() >> 24));
  one.data.labels =
      workloads::answer(one.graph, workloads::ReferenceBackend(one.graph), one.data, one.normalize, images, 1).classes;
  one.array.cell.bits = 2;
  return one;
}

}  // namespace ohmic::test

// SPDX-License-Identifier: Apache-2.0
// Runs a Graph in float32. Each output value is summed in one fixed order without fused operations, so that the
// result has the same bits on every machine; loops run over outputs inside, which vectorises without reordering.
#pragma once

#include <vector>

#include "workloads/dataset.hpp"
#include "workloads/graph.hpp"

namespace ohmic::workloads {

/// [pixels][channels] of one image.
using FloatTensor = std::vector<float>;

/// (pixel − mean) / std in float32, layout unchanged.
[[nodiscard]] FloatTensor normalize_image(const Dataset& data, int image, const Normalize& normalize);

/// Output of one node from the outputs of its inputs.
[[nodiscard]] FloatTensor run_float_node(const Graph& graph, int node, const std::vector<FloatTensor>& values);

/// Outputs of all nodes for one normalised image.
[[nodiscard]] std::vector<FloatTensor> run_float(const Graph& graph, const FloatTensor& input);

/// Index of the largest value, the first of equals.
template <class T>
[[nodiscard]] int argmax(const std::vector<T>& values) {
  int best = 0;
  for (int i = 1; i < static_cast<int>(values.size()); ++i) {
    if (values[static_cast<std::size_t>(i)] > values[static_cast<std::size_t>(best)]) best = i;
  }
  return best;
}

}  // namespace ohmic::workloads

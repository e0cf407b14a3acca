// SPDX-License-Identifier: Apache-2.0
// Runs a Graph in float32. Each output value is summed in one fixed order without fused operations, so that the
// result has the same bits on every machine; loops run over outputs inside, which vectorises without reordering.
#pragma once

#include <string>
#include <vector>

#include "workloads/dataset.hpp"
#include "workloads/graph.hpp"

namespace ohmic::workloads {

/// [pixels][channels] of one image.
using FloatTensor = std::vector<float>;

/// (pixel − mean) / std in float32, layout unchanged. RuleError at "workload.data.normalize.…" when the number of
/// means or standard deviations is neither one nor the number of channels.
[[nodiscard]] FloatTensor normalize_image(const Dataset& data, int image, const Normalize& normalize);

/// InputError unless the images of `data` are what the network takes (is_same_layout).
void require_fitting_images(const std::string& network, const std::string& input, const Shape& shape,
                            const Dataset& data);
/// The same for the first node of a Graph or QuantizedGraph.
template <class AnyGraph>
void require_fitting_images(const AnyGraph& graph, const Dataset& data) {
  const auto& input = graph.nodes.front();
  require_fitting_images(graph.name, input.name, input.shape, data);
}

/// One operation made ready to run many times: the weights of a convolution are laid out for the inner loop.
/// Keeps a reference to `operation`. May be used from several threads at once.
class FloatKernel {
 public:
  /// Shapes of the (first) input and of the output.
  FloatKernel(const Operation& operation, const Shape& input, const Shape& output);
  [[nodiscard]] FloatTensor run(const std::vector<const FloatTensor*>& inputs) const;

 private:
  const Operation* operation_;
  Shape input_;
  Shape output_;
  std::vector<float> packed_weights_;  // [block of outputs][row][output in block], filled up with zeros
};

/// A graph made ready to run many times; keeps a reference to it. Results of nodes that the file rounds to integers are
/// rounded.
class FloatExecutor {
 public:
  explicit FloatExecutor(const Graph& graph);
  /// Output of one node from the outputs of its inputs.
  [[nodiscard]] FloatTensor run_node(int node, const std::vector<FloatTensor>& values) const;
  /// Outputs of all nodes for one normalised image; InputError when `input` has another size than the network's.
  [[nodiscard]] std::vector<FloatTensor> run(const FloatTensor& input) const;

 private:
  const Graph& graph_;
  std::vector<FloatKernel> kernels_;
};

/// Outputs of all nodes for one normalised image.
[[nodiscard]] std::vector<FloatTensor> run_float(const Graph& graph, const FloatTensor& input);

}  // namespace ohmic::workloads

// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantized_graph.hpp"

namespace ohmic::workloads {

namespace {

struct NameOf {
  std::string operator()(const QuantizedInput&) const { return "input"; }
  std::string operator()(const Quantize&) const { return "quantize"; }
  std::string operator()(const Dequantize&) const { return "dequantize"; }
  std::string operator()(const FloatOperation& f) const { return "float_" + operation_name(f.operation); }
  std::string operator()(const QuantizedConv&) const { return "conv"; }
  std::string operator()(const QuantizedPool& p) const { return pool_name(p.kind, p.window); }
  std::string operator()(const QuantizedAdd&) const { return "add"; }
  std::string operator()(const QuantizedRelu&) const { return "relu"; }
  std::string operator()(const QuantizedLeakyRelu&) const { return "leaky_relu"; }
};

}  // namespace

std::vector<int> QuantizedGraph::matrix_nodes() const {
  std::vector<int> indices;
  for (int n = 0; n < static_cast<int>(nodes.size()); ++n) {
    if (std::holds_alternative<QuantizedConv>(nodes[static_cast<std::size_t>(n)].operation)) indices.push_back(n);
  }
  return indices;
}

std::vector<int> QuantizedGraph::layer_of_node() const {
  std::vector<int> layers(nodes.size(), -1);
  int layer = 0;
  for (const int node : matrix_nodes()) layers[static_cast<std::size_t>(node)] = layer++;
  return layers;
}

std::string operation_name(const QuantizedOperation& operation) {
  return std::visit(NameOf{}, operation);
}

const Leaky* leaky_of(const QuantizedOperation& operation) {
  if (const auto* leaky = std::get_if<QuantizedLeakyRelu>(&operation)) return &leaky->leaky;
  const auto of = [](const auto* fused) {
    return fused != nullptr && fused->activation == Activation::leaky_relu ? &fused->leaky : nullptr;
  };
  const Leaky* leaky = of(std::get_if<QuantizedConv>(&operation));
  return leaky != nullptr ? leaky : of(std::get_if<QuantizedAdd>(&operation));
}

}  // namespace ohmic::workloads

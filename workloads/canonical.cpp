// SPDX-License-Identifier: Apache-2.0
#include "workloads/canonical.hpp"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace ohmic::workloads {

namespace {

/// The activation of an operation that has one.
struct ActivationOf {
  Activation* activation = nullptr;
  float* slope = nullptr;
};

ActivationOf activation_of(Operation& operation) {
  if (auto* conv = std::get_if<Conv>(&operation)) return {&conv->activation, &conv->slope};
  if (auto* add = std::get_if<Add>(&operation)) return {&add->activation, &add->slope};
  if (auto* affine = std::get_if<Affine>(&operation)) return {&affine->activation, &affine->slope};
  return {};
}

/// A pooling over windows of one that only adds channels of zeros.
bool adds_zeros(const Operation& operation) {
  const auto* pool = std::get_if<Pool>(&operation);
  return pool != nullptr && pool->kind == PoolKind::max && pool->window == Window{} &&
         pool->zeros_before + pool->zeros_after > 0;
}

void fold(const Affine& affine, Conv& conv) {
  const auto outs = static_cast<std::size_t>(conv.out_channels);
  const std::size_t rows = conv.weights.size() / outs;
  for (std::size_t o = 0; o < outs; ++o) {
    for (std::size_t r = 0; r < rows; ++r) conv.weights[o * rows + r] *= affine.scale[o];
    conv.bias[o] = conv.bias[o] * affine.scale[o] + affine.bias[o];
  }
}

void fold(const Affine& affine, Affine& before) {
  for (std::size_t c = 0; c < before.scale.size(); ++c) {
    before.scale[c] *= affine.scale[c];
    before.bias[c] = before.bias[c] * affine.scale[c] + affine.bias[c];
  }
}

/// One walk in topological order; a node that is taken in hands its consumers on to the node that took it.
class Folder {
 public:
  explicit Folder(Graph& graph) : graph_(graph), stands_for_(graph.nodes.size()), consumers_(graph.nodes.size(), 0) {
    for (const Node& node : graph.nodes) {
      for (const int input : node.inputs) ++consumers_[index(input)];
    }
    ++consumers_[index(graph.output)];
  }

  void run() {
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      Node& node = graph_.nodes[i];
      for (int& input : node.inputs) input = stands_for_[index(input)];
      stands_for_[i] = static_cast<int>(i);
      if (takes_in(node)) {
        const int before = node.inputs[0];
        consumers_[index(before)] += consumers_[i] - 1;
        stands_for_[i] = before;
      } else if (picks_inputs(node.operation)) {
        node.integers = graph_.nodes[index(node.inputs[0])].integers;
      }
    }
    graph_.output = stands_for_[index(graph_.output)];
  }

 private:
  static std::size_t index(int node) { return static_cast<std::size_t>(node); }

  /// True when the node before `node` now does its work.
  bool takes_in(const Node& node) {
    if (node.inputs.empty()) return false;
    Node& source = graph_.nodes[index(node.inputs[0])];
    Operation& before = source.operation;
    if (std::holds_alternative<Round>(node.operation)) return rounds(source, *node.integers);
    if (adds_zeros(node.operation) && std::holds_alternative<Pool>(before) && feeds_one(node.inputs[0])) {
      const Pool& zeros = std::get<Pool>(node.operation);
      std::get<Pool>(before).zeros_before += zeros.zeros_before;
      std::get<Pool>(before).zeros_after += zeros.zeros_after;
      source.shape = node.shape;
      return true;
    }
    const auto [activation, slope] = activation_of(before);
    const bool rectified =
        std::holds_alternative<Relu>(before) || (activation != nullptr && *activation == Activation::relu);
    const bool is_relu = std::holds_alternative<Relu>(node.operation);
    const auto* leaky = std::get_if<LeakyRelu>(&node.operation);
    if (rectified && (is_relu || leaky != nullptr)) return true;  // nothing is negative any more
    if (activation == nullptr || *activation != Activation::none || source.integers || !feeds_one(node.inputs[0])) {
      return false;
    }
    if (is_relu) *activation = Activation::relu;
    if (leaky != nullptr) {
      *activation = Activation::leaky_relu;
      *slope = leaky->slope;
    }
    return is_relu || leaky != nullptr || folds(node.operation, before);
  }

  [[nodiscard]] bool feeds_one(int node) const { return consumers_[index(node)] == 1; }

  /// True when the results of `source`, which a Round rounds to `integers`, are these integers now.
  bool rounds(Node& source, const QuantParams& integers) {
    if (source.integers) return *source.integers == integers;
    // Integers of what picks among its inputs are those of the inputs.
    if (picks_inputs(source.operation) || !feeds_one(static_cast<int>(&source - graph_.nodes.data()))) return false;
    source.integers = integers;
    return true;
  }

  static bool folds(const Operation& operation, Operation& before) {
    const auto* affine = std::get_if<Affine>(&operation);
    if (affine == nullptr) return false;
    auto* conv = std::get_if<Conv>(&before);
    if (conv != nullptr && !conv->integers) {
      fold(*affine, *conv);
      return true;
    }
    if (auto* earlier = std::get_if<Affine>(&before)) {
      fold(*affine, *earlier);
      return true;
    }
    return false;
  }

  Graph& graph_;
  std::vector<int> stands_for_;
  std::vector<int> consumers_;
};

/// Keeps the input and what the output needs, in order.
void drop_unused(Graph& graph) {
  std::vector<bool> needed(graph.nodes.size(), false);
  needed[0] = true;
  needed[static_cast<std::size_t>(graph.output)] = true;
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    if (!needed[i]) continue;
    for (const int input : graph.nodes[i].inputs) needed[static_cast<std::size_t>(input)] = true;
  }
  std::vector<int> place(graph.nodes.size(), -1);
  std::vector<Node> kept;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!needed[i]) continue;
    place[i] = static_cast<int>(kept.size());
    for (int& input : graph.nodes[i].inputs) input = place[static_cast<std::size_t>(input)];
    kept.push_back(std::move(graph.nodes[i]));
  }
  graph.nodes = std::move(kept);
  graph.output = place[static_cast<std::size_t>(graph.output)];
}

void make_names_unique(Graph& graph) {
  std::set<std::string> written;
  for (const Node& node : graph.nodes) written.insert(node.name);
  std::set<std::string> taken;
  for (Node& node : graph.nodes) {
    std::string name = node.name;
    // A made-up name must not be one that a later node was given by its author.
    for (int i = 2; taken.contains(name) || (name != node.name && written.contains(name)); ++i) {
      name = fmt::format("{}_{}", node.name, i);
    }
    node.name = name;
    taken.insert(name);
  }
}

}  // namespace

void canonicalize(Graph& graph) {
  Folder(graph).run();
  drop_unused(graph);
  make_names_unique(graph);
}

}  // namespace ohmic::workloads

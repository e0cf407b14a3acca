// SPDX-License-Identifier: Apache-2.0
#include "workloads/graph.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace ohmic::workloads {

namespace {

/// Number of window positions along one side; 0 when the window does not fit.
int positions(std::int64_t size, int kernel, int stride, std::int64_t pads, int dilation) {
  const std::int64_t extent = std::int64_t{dilation} * (kernel - 1) + 1;
  const std::int64_t room = size + pads - extent;
  if (room < 0) return 0;
  return static_cast<int>(std::min<std::int64_t>(room / stride + 1, std::numeric_limits<int>::max()));
}

struct NameOf {
  std::string operator()(const Input&) const { return "input"; }
  std::string operator()(const Conv&) const { return "conv"; }
  std::string operator()(const Pool& pool) const { return pool_name(pool.kind, pool.window); }
  std::string operator()(const Add&) const { return "add"; }
  std::string operator()(const Affine&) const { return "affine"; }
  std::string operator()(const Relu&) const { return "relu"; }
  std::string operator()(const LeakyRelu&) const { return "leaky_relu"; }
  std::string operator()(const Round&) const { return "round"; }
};

}  // namespace

bool is_same_layout(const Shape& data, const Shape& network) {
  if (data == network) return true;
  return network.pixels() == 1 && data.channels == 1 && network.values() == data.values();
}

std::string shape_text(const Shape& shape) {
  return fmt::format("{}x{}x{}", shape.channels, shape.height, shape.width);
}

Shape Window::output_shape(const Shape& input) const {
  return {input.channels, positions(input.height, kernel_h, stride_h, std::int64_t{pad_top} + pad_bottom, dilation_h),
          positions(input.width, kernel_w, stride_w, std::int64_t{pad_left} + pad_right, dilation_w)};
}

bool picks_inputs(const Operation& operation) {
  const auto* pool = std::get_if<Pool>(&operation);
  return std::holds_alternative<Relu>(operation) || (pool != nullptr && pool->kind == PoolKind::max);
}

bool has_integers(const Graph& graph) {
  return std::any_of(graph.nodes.begin(), graph.nodes.end(), [](const Node& node) {
    const auto* conv = std::get_if<Conv>(&node.operation);
    return node.integers || (conv != nullptr && conv->integers);
  });
}

std::string pool_name(PoolKind kind, const Window& window) {
  if (kind == PoolKind::average) return "average_pool";
  return window.kernel_h == 1 && window.kernel_w == 1 ? "subsample" : "max_pool";
}

std::int64_t count_macs(const Graph& graph) {
  std::int64_t macs = 0;
  for (const Node& node : graph.nodes) {
    const auto* conv = std::get_if<Conv>(&node.operation);
    if (conv == nullptr) continue;
    macs += node.shape.pixels() * static_cast<std::int64_t>(conv->weights.size());
  }
  return macs;
}

std::string operation_name(const Operation& operation) {
  return std::visit(NameOf{}, operation);
}

}  // namespace ohmic::workloads

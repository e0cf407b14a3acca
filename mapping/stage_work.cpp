// SPDX-License-Identifier: Apache-2.0
#include "mapping/stage_work.hpp"

#include <stdexcept>

namespace ohmic::mapping {

namespace {

using models::Component;
using workloads::Shape;
using workloads::Window;

Work elementwise_work(StageKind kind, const Shape& out, std::initializer_list<Component> components) {
  Work work{kind, out.channels, std::nullopt, {}};
  for (const Component component : components) work.actions[component] = out.channels;
  return work;
}

/// Channels of zeros that a pooling adds are wires.
Work pool_work(const Window& window, const Shape& in, bool requantizes) {
  Work work{StageKind::pool, std::int64_t{1} * window.kernel_h * window.kernel_w * in.channels, window, {}};
  work.actions[Component::pool] = work.elements;
  if (requantizes) work.actions[Component::digital] = in.channels;
  return work;
}

/// Work of an operation in float.
struct FloatWork {
  const Shape& in;
  const Shape& out;
  Work operator()(const workloads::Conv& conv) const {
    const std::int64_t macs =
        std::int64_t{1} * conv.window.kernel_h * conv.window.kernel_w * in.channels * out.channels;
    Work work{StageKind::digital, macs, conv.window, {}};
    work.actions[Component::float_unit] = macs;
    return work;
  }
  Work operator()(const workloads::Pool& pool) const {
    return pool_work(pool.window, in, pool.kind == workloads::PoolKind::average);
  }
  Work operator()(const workloads::Add& /*add*/) const {
    return elementwise_work(StageKind::add, out, {Component::float_unit});
  }
  Work operator()(const workloads::Affine& /*affine*/) const {
    return elementwise_work(StageKind::digital, out, {Component::float_unit});
  }
  Work operator()(const workloads::Relu& /*relu*/) const {
    return elementwise_work(StageKind::digital, out, {Component::digital});
  }
  Work operator()(const workloads::LeakyRelu& /*leaky*/) const {
    return elementwise_work(StageKind::digital, out, {Component::digital});
  }
  Work operator()(const workloads::Input& /*input*/) const { throw std::logic_error("an input among operations"); }
  Work operator()(const workloads::Round& /*round*/) const { throw std::logic_error("a quantize node does it"); }
};

struct NodeWork {
  const Shape& in;
  const Shape& out;
  Work operator()(const workloads::FloatOperation& f) const { return std::visit(FloatWork{in, out}, f.operation); }
  Work operator()(const workloads::QuantizedPool& pool) const {
    return pool_work(pool.window, in, pool.kind == workloads::PoolKind::average);
  }
  Work operator()(const workloads::QuantizedAdd& /*add*/) const {
    return elementwise_work(StageKind::add, out, {Component::adder, Component::digital});
  }
  Work operator()(const workloads::Quantize& /*q*/) const { return digital(); }
  Work operator()(const workloads::Dequantize& /*d*/) const { return digital(); }
  Work operator()(const workloads::QuantizedRelu& /*r*/) const { return digital(); }
  Work operator()(const workloads::QuantizedLeakyRelu& /*r*/) const { return digital(); }
  Work operator()(const workloads::QuantizedInput& /*i*/) const { throw std::logic_error("a second input"); }
  Work operator()(const workloads::QuantizedConv& /*c*/) const { throw std::logic_error("no matrix layer here"); }

 private:
  [[nodiscard]] Work digital() const { return elementwise_work(StageKind::digital, out, {Component::digital}); }
};

}  // namespace

Work node_work(const workloads::QuantizedNode& node, const Shape& in) {
  return std::visit(NodeWork{in, node.shape}, node.operation);
}

}  // namespace ohmic::mapping

// SPDX-License-Identifier: Apache-2.0
// Builders from named defaults: a test sets only what it is about.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "models/architecture.hpp"
#include "tests/support/random.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::test {

template <class Interface>
Part<Interface> part(const std::string& kind) {
  return {kind, Registry<Interface>::instance().create(kind)};
}

/// 32 × 32 arrays of 1-bit cells, 16 tiles of 8 arrays, 1 GHz, mesh.
inline models::ArchitectureSpec small_architecture() {
  models::ArchitectureSpec chip;
  chip.name = "small";
  chip.clock = Frequency(1000000000);
  chip.tiles = {4, 4};
  chip.tile.arrays_per_core = 8;
  chip.tile.buffer = DataSize(64 * 1024 * 8);
  chip.tile.digital.lanes = 8;
  chip.array.rows = 32;
  chip.array.columns = 32;
  chip.array.cell.bits = 1;
  chip.array.cell.device = part<models::Device>("ideal");
  chip.array.read.time = Duration(2e-9);
  chip.array.adc = part<models::Adc>("ideal");
  chip.array.adc.part->bits = 8;
  chip.array.adc.part->columns_per_adc = 8;
  chip.array.write.pulse = Duration(100e-9);
  chip.fabric = part<models::Topology>("mesh");
  chip.global_buffer.size = DataSize(1 << 20);
  return chip;
}

/// A matrix layer with random weights that use all of their bits.
inline workloads::QuantizedConv random_conv(Random& random, const workloads::Window& window, int in_channels,
                                            int out_channels, int weight_bits) {
  workloads::QuantizedConv conv;
  conv.window = window;
  conv.out_channels = out_channels;
  conv.rows = window.kernel_h * window.kernel_w * in_channels;
  conv.weight_bits = weight_bits;
  const int limit = 1 << (weight_bits - 1);
  const Random::Untaped untaped(random);
  for (int i = 0; i < conv.rows * out_channels; ++i) {
    conv.weights.push_back(static_cast<std::int16_t>(random.between(-limit, limit - 1)));
  }
  conv.weight_scale = {1.0};
  conv.bias.assign(static_cast<std::size_t>(out_channels), 0);
  conv.requant.scale = {0.01F};
  return conv;
}

/// A QuantizedGraph node by node; every method returns the index of the node that it adds.
class GraphBuilder {
 public:
  explicit GraphBuilder(workloads::Shape input, workloads::QuantParams params = {}) {
    graph_.name = "built";
    graph_.nodes.push_back({"input", workloads::QuantizedInput{}, {}, input, false, {}});
    last_ = add("input.quantize", workloads::Quantize{}, {0}, input, params);
  }

  int conv(Random& random, const std::string& name, int from, const workloads::Window& window, int out_channels,
           int weight_bits = 4) {
    workloads::Shape shape = window.output_shape(shape_of(from));
    shape.channels = out_channels;
    return add(name, random_conv(random, window, shape_of(from).channels, out_channels, weight_bits), {from}, shape,
               params_of(from));
  }
  int pool(const std::string& name, int from, const workloads::Window& window,
           workloads::PoolKind kind = workloads::PoolKind::max, int zeros_before = 0, int zeros_after = 0) {
    workloads::QuantizedPool operation{kind, window, true, {}, zeros_before};
    operation.requant.scale = {1.0F};
    workloads::Shape shape = window.output_shape(shape_of(from));
    shape.channels += zeros_before + zeros_after;
    return add(name, operation, {from}, shape, params_of(from));
  }
  int sum(const std::string& name, int a, int b) {
    workloads::QuantizedAdd operation;
    operation.requant.scale = {0.5F, 0.5F};
    return add(name, operation, {a, b}, shape_of(a), params_of(a));
  }
  int relu(const std::string& name, int from) {
    return add(name, workloads::QuantizedRelu{}, {from}, shape_of(from), params_of(from));
  }
  int dequantize(const std::string& name, int from) {
    const int node = add(name, workloads::Dequantize{}, {from}, shape_of(from), {});
    graph_.nodes.back().is_integer = false;
    return node;
  }
  int real(const std::string& name, int from, workloads::Operation operation, workloads::Shape shape) {
    const int node = add(name, {}, {from}, shape, {});
    graph_.nodes.back().operation.emplace<workloads::FloatOperation>().operation = std::move(operation);
    graph_.nodes.back().is_integer = false;
    return node;
  }
  int quantize(const std::string& name, int from, workloads::QuantParams params) {
    return add(name, workloads::Quantize{}, {from}, shape_of(from), params);
  }
  [[nodiscard]] int last() const { return last_; }
  [[nodiscard]] workloads::Shape shape_of(int node) const { return graph_.nodes[static_cast<std::size_t>(node)].shape; }

  [[nodiscard]] workloads::QuantizedGraph finish() const {
    workloads::QuantizedGraph graph = graph_;
    graph.output = last_;
    return graph;
  }

 private:
  int add(const std::string& name, workloads::QuantizedOperation operation, std::vector<int> inputs,
          workloads::Shape shape, workloads::QuantParams params) {
    graph_.nodes.push_back({name, std::move(operation), std::move(inputs), shape, true, params});
    last_ = static_cast<int>(graph_.nodes.size()) - 1;
    return last_;
  }
  [[nodiscard]] workloads::QuantParams params_of(int node) const {
    return graph_.nodes[static_cast<std::size_t>(node)].params;
  }

  workloads::QuantizedGraph graph_;
  int last_ = 0;
};

}  // namespace ohmic::test

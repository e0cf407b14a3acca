// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/random.hpp"
#include "workloads/canonical.hpp"
#include "workloads/graph.hpp"

using namespace ohmic::workloads;
using ohmic::test::Random;

namespace {

/// Positions at which the whole window lies on the padded image, counted one by one.
int count_positions(int size, int kernel, int stride, int pads, int dilation) {
  int count = 0;
  for (int start = 0; start + dilation * (kernel - 1) < size + pads; start += stride) ++count;
  return count;
}

Node node(const std::string& name, Operation operation, std::vector<int> inputs) {
  return {name, std::move(operation), std::move(inputs), {1, 1, 1}};
}

Conv scalar_conv(float weight, float bias) {
  Conv conv;
  conv.out_channels = 1;
  conv.weights = {weight};
  conv.bias = {bias};
  return conv;
}

std::vector<std::string> names(const Graph& graph) {
  std::vector<std::string> all;
  for (const Node& n : graph.nodes) all.push_back(n.name);
  return all;
}

}  // namespace

TEST_CASE("a window has as many outputs as positions where it lies on the padded image") {
  const std::uint64_t seed = 11;
  INFO("seed " << seed);
  Random random(seed);
  for (int i = 0; i < 2000; ++i) {
    Window w;
    w.kernel_h = random.between(1, 5);
    w.kernel_w = random.between(1, 5);
    w.stride_h = random.between(1, 4);
    w.stride_w = random.between(1, 4);
    w.dilation_h = random.between(1, 3);
    w.dilation_w = random.between(1, 3);
    w.pad_top = random.between(0, 3);
    w.pad_bottom = random.between(0, 3);
    w.pad_left = random.between(0, 3);
    w.pad_right = random.between(0, 3);
    const Shape input{random.between(1, 3), random.between(1, 12), random.between(1, 12)};
    const Shape output = w.output_shape(input);
    CHECK(output.channels == input.channels);
    CHECK(output.height ==
          count_positions(input.height, w.kernel_h, w.stride_h, w.pad_top + w.pad_bottom, w.dilation_h));
    CHECK(output.width == count_positions(input.width, w.kernel_w, w.stride_w, w.pad_left + w.pad_right, w.dilation_w));
  }
}

TEST_CASE("MACs are output pixels times weights, of convolutions only") {
  Graph graph;
  Conv conv;
  conv.out_channels = 4;
  conv.weights.resize(4 * 3 * 3 * 2);
  graph.nodes = {node("x", Input{}, {}), node("c", conv, {0}), node("r", Relu{}, {1})};
  graph.nodes[1].shape = {4, 5, 7};
  CHECK(count_macs(graph) == 5 * 7 * 4 * 3 * 3 * 2);
}

TEST_CASE("operations have names for listings") {
  CHECK(operation_name(Input{}) == "input");
  CHECK(operation_name(Conv{}) == "conv");
  CHECK(operation_name(Pool{}) == "subsample");
  CHECK(operation_name(Pool{PoolKind::max, {.kernel_h = 2}, false}) == "max_pool");
  CHECK(operation_name(Pool{PoolKind::average, {}, false}) == "average_pool");
  CHECK(operation_name(Add{}) == "add");
  CHECK(operation_name(Affine{}) == "affine");
  CHECK(operation_name(Relu{}) == "relu");
}

TEST_CASE("a chain of affine nodes and rectifiers ends in the convolution before it") {
  Graph graph;
  graph.nodes = {node("x", Input{}, {}),           node("conv", scalar_conv(2, 1), {0}),
                 node("a", Affine{{3}, {4}}, {1}), node("b", Affine{{-1}, {5}}, {2}),
                 node("r", Relu{}, {3}),           node("r2", Relu{}, {4})};
  graph.output = 5;
  canonicalize(graph);
  REQUIRE(names(graph) == std::vector<std::string>{"x", "conv"});
  CHECK(graph.output == 1);
  const auto& conv = std::get<Conv>(graph.nodes[1].operation);
  CHECK(conv.weights[0] == -6.0F);
  CHECK(conv.bias[0] == -2.0F);  // -(3·1 + 4) + 5
  CHECK(conv.activation == Activation::relu);
}

TEST_CASE("a node whose result is used twice takes nothing in") {
  Graph graph;
  graph.nodes = {node("x", Input{}, {}), node("conv", scalar_conv(2, 1), {0}), node("r", Relu{}, {1}),
                 node("sum", Add{}, {1, 2})};
  graph.output = 3;
  canonicalize(graph);
  CHECK(names(graph) == std::vector<std::string>{"x", "conv", "r", "sum"});
  CHECK(std::get<Conv>(graph.nodes[1].operation).activation == Activation::none);
}

TEST_CASE("the network's output counts as a use") {
  Graph graph;
  graph.nodes = {node("x", Input{}, {}), node("conv", scalar_conv(2, 1), {0}), node("r", Relu{}, {1})};
  graph.output = 1;
  canonicalize(graph);
  CHECK(names(graph) == std::vector<std::string>{"x", "conv"});
  CHECK(std::get<Conv>(graph.nodes[1].operation).activation == Activation::none);
}

TEST_CASE("nothing is folded over a rectifier") {
  Graph graph;
  graph.nodes = {node("x", Input{}, {}), node("conv", scalar_conv(2, 1), {0}), node("r", Relu{}, {1}),
                 node("a", Affine{{3}, {4}}, {2}), node("r2", Relu{}, {3})};
  graph.output = 4;
  canonicalize(graph);
  REQUIRE(names(graph) == std::vector<std::string>{"x", "conv", "a"});
  CHECK(std::get<Affine>(graph.nodes[2].operation).activation == Activation::relu);
}

TEST_CASE("names become unique without taking a name that is written elsewhere") {
  Graph graph;
  graph.nodes = {node("x", Input{}, {}), node("x", scalar_conv(1, 0), {0}), node("x_2", scalar_conv(1, 0), {1}),
                 node("x", scalar_conv(1, 0), {2})};
  graph.output = 3;
  canonicalize(graph);
  CHECK(names(graph) == std::vector<std::string>{"x", "x_3", "x_2", "x_4"});
}

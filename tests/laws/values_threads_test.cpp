// SPDX-License-Identifier: Apache-2.0
// An evaluation is the same for 1, 2 and 7 threads, for every dispatch level and for both paths.
#include <catch2/catch.hpp>

#include "tests/support/values_cases.hpp"

namespace {

using namespace ohmic;
using values::Dispatch;
using values::Path;

struct Network {
  workloads::QuantizedGraph graph;
  workloads::Dataset data;
};

Network random_network() {
  test::Random random(17);
  Network network;
  test::GraphBuilder builder({2, 6, 6}, {8, false, 0.01, 3});
  workloads::Window window;
  window.kernel_h = window.kernel_w = 3;
  window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = 1;
  builder.conv(random, "first", builder.last(), window, 5, 6);
  builder.conv(random, "second", builder.last(), window, 7, 6);
  workloads::Window whole;
  whole.kernel_h = whole.kernel_w = 6;
  builder.conv(random, "third", builder.last(), whole, 10, 6);
  network.graph = builder.finish();
  network.data.shape = {2, 6, 6};
  for (int image = 0; image < 90; ++image) {
    network.data.labels.push_back(random.between(0, 9));
    for (int i = 0; i < 72; ++i) network.data.images.push_back(static_cast<std::uint8_t>(random.bits() >> 24));
  }
  return network;
}

TEST_CASE("evaluation does not depend on threads, path or dispatch level", "[laws]") {
  const Network network = random_network();
  models::ArraySpec array = test::small_architecture().array;
  array.cell.bits = 2;
  array.parallel_rows = 24;
  array.adc.part->bits = 5;
  array.cell.device = test::device("{kind: rram_generic, programming_error: 0.05, read_noise: 0.05}");
  std::vector<mapping::EncodedLayer> layers;
  for (const int node : network.graph.matrix_nodes()) {
    const auto& operation = network.graph.nodes[static_cast<std::size_t>(node)].operation;
    layers.push_back(
        mapping::encode_layer(std::get<workloads::QuantizedConv>(operation), network.graph.input_params(node), array));
  }
  for (const auto policy : {models::RangePolicy::max, models::RangePolicy::calibrated}) {
    array.adc.part->range = policy;
    array.adc.part->scope = models::RangeScope::column;
    array.adc.part->percentile = 99;
    const workloads::Normalize normalize{{0.0}, {100.0}};
    const auto ranges = values::choose_ranges(network.graph, layers, array, network.data, normalize, 1);
    for (const int threads : {2, 7}) {
      REQUIRE(values::choose_ranges(network.graph, layers, array, network.data, normalize, threads) == ranges);
    }
    const auto run = [&](Path path, Dispatch dispatch, int threads) {
      return values::evaluate(network.graph, layers, array, ranges, network.data, normalize, {3, {}, 0}, 99,
                              {path, dispatch, threads});
    };
    const values::Evaluation expected = run(Path::per_cell, Dispatch::portable, 1);
    const auto require_same = [&](const values::Evaluation& got) {
      REQUIRE(got.accuracy.trials == expected.accuracy.trials);
      for (std::size_t i = 0; i < layers.size(); ++i) {
        REQUIRE(got.layers[i].conversions == expected.layers[i].conversions);
        REQUIRE(got.layers[i].clipped == expected.layers[i].clipped);
      }
    };
    if (policy == models::RangePolicy::calibrated) REQUIRE(expected.layers[0].clipped > 0);
    require_same(run(Path::per_cell, Dispatch::portable, 7));
    for (const Dispatch dispatch : values::available_dispatch()) {
      for (const int threads : {1, 2, 7}) require_same(run(Path::planes, dispatch, threads));
    }
  }
}

TEST_CASE("without anything random all trials are one chip", "[laws]") {
  const Network network = random_network();
  models::ArraySpec array = test::small_architecture().array;
  std::vector<mapping::EncodedLayer> layers;
  for (const int node : network.graph.matrix_nodes()) {
    const auto& operation = network.graph.nodes[static_cast<std::size_t>(node)].operation;
    layers.push_back(
        mapping::encode_layer(std::get<workloads::QuantizedConv>(operation), network.graph.input_params(node), array));
  }
  const auto ranges = values::choose_ranges(network.graph, layers, array, {}, {}, 1);
  const auto one = values::evaluate(network.graph, layers, array, ranges, network.data, {}, {1, {}, 30}, 1, {});
  const auto five = values::evaluate(network.graph, layers, array, ranges, network.data, {}, {5, {}, 30}, 2, {});
  REQUIRE_FALSE(five.random);
  REQUIRE(five.images == 30);
  REQUIRE(five.accuracy.trials == std::vector<double>(5, one.accuracy.mean));
  REQUIRE(five.accuracy.std == 0);
  REQUIRE(five.accuracy.ci95 == 0.0);
  REQUIRE_FALSE(one.accuracy.ci95.has_value());
  REQUIRE(five.layers[0].conversions == one.layers[0].conversions);
  REQUIRE_THROWS_WITH(values::evaluate(network.graph, layers, array, ranges, network.data, {}, {1, {}, 91}, 1, {}),
                      "91 images are wanted, the test data has 90");
}

}  // namespace

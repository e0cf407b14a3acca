// SPDX-License-Identifier: Apache-2.0
// What can be wrong with streamed layers and with slopes drawn by beats, word for word.
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "tests/support/streamed_designs.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::mapping;
using test::streamed;

std::string rule_of(const workloads::QuantizedGraph& graph, const models::ArchitectureSpec& chip,
                    const MappingSpec& mapping) {
  return test::broken_rule([&] { (void)map_network(graph, chip, mapping); });
}

TEST_CASE("mapping.streamed has to name matrix layers") {
  const auto rule = [](const std::string& pattern) {
    return rule_of(test::two_layers(), test::streaming_chip(), streamed(pattern));
  };
  CHECK(rule("con") == "mapping.streamed: 'con' is the name of no convolution or fully connected layer in integers");
  CHECK(rule("input.*") ==
        "mapping.streamed: 'input.*' is the name of no convolution or fully connected layer in integers");
  CHECK(rule("conv(").find("mapping.streamed: 'conv(' is not a regular expression: ") == 0);
  CHECK(rule("conv|fc").empty());
}

TEST_CASE("streamed layers need lanes, memory and a tile each") {
  models::ArchitectureSpec chip = test::streaming_chip();
  const workloads::QuantizedGraph graph = test::two_layers();
  chip.tile.multiply_lanes->weight_memory.size = DataSize(45 * 48 - 1);
  CHECK(rule_of(graph, chip, streamed(".*")) ==
        "architecture.tile.multiply_lanes.weight_memory.size: the weights of layer 'fc' take 45 words of 48 bits, 270 "
        "bytes; the memory has 269");
  chip.tile.multiply_lanes->weight_memory.size = DataSize(45 * 48);
  CHECK(rule_of(graph, chip, streamed(".*")).empty());
  chip.tiles = {1, 1};
  CHECK(
      rule_of(graph, chip, streamed(".*")) ==
      "architecture.tiles: 2 layers are streamed, each needs the multiply lanes of a tile of its own, and the chip has "
      "1 tiles");
  chip.tile.multiply_lanes.reset();
  CHECK(rule_of(graph, chip, streamed("fc")) ==
        "architecture.tile: layer 'fc' is streamed (mapping.streamed), which needs multiply_lanes in the tile, for "
        "example {inputs: 4, outputs: 4, weight_memory: {size: 16 KiB}}");
}

TEST_CASE("slopes are drawn for the beats that the chip has") {
  workloads::QuantizedGraph graph = test::two_layers();
  auto& conv = std::get<workloads::QuantizedConv>(graph.nodes[2].operation);
  conv.activation = workloads::Activation::leaky_relu;
  conv.leaky.randomized = workloads::RandomizedLeaky{1, 4};
  const models::ArchitectureSpec chip = test::streaming_chip();
  CHECK(rule_of(graph, chip, streamed("conv")) ==
        "architecture.tile.multiply_lanes.outputs: a beat of the activation unit of node 'conv' has 3 outputs, but its "
        "slopes are drawn for beats of 4 (leaky.randomized.lanes of its quantization rule)");
  CHECK(
      rule_of(graph, chip, {}) ==
      "architecture.tile.digital.lanes: a beat of the activation unit of node 'conv' has 8 outputs, but its slopes are "
      "drawn for beats of 4 (leaky.randomized.lanes of its quantization rule)");
  conv.leaky.randomized->lanes = 3;
  CHECK(rule_of(graph, chip, streamed("conv")).empty());
  conv.leaky.randomized->lanes = 8;
  CHECK(rule_of(graph, chip, {}).empty());
}

}  // namespace

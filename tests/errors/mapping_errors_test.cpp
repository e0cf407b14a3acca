// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "mapping/mapper.hpp"
#include "tests/support/designs.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::mapping;
using test::GraphBuilder;
using test::Random;
using workloads::Shape;
using workloads::Window;

/// One layer of 18 × 5 weights of four bits, all values from −8 to 7, on 3-bit inputs.
workloads::QuantizedGraph one_layer() {
  Random random(1);
  GraphBuilder graph(Shape{2, 4, 4}, {.bits = 3, .is_signed = false, .scale = 1, .zero_point = 0});
  Window window{.kernel_h = 3, .kernel_w = 3};
  graph.conv(random, "conv", graph.last(), window, 5, 4);
  workloads::QuantizedGraph built = graph.finish();
  auto& weights = std::get<workloads::QuantizedConv>(built.nodes.back().operation).weights;
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<std::int16_t>(static_cast<int>(i % 16) - 8);
  return built;
}

std::string rule_of(const models::ArchitectureSpec& chip, const MappingSpec& mapping = {}) {
  return test::broken_rule([&] { (void)map_network(one_layer(), chip, mapping); });
}

TEST_CASE("encodings that cannot be") {
  models::ArchitectureSpec chip = test::small_architecture();
  chip.array.weights.encoding = models::WeightEncoding::xnor;
  CHECK(rule_of(chip) == "architecture.array.inputs.encoding: xnor weights need bipolar inputs");
  chip.array.inputs.encoding = models::InputEncoding::bipolar;
  CHECK(rule_of(chip).empty());
  chip.array.cell.bits = 2;
  CHECK(rule_of(chip) == "architecture.array.cell.bits: xnor weights need 1-bit cells, not 2");
  chip.array.weights.encoding = models::WeightEncoding::offset;
  chip.array.inputs.dac_bits = 2;
  CHECK(rule_of(chip) ==
        "architecture.array.inputs.dac_bits: bipolar inputs are driven bit by bit, dac_bits must be 1, not 2");
  chip.array.inputs.dac_bits = 1;
  chip.array.accumulate.polarity = models::Domain::digital;
  CHECK(rule_of(chip) ==
        "architecture.array.accumulate.polarity: digital needs differential weights: the others have one plane and "
        "nothing to subtract");
}

TEST_CASE("a converter that cannot be lossless") {
  models::ArchitectureSpec chip = test::small_architecture();
  chip.array.adc.part->range = models::RangePolicy::lossless;
  chip.array.weights.encoding = models::WeightEncoding::offset;
  chip.array.cell.bits = 4;
  chip.array.adc.part->bits = 4;
  // The code words of a column are 0 … 15 and two more, at most 8 and 9.
  CHECK(
      rule_of(chip) ==
      "architecture.array.adc.bits: lossless conversion of layer 'conv' needs 8 bits, the converter has 4: its columns "
      "reach 0 to 137 (fewer parallel_rows, cell bits or DAC bits need fewer)");
  chip.array.adc.part->bits = 7;
  CHECK_FALSE(rule_of(chip).empty());
  chip.array.adc.part->bits = 8;
  CHECK(rule_of(chip).empty());
}

TEST_CASE("a weight wider than an array") {
  models::ArchitectureSpec chip = test::small_architecture();
  chip.array.weights.encoding = models::WeightEncoding::offset;
  chip.array.adc.part->columns_per_adc = 1;
  chip.array.columns = 4;
  CHECK(rule_of(chip).empty());
  chip.array.columns = 3;
  CHECK(rule_of(chip) ==
        "architecture.array.columns: one weight of layer 'conv' takes 4 columns, the array has 3 (more columns, or "
        "cells of more bits)");
}

TEST_CASE("a network that is too large for the chip") {
  models::ArchitectureSpec chip = test::small_architecture();
  chip.array.weights.encoding = models::WeightEncoding::offset;
  chip.array.rows = 6;
  chip.array.columns = 8;
  chip.array.adc.part->columns_per_adc = 1;
  chip.tiles = {2, 1};
  chip.tile.arrays_per_core = 4;
  CHECK(
      rule_of(chip) ==
      "architecture.tiles: the network needs 9 arrays of 6 x 8 for one copy of each layer (layer 'conv' alone 9), the "
      "chip has 8 (2 x 1 tiles of 4): 1 too few; take more tiles or arrays per tile, larger arrays, or cells of more "
      "bits");
  chip.tiles = {3, 1};
  CHECK(rule_of(chip).empty());
  CHECK(
      rule_of(chip, {.strategy = "single", .replication = {8}}) ==
      "mapping.replication.array_budget: the network needs 9 arrays of 6 x 8 for one copy of each layer (layer 'conv' "
      "alone 9), the budget is 8: 1 too few");
}

TEST_CASE("buffers that are too large for a tile") {
  models::ArchitectureSpec chip = test::small_architecture();
  chip.array.weights.encoding = models::WeightEncoding::offset;
  const MappingSpec single{.strategy = "single", .replication = {}, .buffer_slack = 0};
  // Line buffer: (2 · 4 + 3) · 6 bits; partial sums: 5 · 32 bits.
  chip.tile.buffer = DataSize(11 * 6 + 160);
  CHECK(rule_of(chip, single).empty());
  chip.tile.buffer = DataSize(16 * 8);
  CHECK(
      rule_of(chip, single) ==
      "architecture.tile.buffer: the streams that end in tile 0 need 29 bytes (stage 'conv.combine' alone 20), it has "
      "16: 13 too few; take a larger buffer, fewer arrays per tile, fewer replicas or less buffer_slack");
}

TEST_CASE("an unknown strategy") {
  CHECK(rule_of(test::small_architecture(), {.strategy = "balance", .replication = {}}) ==
        "mapping.strategy: unknown value 'balance' (did you mean 'balanced'? known: balanced, single)");
}

TEST_CASE("a network without a layer for the arrays") {
  GraphBuilder graph(Shape{2, 4, 4});
  graph.relu("relu", graph.last());
  CHECK(
      test::broken_rule([&] { (void)map_network(graph.finish(), test::small_architecture(), {}); }) ==
      "quantization.rules: no layer of the network is on the arrays: no rule matches a convolution or fully connected "
      "layer");
}

TEST_CASE("a layer whose result is used by nothing") {
  workloads::QuantizedGraph graph = one_layer();
  graph.output = 1;
  CHECK(test::broken_rule([&] { (void)map_network(graph, test::small_architecture(), {}); }) ==
        "workload.network: the result of layer 'conv' is used by nothing");
}

/// The saved program of one layer with the first `from` replaced.
std::string load_error(const std::string& from, const std::string& to) {
  std::string text =
      save_program(map_network(one_layer(), test::small_architecture(), {.strategy = "single", .replication = {}}));
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  return test::input_error([&] { (void)load_program(text, "p.json"); });
}

TEST_CASE("saved programs are read strictly") {
  CHECK(load_error("\"arrays_used\"", "\"arrays_usd\"") == "p.json:1:1: missing key 'arrays_used'");
  CHECK(load_error("\"kind\":\"mvm\"", "\"kind\":\"mvn\"")
            .find("stages[1].kind: unknown value 'mvn' (did you mean 'mvm'?") != std::string::npos);
  CHECK(load_error("\"firings\":16", "\"firings\":\"16\"").find("stages[0].firings: '16' is not a whole number") !=
        std::string::npos);
  CHECK(load_error("\"layer\":0,\"replica\":0,\"row_block\"", "\"layer\":7,\"replica\":0,\"row_block\"")
            .find("arrays[0].layer: there is no layer 7 (there are 1)") != std::string::npos);
  CHECK(load_error("\"stream\":0,", "\"stream\":9,").find("stages[1].inputs[0].stream: there is no stream 9") !=
        std::string::npos);
  CHECK(load_error("\"destinations\":[{\"stage\":1,", "\"destinations\":[{\"stage\":2,")
            .find("the port takes from another stream") != std::string::npos);
  CHECK(load_error("\"tokens\":16", "\"tokens\":15")
            .find("stages[0].output: stream 'source' has 15 tokens, the stage 16 firings") != std::string::npos);
  CHECK_FALSE(load_error("]\n}\n", "]\n").empty());
}

TEST_CASE("damaged programs are errors, never crashes") {
  const std::string text =
      save_program(map_network(one_layer(), test::small_architecture(), {.strategy = "single", .replication = {}}));
  int refused = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    std::string damaged = text;
    for (int i = random.between(1, 3); i > 0; --i) {
      damaged[static_cast<std::size_t>(random.between(0, static_cast<int>(text.size()) - 1))] =
          random.pick({'0', '9', '-', '"', '{', ']', ',', 'x', '\n', '\xff'});
    }
    try {
      (void)load_program(damaged, "p.json");
    } catch (const InputError&) {
      ++refused;
    }
  }
  CHECK(refused > 250);
}

}  // namespace

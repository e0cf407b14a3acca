// SPDX-License-Identifier: Apache-2.0
// Layers on multiply lanes: words, times, places, actions, and what their modules are told.
#include <catch2/catch.hpp>

#include "mapping/hardware.hpp"
#include "tests/support/streamed_designs.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::mapping;
using models::Component;
using test::streamed;
using workloads::QuantizedConv;

const Stage& stage_named(const Program& program, const std::string& name) {
  for (const Stage& stage : program.stages) {
    if (stage.name == name) return stage;
  }
  FAIL("no stage " << name);
  return program.stages.front();
}

TEST_CASE("every weight stands in exactly one place of one word, and zeros in all others") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    test::Random random(seed);
    const workloads::Window window{.kernel_h = random.between(1, 3), .kernel_w = random.between(1, 3)};
    QuantizedConv conv =
        test::random_conv(random, window, random.between(1, 6), random.between(1, 17), random.between(2, 16));
    for (std::int16_t& weight : conv.weights) weight = static_cast<std::int16_t>(weight == 0 ? 1 : weight);
    models::MultiplyLanesSpec lanes;
    lanes.inputs = random.between(1, 9);
    lanes.outputs = random.between(1, 9);
    const WeightStream stream = weight_stream(conv, lanes);
    std::vector<int> matrix(conv.weights.size(), 0);
    std::int64_t zeros = 0;
    std::int64_t word = 0;
    // The order of docs/hardware.md, loop by loop.
    for (int column = 0; column < conv.out_channels; column += lanes.outputs) {
      for (int row = 0; row < conv.rows; row += lanes.inputs, ++word) {
        for (int j = 0; j < lanes.outputs; ++j) {
          for (int i = 0; i < lanes.inputs; ++i) {
            const int weight = weight_of_word(conv, stream, word, j * lanes.inputs + i);
            zeros += weight == 0 ? 1 : 0;
            if (row + i < conv.rows && column + j < conv.out_channels) {
              matrix[static_cast<std::size_t>((column + j) * conv.rows + row + i)] = weight;
            }
          }
        }
      }
    }
    REQUIRE(word == stream.words());
    REQUIRE(std::equal(matrix.begin(), matrix.end(), conv.weights.begin()));
    REQUIRE(zeros == stream.words() * stream.weights_per_word() - static_cast<std::int64_t>(conv.weights.size()));
    REQUIRE(stream.word_bits() == lanes.inputs * lanes.outputs * conv.weight_bits);
  }
}

TEST_CASE("a network may stream all of its layers: no arrays, one tile's lanes for each") {
  const models::ArchitectureSpec chip = test::streaming_chip();
  const Program program = map_network(test::two_layers(), chip, streamed(".*"));
  CHECK(program.arrays_used == 0);
  CHECK(program.programming_cycles == 0);
  CHECK(program.programmed_cells == 0);
  REQUIRE(program.stages.size() == 4);  // source, two layers, sink

  const LayerMapping& layer = program.layers.at(0);
  CHECK(layer.rows == 18);
  CHECK(layer.columns == 5);
  CHECK(layer.weight_words == 5 * 2);  // ceil(18 / 4) · ceil(5 / 3)
  CHECK(layer.replicas == 1);

  const Stage& conv = stage_named(program, "conv.lanes");
  CHECK(conv.kind == StageKind::lanes);
  CHECK(conv.tile == 0);
  CHECK(conv.firings == 12);
  CHECK(conv.interval == 10);
  CHECK(conv.latency == 10 + 2 + 3 + chip.tile.digital.latency_cycles);
  CHECK(program.streams[conv.output].token_bits == 5 * 3);
  CHECK(program.streams[conv.output].message_class == MessageClass::activation);
  CHECK(program.streams[conv.inputs.at(0).stream].destinations.at(0).minimum == 2 * 5 + 3);  // two lines and a window

  const Stage& fc = stage_named(program, "fc.lanes");
  CHECK(fc.tile == 1);           // the lanes of tile 0 are taken
  CHECK(fc.interval == 15 * 3);  // ceil(60 / 4) · ceil(7 / 3)
}

TEST_CASE("actions of one firing of lanes") {
  const Program program = map_network(test::two_layers(), test::streaming_chip(), streamed("conv"));
  const models::ActionCounts& actions = stage_named(program, "conv.lanes").actions;
  CHECK(actions[Component::multiplier] == 10 * 12);
  CHECK(actions[Component::adder] == 10 * 12);
  CHECK(actions[Component::weight_memory] == 10 * 12 * 4);
  CHECK(actions[Component::input_register] == 3 * (18 + 10 * 4));
  CHECK(actions[Component::output_register] == 2 * 10 * 3 * 32);
  CHECK(actions[Component::digital] == 5);
  CHECK(actions[Component::buffer] == 18 * 3);
  CHECK(actions[Component::tile_register] == 2 * 5 * 3);
  CHECK(actions[Component::adc] == 0);
}

TEST_CASE("a streamed layer beside one on arrays") {
  const models::ArchitectureSpec chip = test::streaming_chip();
  for (const char* strategy : {"balanced", "single"}) {
    MappingSpec mapping = streamed("conv");
    mapping.strategy = strategy;
    const Program program = map_network(test::two_layers(), chip, mapping);
    CHECK(program.layers.at(0).arrays_per_replica() == 0);
    CHECK(program.layers.at(0).replicas == 1);
    CHECK(program.layers.at(1).arrays_per_replica() > 0);
    CHECK(program.layers.at(1).replicas == 1);  // one pixel
    for (const ArrayAssignment& array : program.arrays) CHECK(array.layer == 1);
    CHECK(stage_named(program, "fc.combine").layer == 1);
  }
  // A layer with many pixels is replicated as if the streamed one were not there.
  MappingSpec mapping = streamed("fc");
  mapping.replication.array_budget = 9;
  const Program program = map_network(test::two_layers(), chip, mapping);
  CHECK(program.layers.at(0).replicas > 1);
  CHECK(program.layers.at(1).replicas == 1);
}

TEST_CASE("a program with streamed layers is saved and read back exactly") {
  for (const char* pattern : {".*", "conv", "fc"}) {
    const Program program = map_network(test::two_layers(), test::streaming_chip(), streamed(pattern));
    const std::string text = save_program(program);
    CHECK(save_program(load_program(text, "p.json")) == text);
  }
}

TEST_CASE("what the modules of a streamed layer are told") {
  const models::ArchitectureSpec chip = test::streaming_chip();
  const workloads::QuantizedGraph graph = test::two_layers();
  const MappingSpec mapping = streamed(".*");
  const Program program = map_network(graph, chip, mapping);
  const Hardware hardware =
      build_hardware(program, graph, encode_layers(graph, chip.array, mapping), chip, models::ConverterRanges(2));
  const auto& core = std::get<LanesCore>(hardware.cores.at(1));
  CHECK(core.layer == 0);
  CHECK(core.weights.words() == 10);
  CHECK(core.weights.word_bits() == 48);
  CHECK(core.multiply_cycles == 2);
  CHECK(core.accumulate_cycles == 3);
  // x − 2 is −2 … 5, weights −8 … 7, 18 rows: ± 720 needs eleven bits.
  CHECK(core.sum_bits == 11);
  CHECK(hardware.formats.at(1).elements == 5);
  CHECK(hardware.formats.at(1).bits == 3);
}

TEST_CASE("sums of any weights fit the bits that they are given") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    INFO("seed " << seed);
    test::Random random(seed);
    const int bits = random.between(2, 16);
    workloads::QuantParams input{
        .bits = random.between(2, 16), .is_signed = random.flip(), .scale = 1, .zero_point = 0};
    input.zero_point = random.between(input.q_min(), input.q_max());
    test::GraphBuilder builder(workloads::Shape{random.between(1, 40), 1, 1}, input);
    builder.conv(random, "fc", builder.last(), {}, 1, bits);
    workloads::QuantizedGraph graph = builder.finish();
    const models::ArchitectureSpec chip = test::streaming_chip();
    const Program program = map_network(graph, chip, streamed("fc"));
    const Hardware hardware = build_hardware(program, graph, encode_layers(graph, chip.array, streamed("fc")), chip,
                                             models::ConverterRanges(1));
    const int sum_bits = std::get<LanesCore>(hardware.cores.at(1)).sum_bits;
    const double high = std::ldexp(1.0, sum_bits - 1);
    const double rows = graph.nodes[0].shape.channels;
    for (const int x : {input.q_min() - input.zero_point, input.q_max() - input.zero_point}) {
      for (const int w : {-(1 << (bits - 1)), (1 << (bits - 1)) - 1}) {
        REQUIRE(rows * x * w < high);
        REQUIRE(rows * x * w >= -high);
      }
    }
  }
}

}  // namespace

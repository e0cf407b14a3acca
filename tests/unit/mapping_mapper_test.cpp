// SPDX-License-Identifier: Apache-2.0
// One small network worked out by hand: 4 × 4 image of 2 channels, a 3 × 3 convolution to 5 channels over arrays of
// 8 × 8 cells, a 2 × 2 pooling.
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "mapping/mapper.hpp"
#include "tests/support/designs.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::mapping;
using models::Component;
using test::GraphBuilder;
using test::Random;
using workloads::Shape;
using workloads::Window;

constexpr Window kThree{.kernel_h = 3, .kernel_w = 3, .pad_top = 1, .pad_left = 1, .pad_bottom = 1, .pad_right = 1};
constexpr Window kHalf{.kernel_h = 2, .kernel_w = 2, .stride_h = 2, .stride_w = 2};

workloads::QuantizedGraph small_graph() {
  Random random(1);
  GraphBuilder graph(Shape{2, 4, 4}, {.bits = 3, .is_signed = false, .scale = 1, .zero_point = 0});
  graph.pool("pool", graph.conv(random, "conv", graph.last(), kThree, 5, 4), kHalf);
  return graph.finish();
}

models::ArchitectureSpec small_chip() {
  models::ArchitectureSpec chip = test::small_architecture();
  chip.array.rows = 8;
  chip.array.columns = 8;
  chip.array.cell.bits = 2;
  chip.array.weights.encoding = models::WeightEncoding::offset;  // 4-bit weights: two slices
  chip.array.inputs.dac_bits = 1;                                // 3-bit inputs: three steps
  chip.array.parallel_rows = 4;
  chip.tile.arrays_per_core = 4;
  chip.tile.digital.lanes = 2;
  chip.tile.digital.latency_cycles = 3;
  return chip;
}

const Stage& stage_named(const Program& program, const std::string& name) {
  for (const Stage& stage : program.stages) {
    if (stage.name == name) return stage;
  }
  FAIL("no stage " << name);
  return program.stages.front();
}

TEST_CASE("a layer is cut into row and column blocks") {
  const Program program = map_network(small_graph(), small_chip(), {.strategy = "single", .replication = {}});
  const LayerMapping& layer = program.layers.at(0);
  CHECK(layer.rows == 18);  // 3 · 3 · 2
  CHECK(layer.columns == 5);
  CHECK(layer.slices == 2);
  CHECK(layer.columns_per_array == 4);  // 8 / 2
  CHECK(layer.row_blocks == 3);         // 8 + 8 + 2
  CHECK(layer.column_blocks == 2);      // 4 + 1
  CHECK(layer.cells_used == 18 * 5 * 2);
  // Row groups 2 + 2 + 1, five columns, two slices, three steps.
  CHECK(layer.conversions_per_vector == 5 * 5 * 2 * 3);
  CHECK(program.arrays_used == 6);
  CHECK(program.arrays_available == 64);
  CHECK(program.programmed_cells == 180);
  // Tile 0 holds row blocks 0 and 1 of both column blocks: 32 rows of 100 ns at 1 GHz, one after the other.
  CHECK(program.programming_cycles == 32 * 100);
}

TEST_CASE("arrays of p and n with row wires of their own are driven twice") {
  models::ArchitectureSpec chip = small_chip();
  chip.array.weights.encoding = models::WeightEncoding::differential;
  const auto actions = [&] {
    return stage_named(map_network(small_graph(), chip, {.strategy = "single", .replication = {}}), "conv.r0.t0")
        .actions;
  };
  const models::ActionCounts shared = actions();
  chip.array.wires.emplace();
  const models::ActionCounts apart = actions();
  CHECK(apart[Component::dac] == 2 * shared[Component::dac]);
  CHECK(apart[Component::array] == shared[Component::array]);
}

TEST_CASE("a last digit of fewer bits is read as fewer bits") {
  models::ArchitectureSpec chip = small_chip();
  chip.array.inputs.dac_bits = 2;  // 3-bit inputs: two bits, then one
  const Program program = map_network(small_graph(), chip, {.strategy = "single", .replication = {}});
  CHECK(program.layers.at(0).input_steps == 2);
  CHECK(stage_named(program, "conv.r0.t0").actions[Component::input_register] == 32 * (3 + 3));
}

TEST_CASE("stages, their rates and their actions") {
  const Program program = map_network(small_graph(), small_chip(), {.strategy = "single", .replication = {}});
  REQUIRE(program.stages.size() == 6);
  const Stage& source = stage_named(program, "source");
  CHECK(source.tile == 16);
  CHECK(program.streams[source.output].token_bits == 2 * 3);  // the integers of the first layer

  const Stage& first = stage_named(program, "conv.r0.t0");
  const Cycle latency = program.layers[0].timing.latency;
  CHECK(first.firings == 16);
  CHECK(first.latency == latency + 1);  // two row blocks are added in the tile
  CHECK(first.interval == program.layers[0].timing.interval);
  CHECK(program.streams[first.output].token_bits == 5 * 32);
  CHECK(first.actions[Component::array] == 16 * 5 * 2 * 3);
  CHECK(first.actions[Component::dac] == 4 * 8 * 3);                // four arrays of eight rows
  CHECK(first.actions[Component::adc] == 4 * 5 * 2 * 3);            // row groups · columns · slices · steps
  CHECK(first.actions[Component::input_register] == 32 * (3 + 3));  // written and read
  CHECK(first.actions[Component::output_register] == 2 * 10 * 32);  // two row blocks of five columns
  CHECK(first.actions[Component::adder] == 5 + 16 + 10);            // second row block, Σ v, its product
  CHECK(first.actions[Component::buffer] == 16 * 3 + 5 * 32);       // window, own partial sum at the combine stage

  const Stage& second = stage_named(program, "conv.r0.t1");
  CHECK(second.latency == latency);
  CHECK(second.actions[Component::adder] == 5 + 2 + 5);  // its five columns join those of the first

  const Stage& combine = stage_named(program, "conv.combine");
  CHECK(combine.tile == 0);
  CHECK(combine.inputs.size() == 2);
  CHECK(combine.interval == 2 * 3);  // two partial sums of five columns, two lanes
  CHECK(combine.latency == 6 + 3);
  CHECK(combine.actions[Component::digital] == 5);

  const Stage& pool = stage_named(program, "pool");
  CHECK(pool.firings == 4);
  CHECK(pool.interval == 10);  // 2 · 2 · 5 elements, two lanes
  CHECK(pool.actions[Component::pool] == 20);
  CHECK(pool.actions[Component::buffer] == 4 * 5 * 3);
  CHECK(stage_named(program, "sink").firings == 4);
}

TEST_CASE("line buffers hold the lines that a window touches") {
  const Program program =
      map_network(small_graph(), small_chip(), {.strategy = "single", .replication = {}, .buffer_slack = 1});
  const Stream& image = program.streams[stage_named(program, "source").output];
  REQUIRE(image.destinations.size() == 2);
  CHECK(image.destinations[0].minimum == 2 * 4 + 3);  // two lines and three pixels
  CHECK(image.destinations[0].capacity == 2 * 4 + 4);
  const Stream& result = program.streams[stage_named(program, "conv.combine").output];
  CHECK(result.destinations[0].minimum == 4 + 2);
}

TEST_CASE("replicas take turns at the pixels") {
  // A budget of 18 arrays: three copies of six.
  const Program program = map_network(small_graph(), small_chip(), {.strategy = "balanced", .replication = {18}});
  CHECK(program.layers[0].replicas == 3);
  CHECK(program.arrays_used == 18);
  const Stage& second = stage_named(program, "conv.r1.t1");
  CHECK(second.inputs[0].period == 3);
  CHECK(second.inputs[0].phase == 1);
  CHECK(second.firings == 5);  // pixels 1, 4, 7, 10, 13
  CHECK(stage_named(program, "conv.r0.t0").firings == 6);
}

TEST_CASE("the skip of a residual sum holds what the longer way has taken in") {
  Random random(2);
  GraphBuilder graph(Shape{1, 6, 6}, {.bits = 3, .is_signed = false, .scale = 1, .zero_point = 0});
  const int from = graph.conv(random, "a", graph.last(), Window{}, 2);
  graph.sum("sum", graph.conv(random, "b", from, kThree, 2), from);
  models::ArchitectureSpec chip = test::small_architecture();
  chip.tile.output_slots = 1;
  const Program program = map_network(graph.finish(), chip, {.strategy = "single", .replication = {}});
  const Stage& a = stage_named(program, "a.combine");
  // The first window of b needs a line and two pixels. With one slot in `b` and one in its combine stage, and room
  // for a token between each, four results of b can be on their way before the sum takes the first: none is needed.
  for (const Destination& d : program.streams[a.output].destinations) {
    const Stage& stage = program.stages[d.stage];
    if (stage.kind == StageKind::add) CHECK(d.minimum == 6 + 2);
    if (stage.kind == StageKind::mvm) CHECK(d.minimum == 2 * 6 + 3);
  }
}

TEST_CASE("nodes that the result does not need are left out") {
  Random random(3);
  GraphBuilder graph(Shape{1, 4, 4});
  const int conv = graph.conv(random, "conv", graph.last(), kThree, 2);
  graph.dequantize("nowhere", conv);
  workloads::QuantizedGraph built = graph.finish();
  built.output = conv;
  const Program program = map_network(built, test::small_architecture(), {});
  for (const Stage& stage : program.stages) CHECK(stage.name != "nowhere");
}

TEST_CASE("an image that is also read in float comes as floats") {
  Random random(4);
  GraphBuilder graph(Shape{2, 4, 4}, {.bits = 3, .is_signed = false, .scale = 1, .zero_point = 0});
  const int conv = graph.conv(random, "conv", graph.last(), Window{}, 2);
  const int relu = graph.real("relu", 0, workloads::Relu{}, Shape{2, 4, 4});
  graph.sum("sum", conv, graph.quantize("again", relu, {.bits = 3, .is_signed = false, .scale = 1, .zero_point = 0}));
  const Program program =
      map_network(graph.finish(), test::small_architecture(), {.strategy = "single", .replication = {}});
  CHECK(program.streams[stage_named(program, "source").output].token_bits == 2 * 32);
  CHECK(stage_named(program, "input.quantize").tile == 0);
}

}  // namespace

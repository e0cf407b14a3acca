// SPDX-License-Identifier: Apache-2.0
// Laws of the fabrics: what a shared medium gives to each, multicast, and that the mesh always drains.
#include <catch2/catch.hpp>

#include "sim/token/fabric.hpp"
#include "tests/support/random_traffic.hpp"
#include "tests/support/traces.hpp"

namespace {

using namespace ohmic;
using test::ProgramBuilder;
using test::Trace;

constexpr std::int64_t kTokens = 24;

/// `flows` producers in the tiles `from` send long tokens to consumers in tile `to`; everything else is short.
struct Contention {
  models::ArchitectureSpec chip;
  std::vector<int> from;
  int to = 0;
  int bits = 8;
  std::vector<mapping::MessageClass> classes;

  [[nodiscard]] test::TimedDesign design() const {
    ProgramBuilder builder(chip);
    const int in = builder.source(kTokens);
    const int split = builder.stage("split", kTokens);
    const int join = builder.stage("join", kTokens, {.tile = to});
    builder.connect(in, split, kTokens, {}, 1);
    for (std::size_t i = 0; i < from.size(); ++i) {
      const int producer = builder.stage("p" + std::string(1, static_cast<char>('0' + i)), kTokens, {.tile = from[i]});
      const int consumer = builder.stage("c" + std::string(1, static_cast<char>('0' + i)), kTokens, {.tile = to});
      builder.connect(split, producer, kTokens, {}, 1);
      builder.connect(producer, consumer, kTokens, {}, bits);
      builder.connect(consumer, join, kTokens, {}, 1);
      if (!classes.empty()) builder.stream_of(producer).message_class = classes[i];
    }
    const int out = builder.sink(kTokens);
    builder.connect(join, out, kTokens, {}, 1);
    test::TimedDesign design;
    design.chip = chip;
    design.chip.tile.output_slots = 8;
    design.chip.global_buffer.latency_cycles = 1;
    design.program = builder.program();
    return design;
  }
};

double interval(const test::TimedDesign& design) {
  const sim::TimingResult result = sim::simulate_bare(design.program, design.chip, design.simulation);
  REQUIRE(result.period_images > 0);
  return result.interval_cycles();
}

}  // namespace

TEST_CASE("every fabric of an architecture has its time", "[laws]") {
  CHECK(Registry<sim::Fabric>::instance().names() == Registry<models::Topology>::instance().names());
}

TEST_CASE("a bus that is busy every cycle sets the interval", "[laws]") {
  for (const Cycle idle : {0, 1, 3}) {
    for (const int flits : {1, 4, 9}) {
      INFO("idle " << idle << ", flits " << flits);
      Contention c{test::chip("bus", 2, 2), {0, 0, 1}, 3, flits, {}};
      c.chip.fabric.part->link_bits = 1;
      dynamic_cast<models::Bus&>(*c.chip.fabric.part).grant_cycles = idle;
      // Short: input, split to tile 1, result. The consumers' tokens stay in their tile.
      const Cycle bound = kTokens * (3 * (1 + idle) + 3 * (flits + idle));
      CHECK(interval(c.design()) == static_cast<double>(bound));
    }
  }
}

TEST_CASE("the bus takes waiting flows in turn", "[laws]") {
  Contention c{test::chip("bus", 2, 1), {0, 0, 0}, 1, 12, {}};
  c.chip.fabric.part->link_bits = 1;
  test::TimedDesign design = c.design();
  std::vector<std::pair<Cycle, int>> grants;
  (void)sim::simulate_bare(design.program, design.chip, design.simulation, [&](const sim::Hop& hop) {
    const std::string& name = design.program.streams[static_cast<std::size_t>(hop.stream)].name;
    if (name[0] == 'p') grants.emplace_back(hop.sent, hop.stream);
  });
  std::sort(grants.begin(), grants.end());
  for (std::size_t i = 3; i < grants.size(); ++i) CHECK(grants[i].second == grants[i - 3].second);
}

TEST_CASE("two flows over one link of a mesh get half of it each", "[laws]") {
  using mapping::MessageClass;
  constexpr int kFlits = 8;
  const auto run = [](std::vector<int> from, std::vector<MessageClass> classes) {
    Contention c{test::chip("mesh", 3, 1), std::move(from), 2, kFlits, std::move(classes)};
    c.chip.fabric.part->link_bits = 1;
    return interval(c.design());
  };
  CHECK(run({0}, {MessageClass::partial_sum}) == kTokens * kFlits);
  CHECK(run({1}, {MessageClass::partial_sum}) == kTokens * kFlits);
  CHECK(run({0, 1}, {MessageClass::partial_sum, MessageClass::partial_sum}) == kTokens * 2 * kFlits);
  CHECK(run({0, 1}, {MessageClass::partial_sum, MessageClass::activation}) == kTokens * 2 * kFlits);
}

TEST_CASE("a multicast at rest reaches each destination as a message of its own would", "[laws]") {
  for (const int flits : {1, 3, 8, 20}) {
    INFO("flits " << flits);
    models::ArchitectureSpec chip = test::chip("mesh", 4, 4);
    chip.fabric.part->link_bits = 1;
    ProgramBuilder builder(chip);
    const int in = builder.source(1);
    const int from = builder.stage("from", 1, {.tile = 5});
    const int join = builder.stage("join", 1);
    builder.connect(in, from, 1, {}, 1);
    std::vector<int> tiles;
    for (int tile = 0; tile < chip.num_tiles(); ++tile) {
      if (tile != 5) tiles.push_back(tile);
    }
    for (const int tile : tiles) {
      const int to = builder.stage("t" + std::to_string(tile), 1, {.tile = tile});
      builder.connect(from, to, 1, {}, flits);
      builder.connect(to, join, 1, {}, 1);
    }
    const int out = builder.sink(1);
    builder.connect(join, out, 1, {}, 1);
    const auto t = test::traces_of(test::design_of(chip, builder.program()));
    for (std::size_t i = 0; i < tiles.size(); ++i) {
      const int tile = tiles[i];
      const Trace& trace = t[1 + i];
      const Cycle distance = std::abs(tile % 4 - 5 % 4) + std::abs(tile / 4 - 5 / 4);
      REQUIRE(trace.arrived.size() == 1);
      CHECK(trace.arrived[0] == trace.sent[0] + distance + 2 + flits - 1);
    }
  }
}

TEST_CASE("random traffic between all tiles always drains", "[laws]") {
  std::int64_t flits = 0;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    INFO("seed " << seed);
    const test::TimedDesign design = test::random_traffic(seed);
    const sim::TimingResult result = sim::simulate_bare(design.program, design.chip, design.simulation);
    REQUIRE(result.images == design.simulation.images);
    for (const sim::StreamTiming& stream : result.streams) flits += stream.flit_hops;
  }
  CHECK(flits > 1000000);
}

TEST_CASE("twice the interval of the bottleneck is twice the interval of the chip", "[laws]") {
  for (const std::string fabric : {"point_to_point", "bus", "mesh"}) {
    const auto run = [&fabric](Cycle bottleneck) {
      models::ArchitectureSpec chip = test::chip(fabric, 3, 1);
      chip.tile.output_slots = 4;
      ProgramBuilder builder(chip);
      const int in = builder.source(10);
      const int a = builder.stage("a", 10, {.tile = 0, .interval = 7, .latency = 9});
      const int b = builder.stage("b", 10, {.tile = 1, .interval = bottleneck, .latency = bottleneck + 3});
      const int out = builder.sink(10);
      builder.connect(in, a, 8);
      builder.connect(a, b, 8);
      builder.connect(b, out, 8);
      test::TimedDesign design = test::design_of(chip, builder.program(), 2);
      design.simulation.max_images = 64;
      return interval(design);
    };
    INFO(fabric);
    // Where it is the bound: 10 firings; below a's interval it is not.
    CHECK(run(20) == 200);
    CHECK(run(40) == 2 * run(20));
    CHECK(run(7) == 70);
    CHECK(run(3) == 70);
  }
}

// SPDX-License-Identifier: Apache-2.0
// Each latency of docs/timing.md alone: what waits for it is still blocked at N − 1 and goes at N, N written as a sum
// of the named latencies. A token's `sent` is the cycle in which its first beat leaves.
#include <catch2/catch.hpp>

#include "tests/support/traces.hpp"

namespace {

using namespace ohmic;
using test::ProgramBuilder;
using test::Trace;

/// Hop times of source → a → b → sink, all in the first tile but for source and sink.
struct Chain {
  models::ArchitectureSpec chip = test::chip();
  std::int64_t tokens = 6;
  test::StageOptions source, a, b, sink;
  int room_a = 64, room_b = 64, room_sink = 64;
  int bits = 8;

  [[nodiscard]] std::vector<Trace> run() const { return test::traces_of(test::design_of(chip, program())); }
  /// Cycles of one image that a resource needs for itself.
  [[nodiscard]] Cycle load(const std::string& resource) const {
    const test::TimedDesign design = test::design_of(chip, program());
    for (const sim::ResourceLoad& l :
         sim::simulate_bare(design.program, design.chip, design.simulation, [](const sim::Hop&) {}).loads) {
      if (l.resource == resource) return l.cycles;
    }
    FAIL("no load of " << resource);
    return 0;
  }
  [[nodiscard]] mapping::Program program() const {
    ProgramBuilder builder(chip);
    const int in = builder.source(tokens, source);
    const int first = builder.stage("a", tokens, a);
    const int second = builder.stage("b", tokens, b);
    const int out = builder.sink(tokens, sink);
    builder.connect(in, first, room_a, {}, bits);
    builder.connect(first, second, room_b, {}, bits);
    builder.connect(second, out, room_sink, {}, bits);
    return builder.program();
  }
  /// One global buffer access, from its start.
  [[nodiscard]] Cycle access() const { return sim::access_cycles(chip.global_buffer, ceil_div(bits, 8)); }
};

constexpr Cycle kRegister = 1;  // what is written in one cycle is usable in the next

}  // namespace

TEST_CASE("cycle 0 is the first input beat and the first token leaves after the access and the source's latency",
          "[timing]") {
  Chain chain;
  chain.chip.global_buffer.latency_cycles = 7;
  chain.chip.global_buffer.width_bits = 8;
  chain.bits = 32;
  chain.source.latency = 5;
  const Cycle beats = 4;
  CHECK(chain.run()[0].sent[0] == beats + chain.source.latency);
}

TEST_CASE("accesses to the global buffer take their turns", "[timing]") {
  Chain chain;
  chain.chip.global_buffer.latency_cycles = 7;
  const Trace t = chain.run()[0];
  CHECK(t.sent[1] == t.sent[0] + chain.access());
}

TEST_CASE("a stage starts in the cycle after the last beat of its input, its result leaves a latency later",
          "[timing]") {
  Chain chain;
  chain.a.latency = 9;
  const auto t = chain.run();
  CHECK(t[1].sent[0] == t[0].arrived[0] + kRegister + chain.a.latency);
}

TEST_CASE("a stage starts an interval after its last start", "[timing]") {
  Chain chain;
  chain.chip.tile.output_slots = 8;
  chain.a.interval = 11;
  const auto t = chain.run();
  for (std::size_t k = 1; k < 6; ++k) CHECK(t[1].sent[k] == t[1].sent[0] + static_cast<Cycle>(k) * chain.a.interval);
}

TEST_CASE("a token within a tile takes a cycle per beat, and the wire as long", "[timing]") {
  Chain chain;
  chain.bits = 100;
  chain.chip.tile.bus_bits = 16;
  chain.chip.tile.output_slots = 4;
  chain.a.latency = 30;  // both results wait: the second for the wire
  chain.chip.global_buffer.width_bits = 1024;
  const Cycle beats = 7;
  const auto t = chain.run();
  CHECK(t[1].arrived[0] == t[1].sent[0] + beats - 1);
  CHECK(t[1].sent[1] == t[1].sent[0] + beats);
}

TEST_CASE("a slot returns when the last beat of its token has left, for a start in the next cycle", "[timing]") {
  for (const int slots : {1, 2, 3}) {
    INFO("slots " << slots);
    Chain chain;
    chain.chip.tile.output_slots = slots;
    chain.a.latency = 20;
    const auto t = chain.run();
    const auto k = static_cast<std::size_t>(slots);
    CHECK(t[1].sent[k] == t[1].sent[0] + kRegister + chain.a.latency);
  }
}

TEST_CASE("room in a buffer is known to the sender in the cycle after the start that frees it", "[timing]") {
  Chain chain;
  chain.room_b = 1;
  chain.b.interval = 10;
  chain.chip.tile.output_slots = 4;
  const auto t = chain.run();
  // b starts with token k at arrived + register, and a waits for nothing but that.
  CHECK(t[1].sent[1] == t[1].arrived[0] + kRegister + kRegister);
  CHECK(t[1].sent[2] == t[1].sent[1] + 10);
}

TEST_CASE("credits of a point-to-point link take its length back", "[timing]") {
  Chain chain;
  chain.chip = test::chip("point_to_point", 4, 1);
  chain.chip.fabric.part->hop_cycles = 3;
  chain.b.tile = 2;
  chain.room_b = 1;
  const Cycle way = 2 * 3;
  const auto t = chain.run();
  CHECK(t[1].arrived[0] == t[1].sent[0] + way);
  CHECK(t[1].sent[1] == t[1].arrived[0] + kRegister + kRegister + way);
}

TEST_CASE("loads are the cycles from one token to the next where nothing else is in the way", "[timing]") {
  Chain buffer;  // one place, far away
  buffer.chip = test::chip("point_to_point", 4, 1);
  buffer.chip.fabric.part->hop_cycles = 3;
  buffer.b.tile = 2;
  buffer.room_b = 1;
  const auto between = [](const Chain& chain) {
    const auto t = chain.run();
    return chain.tokens * (t[1].sent[2] - t[1].sent[1]);
  };
  CHECK(buffer.load("buffer of b for a") == between(buffer));

  Chain slots;
  slots.chip.tile.output_slots = 1;
  slots.a.latency = 20;
  CHECK(slots.load("output slots of a") == between(slots));

  Chain stage;
  stage.chip.tile.output_slots = 8;
  stage.a.interval = 11;
  CHECK(stage.load("stage a") == between(stage));

  Chain wires;
  wires.bits = 100;
  wires.chip.tile.bus_bits = 16;
  wires.chip.tile.output_slots = 4;
  wires.chip.global_buffer.width_bits = 1024;
  CHECK(wires.load("wires of stream a") == between(wires));
}

TEST_CASE("a point-to-point token takes hops, then a cycle per further flit, and its link a cycle per flit",
          "[timing]") {
  Chain chain;
  chain.chip = test::chip("point_to_point", 4, 2);
  chain.chip.fabric.part->hop_cycles = 2;
  chain.chip.fabric.part->link_bits = 10;
  chain.bits = 45;
  chain.b.tile = 7;
  const Cycle hops = 4, flits = 5;
  const auto t = chain.run();
  CHECK(t[1].arrived[0] == t[1].sent[0] + hops * 2 + flits - 1);
  CHECK(t[1].sent[1] - t[1].sent[0] >= flits);
}

TEST_CASE("a bus token leaves two cycles after its offer and arrives a hop after its last flit", "[timing]") {
  Chain chain;
  chain.chip = test::chip("bus", 2, 1);
  chain.chip.fabric.part->hop_cycles = 3;
  chain.chip.fabric.part->link_bits = 2;
  chain.b.tile = 1;
  chain.tokens = 1;
  const Cycle flits = 4, offer_seen = 1, grant = 1;
  const auto t = chain.run();
  const Cycle offered = t[0].arrived[0] + kRegister + chain.a.latency;
  CHECK(t[1].sent[0] == offered + offer_seen + grant);
  CHECK(t[1].arrived[0] == t[1].sent[0] + flits - 1 + 3);
}

TEST_CASE("a mesh token at rest takes one hop into, between and out of routers, then a cycle per further flit",
          "[timing]") {
  for (const int to : {1, 2, 3, 5, 11}) {
    INFO("tile " << to);
    Chain chain;
    chain.chip = test::chip("mesh", 4, 3);
    chain.chip.fabric.part->hop_cycles = 2;
    chain.chip.fabric.part->link_bits = 3;
    chain.b.tile = to;
    chain.tokens = 1;
    const Cycle distance = to % 4 + to / 4, flits = 3, offer_seen = 1;
    const auto t = chain.run();
    CHECK(t[1].sent[0] == t[0].arrived[0] + kRegister + chain.a.latency + offer_seen);
    CHECK(t[1].arrived[0] == t[1].sent[0] + (distance + 2) * 2 + flits - 1);
  }
}

TEST_CASE("a local destination of a bus token is served on the tile's own wires", "[timing]") {
  models::ArchitectureSpec chip = test::chip("bus", 2, 1);
  ProgramBuilder builder(chip);
  const int in = builder.source(1);
  const int a = builder.stage("a", 1, {.latency = 4});
  const int near = builder.stage("near", 1);
  const int far = builder.stage("far", 1, {.tile = 1});
  const int out = builder.sink(1);
  builder.connect(in, a, 4);
  builder.connect(a, near, 4);
  builder.connect(a, far, 4);
  builder.connect(near, out, 4);
  builder.connect(far, out, 4);
  const auto t = test::traces_of(test::design_of(chip, builder.program()));
  const Cycle offered = t[0].arrived[0] + kRegister + 4;
  CHECK(t[1].sent[0] == offered);
  CHECK(t[1].arrived[0] == offered);
  CHECK(t[2].sent[0] == offered + 2);
}

TEST_CASE("the result is there when the last beat of the sink's write has passed", "[timing]") {
  Chain chain;
  chain.tokens = 1;
  chain.chip.global_buffer.latency_cycles = 6;
  chain.sink.latency = 3;
  ProgramBuilder builder(chain.chip);
  const int in = builder.source(1);
  const int out = builder.sink(1, chain.sink);
  builder.connect(in, out, 1);
  const test::TimedDesign design = test::design_of(chain.chip, builder.program());
  const Trace t = test::traces_of(design)[0];
  const sim::TimingResult result = sim::simulate_bare(design.program, design.chip, design.simulation);
  CHECK(result.latency_cycles == t.arrived[0] + kRegister + 3 + chain.access() - 1);
}

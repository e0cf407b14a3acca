// SPDX-License-Identifier: Apache-2.0
// Laws of time that hold for every design: conservation, bounds, accounts that add up, periods that repeat, no
// dependence on the order of events within a cycle.
#include <catch2/catch.hpp>

#include "sim/token/token_run.hpp"
#include "tests/support/timed_design.hpp"
#include "tests/support/traces.hpp"

namespace {

using namespace ohmic;
using models::Component;

const std::vector<std::string> kFabrics{"point_to_point", "bus", "mesh"};

template <class Law>
void for_random_designs(int designs, Law&& law) {
  int done = 0;
  for (int seed = 1; seed <= designs; ++seed) {
    const std::string& fabric = kFabrics[static_cast<std::size_t>(seed) % kFabrics.size()];
    INFO("fabric " << fabric << ", seed " << seed);
    const test::TimedDesign design = test::TimedDesignGenerator(static_cast<std::uint64_t>(seed), fabric).make();
    try {
      const sim::TimingResult result = sim::simulate_bare(design.program, design.chip, design.simulation);
      law(design, result);
      ++done;
    } catch (const sim::Deadlock&) {
    }
  }
  CHECK(done > designs / 2);
}

}  // namespace

TEST_CASE("every destination receives each token of every image, once", "[laws]") {
  for_random_designs(600, [](const test::TimedDesign& design, const sim::TimingResult& result) {
    std::int64_t hops = 0;
    for (std::size_t i = 0; i < result.streams.size(); ++i) {
      const mapping::Stream& stream = design.program.streams[i];
      REQUIRE(result.streams[i].sent == stream.tokens * result.images);
      REQUIRE(result.streams[i].received.size() == stream.destinations.size());
      for (const std::int64_t received : result.streams[i].received) {
        REQUIRE(received == stream.tokens * result.images);
        hops += received;
      }
    }
    REQUIRE(result.token_hops == hops);
    REQUIRE(static_cast<int>(result.result_cycles.size()) == result.images);
    REQUIRE(result.images >= design.simulation.images);
    REQUIRE(std::is_sorted(result.result_cycles.begin(), result.result_cycles.end()));
    REQUIRE(result.latency_cycles == result.result_cycles.front());
  });
}

TEST_CASE("the cycles of a stage add up", "[laws]") {
  for_random_designs(600, [](const test::TimedDesign& design, const sim::TimingResult& result) {
    for (std::size_t i = 0; i < result.stages.size(); ++i) {
      const sim::StageTiming& s = result.stages[i];
      const mapping::Stage& stage = design.program.stages[i];
      REQUIRE(s.busy + s.stalled_input + s.stalled_output + s.stalled_network == s.last_end - s.first_start);
      REQUIRE(s.busy >= stage.firings * stage.interval * result.images);
      REQUIRE(std::min({s.stalled_input, s.stalled_output, s.stalled_network}) >= 0);
      REQUIRE(s.first_output >= s.first_start + stage.latency);
    }
  });
}

TEST_CASE("the interval is at least what every stage, wire and memory needs for itself", "[laws]") {
  for_random_designs(600, [](const test::TimedDesign& design, const sim::TimingResult& result) {
    if (result.period_images == 0) return;
    const auto at_least = [&](Cycle per_image) { REQUIRE(result.period_cycles >= result.period_images * per_image); };
    Cycle memory = 0;
    Cycle bus = 0;
    for (const mapping::Stage& stage : design.program.stages) at_least(stage.firings * stage.interval);
    for (const mapping::Stream& stream : design.program.streams) {
      const int source = design.program.stages[static_cast<std::size_t>(stream.source)].tile;
      const Cycle beats = ceil_div(stream.token_bits, design.chip.tile.bus_bits);
      const Cycle flits = ceil_div(stream.token_bits, design.chip.fabric->link_bits);
      const Cycle bytes = ceil_div(stream.token_bits, 8);
      const Cycle access =
          design.chip.global_buffer.latency_cycles + ceil_div(bytes * 8, design.chip.global_buffer.width_bits);
      bool remote = false;
      for (const mapping::Destination& d : stream.destinations) {
        const mapping::Stage& to = design.program.stages[static_cast<std::size_t>(d.stage)];
        at_least(stream.tokens * (to.tile == source ? beats : flits));
        remote = remote || to.tile != source;
        if (to.kind == mapping::StageKind::sink) memory += stream.tokens * access;
      }
      if (design.program.stages[static_cast<std::size_t>(stream.source)].kind == mapping::StageKind::source) {
        memory += stream.tokens * access;
      }
      if (const auto* medium = dynamic_cast<const models::Bus*>(design.chip.fabric.part.get()); remote && medium) {
        bus += stream.tokens * (flits + medium->grant_cycles);
      }
    }
    at_least(memory);
    at_least(bus);
    const Cycle most = std::max(memory, bus);
    REQUIRE(result.loads.front().cycles >= most);
    for (const sim::ResourceLoad& load : result.loads) {
      INFO(load.resource);
      at_least(load.cycles);
    }
  });
}

TEST_CASE("what moves is counted as often as shapes say", "[laws]") {
  for_random_designs(400, [](const test::TimedDesign& design, const sim::TimingResult& result) {
    models::ActionCounts expected;
    for (std::size_t i = 0; i < result.streams.size(); ++i) {
      const mapping::Stream& stream = design.program.streams[i];
      const mapping::Stage& source = design.program.stages[static_cast<std::size_t>(stream.source)];
      const std::int64_t bits = stream.tokens * stream.token_bits;
      if (source.kind == mapping::StageKind::source) expected[Component::global_buffer] += bits;
      for (const mapping::Destination& d : stream.destinations) {
        const mapping::Stage& to = design.program.stages[static_cast<std::size_t>(d.stage)];
        expected[Component::buffer] += bits;
        if (to.tile == source.tile) expected[Component::tile_bus] += bits;
        if (to.kind == mapping::StageKind::sink) expected[Component::global_buffer] += bits;
      }
      expected[Component::router] += result.streams[i].flit_hops / result.images * design.chip.fabric->link_bits;
    }
    expected[Component::chip_link] = expected[Component::global_buffer];
    REQUIRE(result.fabric_actions == expected);
  });
}

TEST_CASE("the order of events within a cycle does not matter", "[laws]") {
  for_random_designs(300, [](const test::TimedDesign& design, const sim::TimingResult& /*result*/) {
    REQUIRE(test::hops_of(design, false) == test::hops_of(design, true));
  });
}

TEST_CASE("a period, once proved, goes on", "[laws]") {
  int periods = 0;
  for_random_designs(400, [&periods](test::TimedDesign design, const sim::TimingResult& first) {
    if (first.period_images == 0) return;
    design.simulation.images = first.images + 3 * first.period_images;
    design.simulation.max_images = design.simulation.images;
    const sim::TimingResult longer = sim::simulate_bare(design.program, design.chip, design.simulation);
    REQUIRE(longer.period_images == first.period_images);
    REQUIRE(longer.period_cycles == first.period_cycles);
    const auto p = static_cast<std::size_t>(first.period_images);
    // While the sources still begin images; the last ones find the chip emptier.
    for (std::size_t i = static_cast<std::size_t>(first.images); i + p < longer.result_cycles.size(); ++i) {
      const bool emptying = longer.result_cycles[i + p] > longer.stages.front().last_end;
      if (emptying) break;
      REQUIRE(longer.result_cycles[i + p] - longer.result_cycles[i] == first.period_cycles);
    }
    ++periods;
  });
  CHECK(periods > 50);
}

TEST_CASE("images in flight are limited", "[laws]") {
  for_random_designs(300, [](test::TimedDesign design, const sim::TimingResult& /*free*/) {
    design.simulation.images_in_flight = 1;
    const sim::TimingResult result = sim::simulate_bare(design.program, design.chip, design.simulation);
    const std::vector<test::Trace> traces = test::traces_of(design);
    const std::int64_t tokens = design.program.streams.front().tokens;
    for (std::size_t i = 0; i + 1 < result.result_cycles.size(); ++i) {
      const auto first_of_next = static_cast<std::size_t>(tokens) * (i + 1);
      REQUIRE(traces.front().sent.at(first_of_next) > result.result_cycles[i]);
    }
    if (result.period_images > 0) REQUIRE(result.period_images == 1);
  });
}

TEST_CASE("without arbitration more room never makes a token later", "[laws]") {
  int compared = 0;
  for (int seed = 1; seed <= 400; ++seed) {
    INFO("seed " << seed);
    test::TimedDesignGenerator generator(static_cast<std::uint64_t>(seed), "point_to_point");
    test::TimedDesign design = generator.make();
    design.simulation.images_in_flight = 0;
    std::vector<test::Trace> before;
    try {
      before = test::traces_of(design, test::Memory::ported);
    } catch (const sim::Deadlock&) {
      continue;
    }
    for (mapping::Stream& stream : design.program.streams) {
      for (mapping::Destination& d : stream.destinations) d.capacity += generator.upto(3);
    }
    const std::vector<test::Trace> after = test::traces_of(design, test::Memory::ported);
    for (std::size_t i = 0; i < before.size(); ++i) {
      const std::size_t common = std::min(before[i].arrived.size(), after[i].arrived.size());
      for (std::size_t k = 0; k < common; ++k) REQUIRE(after[i].arrived[k] <= before[i].arrived[k]);
      compared += static_cast<int>(common);
    }
  }
  CHECK(compared > 10000);
}

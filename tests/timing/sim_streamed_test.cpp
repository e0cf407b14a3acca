// SPDX-License-Identifier: Apache-2.0
// A streamed layer on the token level, its cycles written out as sums of the named parts.
#include <catch2/catch.hpp>

#include "sim/timing.hpp"
#include "tests/support/streamed_designs.hpp"

namespace {

using namespace ohmic;

/// 4 inputs → 8 outputs of 8 bits on one tile with lanes of 4 × 4, links and buses of 32 bits.
struct Chain {
  models::ArchitectureSpec chip = test::streaming_chip(4, 4);
  sim::TimingResult result;

  Chain() {
    chip.tiles = {1, 1};
    chip.tile.bus_bits = 32;
    chip.fabric = test::part<models::Topology>("point_to_point");
    chip.fabric.part->link_bits = 32;
    chip.global_buffer.width_bits = 32;
    chip.global_buffer.latency_cycles = 2;
  }
  void run(int images_in_flight = 0) {
    sim::SimulationSpec simulation;
    simulation.images_in_flight = images_in_flight;
    test::Random random(1);
    test::GraphBuilder graph(workloads::Shape{4, 1, 1}, {.bits = 8, .is_signed = true, .scale = 0.125});
    graph.conv(random, "fc", graph.last(), {}, 8, 8);
    result = sim::simulate_bare(mapping::map_network(graph.finish(), chip, test::streamed("fc")), chip, simulation);
  }
};

TEST_CASE("latency and interval of one layer of 4 inputs and 8 outputs", "[timing]") {
  Chain chain;
  chain.run(1);
  const auto& lanes = *chain.chip.tile.multiply_lanes;
  const Cycle words = 1 * 2;
  const Cycle latency =
      words + lanes.multiply_cycles + lanes.accumulate_cycles + chain.chip.tile.digital.latency_cycles;
  const Cycle hop = chain.chip.fabric->hop_cycles;
  const Cycle source_beats = 1;  // 32 bits from the global buffer
  const Cycle source_latency = 1;
  const Cycle result_flits = 2;
  const Cycle access = chain.chip.global_buffer.latency_cycles + 2;  // two beats of 32 bits
  const Cycle sink_latency = 1;
  // Cycle 0 is the first beat out of the global buffer.
  const Cycle sent = source_beats + source_latency;
  const Cycle started = sent + hop + 1;
  const Cycle stored = started + latency + hop + result_flits - 1 + 1 + sink_latency + access - 1;
  CHECK(chain.result.latency_cycles == stored);
  CHECK(chain.result.stages.at(1).first_output == started + latency);
}

TEST_CASE("words of the next vector follow without a gap where nothing else is slower", "[timing]") {
  Chain chain;
  chain.chip.global_buffer.width_bits = 1024;
  chain.chip.global_buffer.latency_cycles = 1;
  chain.chip.tile.output_slots = 16;
  chain.chip.tile.multiply_lanes->inputs = 1;  // 4 · 2 words
  chain.run();
  CHECK(chain.result.interval_cycles() == 8);
  CHECK(chain.result.loads.front().cycles == 8);
}

}  // namespace

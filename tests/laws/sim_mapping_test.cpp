// SPDX-License-Identifier: Apache-2.0
// Buffers sized without time hold in time: no random mapping deadlocks on any fabric, it runs with the minimum in every
// buffer, and one token less in any of them stops it.
#include <catch2/catch.hpp>

#include "sim/timing.hpp"
#include "tests/support/random_networks.hpp"

namespace {

using namespace ohmic;
using mapping::Destination;
using mapping::Program;
using mapping::Stream;
using test::Random;
using test::RandomDesign;

constexpr int kSeeds = 800;

bool completes(const RandomDesign& design, const Program& program) {
  sim::SimulationSpec spec;
  spec.images = 2;
  spec.max_images = 2;
  try {
    (void)sim::simulate_bare(program, design.architecture, spec);
  } catch (const sim::Deadlock&) {
    return false;
  }
  return true;
}

Program with_minima(Program program) {
  for (Stream& stream : program.streams) {
    for (Destination& d : stream.destinations) d.capacity = d.minimum;
  }
  return program;
}

TEST_CASE("no random mapping deadlocks") {
  int mapped = 0;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    const std::optional<RandomDesign> design = test::random_design(seed);
    if (!design) continue;
    ++mapped;
    REQUIRE(completes(*design, design->program));
  }
  CHECK(mapped > kSeeds / 3);
}

TEST_CASE("a chip runs with the minimum in every buffer and deadlocks with one token less in any") {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    INFO("seed " << seed);
    const std::optional<RandomDesign> design = test::random_design(seed);
    if (!design) continue;
    Random random(seed);
    Program program = with_minima(design->program);
    REQUIRE(completes(*design, program));
    for (int attempt = 0; attempt < 4; ++attempt) {
      Stream& stream = program.streams[random.between(0, static_cast<int>(program.streams.size()) - 1)];
      Destination& d = stream.destinations[random.between(0, static_cast<int>(stream.destinations.size()) - 1)];
      // A buffer of no tokens is no hardware.
      if (d.minimum == 1) continue;
      INFO("stream " << stream.name << " to " << program.stages[d.stage].name);
      --d.capacity;
      REQUIRE_FALSE(completes(*design, program));
      ++d.capacity;
    }
  }
}

}  // namespace

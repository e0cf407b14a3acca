// SPDX-License-Identifier: Apache-2.0
// The event engine against the executable specification: every hop, every stage's cycles, every image, on random
// designs, deadlocks included.
#include <catch2/catch.hpp>
#include <set>

#include "tests/ladder/sim_reference_model.hpp"
#include "tests/support/random_traffic.hpp"
#include "tests/support/timed_design.hpp"

namespace {

using namespace ohmic;

struct Tally {
  int done = 0, deadlocked = 0, periods = 0;
  std::int64_t hops = 0;
};

std::string text(const sim::Hop& h) {
  return "stream " + std::to_string(h.stream) + " to " + std::to_string(h.destination) + " token " +
         std::to_string(h.token) + ": " + std::to_string(h.sent) + " -> " + std::to_string(h.arrived);
}
bool same(const sim::Hop& a, const sim::Hop& b) {
  return text(a) == text(b);
}

/// Of the hops that only one side has, the first to leave: where the two went apart.
void require_equal_hops(const std::vector<sim::Hop>& engine, const std::vector<sim::Hop>& reference) {
  std::set<std::string> known;
  for (const sim::Hop& hop : reference) known.insert(text(hop));
  const sim::Hop* first = nullptr;
  for (const sim::Hop& hop : engine) {
    if (known.count(text(hop)) == 0 && (first == nullptr || hop.sent < first->sent)) first = &hop;
  }
  for (const sim::Hop& hop : reference) {
    if (first != nullptr && hop.stream == first->stream && hop.destination == first->destination &&
        hop.token == first->token) {
      FAIL("engine " << text(*first) << ", specification " << hop.sent << " -> " << hop.arrived);
    }
  }
  REQUIRE(engine.size() == reference.size());
  REQUIRE(std::equal(engine.begin(), engine.end(), reference.begin(), same));  // the order too
}

void require_equal_stages(const sim::TimingResult& engine, const test::ReferenceResult& reference) {
  for (std::size_t i = 0; i < engine.stages.size(); ++i) {
    INFO("stage " << i);
    const sim::StageTiming& a = engine.stages[i];
    const sim::StageTiming& b = reference.stages[i];
    REQUIRE(a.first_start == b.first_start);
    REQUIRE(a.first_output == b.first_output);
    REQUIRE(a.last_end == b.last_end);
    REQUIRE(a.busy == b.busy);
    REQUIRE(a.stalled_input == b.stalled_input);
    REQUIRE(a.stalled_output == b.stalled_output);
    REQUIRE(a.stalled_network == b.stalled_network);
  }
}

void compare(const test::TimedDesign& design, Tally& tally) {
  std::vector<sim::Hop> hops;
  sim::TimingResult result;
  bool deadlock = false;
  try {
    result = sim::simulate_bare(design.program, design.chip, design.simulation,
                                [&hops](const sim::Hop& hop) { hops.push_back(hop); });
  } catch (const sim::Deadlock&) {
    deadlock = true;
  }
  const bool endless = !design.simulation.stalls.any();
  const int images = !deadlock ? result.images : endless ? design.simulation.max_images : design.simulation.images;
  const sim::SimulationSpec& spec = design.simulation;
  test::ReferenceModel model(design.program, design.chip, images, spec.images_in_flight, spec.stalls);
  const test::ReferenceResult reference = model.run();
  REQUIRE(deadlock == reference.deadlock);
  ++(deadlock ? tally.deadlocked : tally.done);
  if (deadlock) return;
  require_equal_hops(hops, reference.hops);
  require_equal_stages(result, reference);
  REQUIRE(result.result_cycles == reference.result_cycles);
  for (std::size_t i = 0; i < result.streams.size(); ++i) {
    REQUIRE(result.streams[i].flit_hops == reference.flit_hops[i]);
  }
  tally.hops += result.token_hops;
  tally.periods += result.period_images > 0 ? 1 : 0;
}

void compare_many(const std::string& fabric, int designs) {
  Tally tally;
  for (int seed = 1; seed <= designs; ++seed) {
    INFO("fabric " << fabric << ", seed " << seed);
    compare(test::TimedDesignGenerator(static_cast<std::uint64_t>(seed), fabric).make(), tally);
  }
  std::printf("%s: %d designs equal in %lld hops, %d deadlocks, %d periods\n", fabric.c_str(), tally.done,
              static_cast<long long>(tally.hops), tally.deadlocked, tally.periods);
  CHECK(tally.done > designs / 2);
  CHECK(tally.deadlocked > designs / 50);
  CHECK(tally.periods > designs / 10);
}

}  // namespace

TEST_CASE("engine equals the cycle loop: point to point", "[ladder]") {
  compare_many("point_to_point", 2000);
}
TEST_CASE("engine equals the cycle loop: mesh", "[ladder]") {
  compare_many("mesh", 1500);
}
TEST_CASE("engine equals the cycle loop: heavy traffic on a mesh", "[ladder]") {
  Tally tally;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    compare(test::random_traffic(seed), tally);
  }
  CHECK(tally.done == 200);
}
TEST_CASE("engine equals the cycle loop: bus", "[ladder]") {
  compare_many("bus", 2000);
}

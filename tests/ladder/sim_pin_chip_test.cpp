// SPDX-License-Identifier: Apache-2.0
// Whole chips of random networks at pin level: every hop in the cycles of the token level, every token of a node what
// the executor gives.
#include <catch2/catch.hpp>

#include "tests/support/chip_difference.hpp"
#include "tests/support/in_child.hpp"

using namespace ohmic;

namespace {
constexpr int kImages = 2;
}

TEST_CASE("whole chips at pin level equal token level and executor", "[ladder]") {
  int designs = 0;
  for (std::uint64_t seed = 1; designs < 200; ++seed) {
    const auto compute = seed % 4 == 1 ? models::Domain::digital : models::Domain::analog;
    const auto design = test::pin_design(seed, models::RangePolicy::lossless, compute);
    if (!design) continue;
    ++designs;
    INFO("seed " << seed << ", fabric " << design->architecture.fabric.kind);
    test::TimedDesign timed;
    timed.chip = design->architecture;
    timed.program = design->hardware.program;
    timed.simulation.images = timed.simulation.max_images = kImages;
    if (seed % 3 == 0) timed.simulation.stalls = {seed, 40, 60};
    const workloads::ReferenceBackend reference(design->graph);
    const std::vector<workloads::NodeValue> nodes =
        workloads::execute(design->graph, reference, design->images, design->normalize, 0, kImages, true);
    REQUIRE(test::in_child([&] { return test::chip_difference(*design, timed, nodes); }) == "");
  }
}

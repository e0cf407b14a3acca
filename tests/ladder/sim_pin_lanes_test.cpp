// SPDX-License-Identifier: Apache-2.0
// Chips with streamed layers and leaky rectifiers at pin level: every hop in the cycles of the token level, every token
// what the executor gives, over several images, so that the registers that draw slopes run on.
#include <catch2/catch.hpp>

#include "tests/support/chip_difference.hpp"
#include "tests/support/in_child.hpp"
#include "tests/support/lanes_design.hpp"

using namespace ohmic;

TEST_CASE("whole chips with streamed layers equal token level and executor", "[ladder]") {
  constexpr int kImages = 4;
  int designs = 0, randomized = 0;
  for (std::uint64_t seed = 1; designs < 200; ++seed) {
    const auto design = test::lanes_design(seed, kImages);
    if (!design) continue;
    ++designs;
    for (const workloads::QuantizedNode& node : design->graph.nodes) {
      const workloads::Leaky* leaky = workloads::leaky_of(node.operation);
      randomized += leaky != nullptr && leaky->randomized ? 1 : 0;
    }
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
  CHECK(randomized > 50);
}

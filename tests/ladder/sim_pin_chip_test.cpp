// SPDX-License-Identifier: Apache-2.0
// Whole chips of random networks at pin level, some with streamed layers and leaky rectifiers: every hop in the cycles
// of the token level, every token of a node what the executor gives, over several images, so that the registers that
// draw slopes run on.
#include <catch2/catch.hpp>

#include "tests/support/chip_difference.hpp"
#include "tests/support/design_files.hpp"
#include "tests/support/in_child.hpp"
#include "tests/support/lanes_design.hpp"

using namespace ohmic;

namespace {

std::string difference(const test::PinDesign& design) {
  test::TimedDesign timed;
  timed.chip = design.architecture;
  timed.program = design.hardware.program;
  timed.simulation = design.simulation;
  const workloads::ReferenceBackend reference(design.graph);
  const std::vector<workloads::NodeValue> nodes =
      workloads::execute(design.graph, reference, design.images, design.normalize, 0, design.simulation.images, true);
  return test::in_child([&] { return test::chip_difference(design, timed, nodes); });
}

using Draw = std::function<std::optional<test::PinDesign>(std::uint64_t seed, test::Tape&)>;

/// Calls seen(design) for each of `usual` designs, ten times as many when it is to be slow, that are equal.
template <class Seen>
void compare_chips(const std::string& name, int usual, const Draw& draw, const Seen& seen) {
  int left = test::ladder_size(usual);
  for (std::uint64_t seed = 1; left > 0; ++seed) {
    test::LadderCase<test::PinDesign> c;
    std::optional<test::PinDesign> last;
    c.name = fmt::format("{}_seed{}", name, seed);
    c.draw = [&](test::Tape& tape) { return last = draw(seed, tape); };
    c.difference = difference;
    c.write = [](const test::PinDesign& design, const std::filesystem::path& folder) {
      return test::write_chip_design(design, folder, "pin");
    };
    constexpr double kShrinkSeconds = 60;
    const std::optional<std::string> wrong = test::climb(c, kShrinkSeconds);
    if (!wrong) continue;
    INFO(*wrong);
    REQUIRE(wrong->empty());
    seen(*last);
    --left;
  }
}

}  // namespace

TEST_CASE("whole chips at pin level equal token level and executor", "[ladder]") {
  const auto draw = [](std::uint64_t seed, test::Tape& tape) {
    const auto compute = seed % 4 == 1 ? models::Domain::digital : models::Domain::analog;
    return test::pin_design(seed, models::RangePolicy::lossless, &tape, compute);
  };
  compare_chips("pin_chip", 200, draw, [](const test::PinDesign&) {});
}

TEST_CASE("whole chips with streamed layers equal token level and executor", "[ladder]") {
  constexpr int kImages = 4;
  int randomized = 0;
  const auto draw = [](std::uint64_t seed, test::Tape& tape) { return test::lanes_design(seed, kImages, &tape); };
  compare_chips("pin_streamed", 200, draw, [&](const test::PinDesign& design) {
    for (const workloads::QuantizedNode& node : design.graph.nodes) {
      const workloads::Leaky* leaky = workloads::leaky_of(node.operation);
      randomized += leaky != nullptr && leaky->randomized ? 1 : 0;
    }
  });
  CHECK(randomized > 50);
}

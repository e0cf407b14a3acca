// SPDX-License-Identifier: Apache-2.0
// The shrinker: on conditions whose smallest case is known, and on designs whose pin level has a fault planted.
#include <catch2/catch.hpp>
#include <numeric>

#include "tests/support/chip_difference.hpp"
#include "tests/support/design_files.hpp"
#include "tests/support/in_child.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;

template <class Fails>
test::Choices smallest(const test::Choices& failing, const Fails& fails) {
  test::Shrinker shrinker(
      failing, [&](const test::Choices& c) { return fails(c) ? std::optional(c) : std::nullopt; }, 1e6);
  return shrinker.shrink();
}

/// Hops of the pin level in which every stage named *.r1 takes a cycle longer than its program says.
std::string slow_second_replica(const test::SeededDesign& design) {
  return test::in_child([&]() -> std::string {
    test::TimedDesign slow = design.timed;
    for (mapping::Stage& stage : slow.program.stages) stage.latency += stage.name.ends_with(".r1") ? 1 : 0;
    const test::TokenTranscript token = test::token_transcript(design.timed);
    std::string wrong;
    std::size_t next = 0;
    sim::pin::PinOptions options;
    options.quiet_cycles = 600;
    options.hops = [&](const sim::Hop& hop, const sim::pin::Bits& /*data*/) {
      const bool same = next < token.hops.size() && token.hops[next].arrived == hop.arrived;
      if (!same && wrong.empty()) wrong = test::describe(hop);
      ++next;
    };
    (void)sim::pin::simulate_pin(slow.program, slow.chip, slow.simulation, test::random_images(slow, 1), options);
    return wrong;
  });
}

/// The pin level of chips that pool has one register more in its digital units.
std::string slow_pools(const test::PinDesign& design) {
  const auto& nodes = design.graph.nodes;
  const bool pools = std::any_of(nodes.begin(), nodes.end(), [](const workloads::QuantizedNode& node) {
    return std::holds_alternative<workloads::QuantizedPool>(node.operation);
  });
  test::PinDesign built = design;
  built.architecture.tile.digital.latency_cycles += pools ? 1 : 0;
  test::TimedDesign timed{design.architecture, design.hardware.program, design.simulation};
  const workloads::ReferenceBackend reference(design.graph);
  const std::vector<workloads::NodeValue> values =
      workloads::execute(design.graph, reference, design.images, design.normalize, 0, design.simulation.images, true);
  return test::in_child([&] { return test::chip_difference(built, timed, values); });
}

/// What climb says of the first seed that fails.
template <class Design, class Draw, class Difference, class Write>
std::string first_failure(const Draw& draw, const Difference& difference, const Write& write) {
  for (std::uint64_t seed = 1; seed < 500; ++seed) {
    const test::LadderCase<Design> c{fmt::format("planted_seed{}", seed),
                                     [&](test::Tape& tape) { return draw(seed, tape); }, difference, write};
    const std::optional<std::string> told = test::climb(c, 1e5);
    if (told && !told->empty()) return *told;
  }
  return "no seed failed";
}

}  // namespace

TEST_CASE("shrinking finds the smallest case that fails", "[ladder]") {
  const test::Choices many{7, 0, 3, 9, 4, 100, 2, 2, 55, 1, 0, 8};
  CHECK(smallest(many, [](const auto& c) { return c.size() > 4; }) == test::Choices(5, 0));
  CHECK(smallest(many, [](const auto& c) {
          return std::any_of(c.begin(), c.end(), [](std::uint64_t x) { return x >= 42; });
        }) == test::Choices{42});
  CHECK(smallest(many, [](const auto& c) { return std::accumulate(c.begin(), c.end(), 0ULL) >= 105; }).size() == 2);
  CHECK(smallest(many, [](const auto& c) { return c.size() > 2 && c[1] + 2 < c[0]; }) == test::Choices{3, 0, 0});
  int calls = 0;
  test::Shrinker none(
      many, [&](const test::Choices& c) { return ++calls, std::optional(c); }, 0);
  CHECK(none.shrink() == many);
  CHECK(calls == 0);
}

TEST_CASE("a tape gives the design of its seed again, and an empty one the simplest", "[ladder]") {
  test::Tape tape;
  const test::TimedDesign first = test::TimedDesignGenerator(17, "mesh", &tape).make();
  test::Tape again(tape.made());
  const test::TimedDesign second = test::TimedDesignGenerator(99, "mesh", &again).make();
  CHECK(mapping::save_program(first.program) == mapping::save_program(second.program));
  CHECK(mapping::save_program(first.program) ==
        mapping::save_program(test::TimedDesignGenerator(17, "mesh").make().program));
  test::Tape empty{test::Choices{}};
  const test::TimedDesign simplest = test::TimedDesignGenerator(17, "mesh", &empty).make();
  CHECK(simplest.program.stages.size() == 3);
  CHECK(simplest.simulation.images == 1);
  CHECK_FALSE(simplest.simulation.stalls.any());
  // A whole chip: weights are of the seed, not of the tape.
  for (std::uint64_t seed = 1; seed < 40; ++seed) {
    test::Tape chip;
    const auto design = test::pin_design(seed, models::RangePolicy::lossless, &chip);
    if (!design) continue;
    test::Tape replay(chip.made());
    const auto twin = test::pin_design(seed, models::RangePolicy::lossless, &replay);
    REQUIRE(twin);
    CHECK(workloads::save_quantized_graph(design->graph) == workloads::save_quantized_graph(twin->graph));
    CHECK(mapping::save_program(design->hardware.program) == mapping::save_program(twin->hardware.program));
    CHECK(design->images.images == twin->images.images);
  }
}

TEST_CASE("a bare program with a fault is shrunk to the stage that has it, and its YAML shows it again", "[ladder]") {
  const test::TemporaryFolder folder;
  ::setenv("OHMIC_FAILED_DESIGNS", folder.path().c_str(), 1);
  std::filesystem::path file;
  const std::string told = first_failure<test::SeededDesign>(
      [](std::uint64_t seed, test::Tape& tape) {
        return std::optional(test::SeededDesign{seed, test::TimedDesignGenerator(seed, "bus", &tape).make()});
      },
      slow_second_replica,
      [&](const test::SeededDesign& design, const std::filesystem::path& place) {
        file = place / "design.yaml";
        return test::write_timed_design(design, place);
      });
  INFO(told);
  CHECK_THAT(told, Catch::Contains("shown again by: OHMIC_DESIGN=" + file.string()));
  const test::SeededDesign small = test::read_timed_design(file.string());
  CHECK(small.timed.program.stages.size() == 5);  // source, two replicas, what merges them, sink
  CHECK(small.timed.simulation.images == 1);
  CHECK_FALSE(small.timed.simulation.stalls.any());
  CHECK(small.timed.chip.num_tiles() == 1);
  CHECK(slow_second_replica(small) != "");
}

TEST_CASE("a whole chip with a fault is shrunk to the network that shows it", "[ladder]") {
  const test::TemporaryFolder folder;
  ::setenv("OHMIC_FAILED_DESIGNS", folder.path().c_str(), 1);
  test::PinDesign small;
  const std::string told = first_failure<test::PinDesign>(
      [](std::uint64_t seed, test::Tape& tape) { return test::pin_design(seed, models::RangePolicy::lossless, &tape); },
      slow_pools,
      [&](const test::PinDesign& design, const std::filesystem::path& place) {
        small = design;
        return test::write_chip_design(design, place, "pin");
      });
  INFO(told);
  CHECK_THAT(told, Catch::Contains("--level pin --images 1"));
  CHECK(small.graph.nodes.size() <= 5);  // image, its integers, a layer, the pool; the sum where it is in a shortcut
  CHECK(small.graph.nodes[0].shape.pixels() == 9);
  CHECK(small.simulation.images == 1);
  CHECK(small.architecture.fabric.kind == "point_to_point");
  CHECK(small.architecture.array.rows == 4);
}

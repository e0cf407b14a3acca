// SPDX-License-Identifier: Apache-2.0
// When cores of the pin level start and when their results are there: against sums of named parts, and against what
// the Program says of every stage of random designs.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "sim/pin/make_core.hpp"
#include "tests/support/core_rules.hpp"
#include "tests/support/in_child.hpp"

namespace {

using namespace ohmic;
using test::CoreBench;

/// One layer of 24 rows and 6 columns on arrays of 12 rows and 12 columns: 3 row groups of 4, 2 bits a weight in 2
/// slices, 3 input steps, two row blocks and one column block in one tile.
test::PinDesign small_tile() {
  test::Random random(1);
  test::PinDesign design;
  test::GraphBuilder graph({24, 1, 1}, {.bits = 3, .is_signed = false, .scale = 1, .zero_point = 0});
  workloads::Window pointwise;
  graph.conv(random, "layer", graph.last(), pointwise, 6, 3);
  design.graph = graph.finish();
  design.architecture = test::small_architecture();
  models::ArraySpec& array = design.architecture.array;
  array.rows = 12;
  array.columns = 12;
  array.parallel_rows = 4;
  array.read.time = Duration(3e-9);
  array.read.settle = Duration(2e-9);
  array.shift_add_cycles = 4;
  array.adc.part->columns_per_adc = 6;
  array.adc.part->rate = Frequency(750'000'000);
  array.adc.part->range = models::RangePolicy::lossless;
  design.architecture.tile.output_slots = 3;
  const mapping::Program program = mapping::map_network(design.graph, design.architecture, {});
  design.layers = mapping::encode_layers(design.graph, array);
  design.ranges = values::choose_ranges(design.graph, design.layers, array, {}, {}, 1);
  design.hardware = mapping::build_hardware(program, design.graph, design.layers, design.architecture, design.ranges);
  return design;
}

int stage_of_kind(const mapping::Program& program, mapping::StageKind kind) {
  for (std::size_t s = 0; s < program.stages.size(); ++s) {
    if (program.stages[s].kind == kind) return static_cast<int>(s);
  }
  return -1;
}

struct Alone {
  std::vector<Cycle> started, there;
  std::string wrong;
};
/// The first stage of a kind alone, always fed.
Alone alone(const test::PinDesign& design, mapping::StageKind kind, const sim::pin::TileOptions& options,
            int output_stall, Cycle cycles) {
  const int stage = stage_of_kind(design.hardware.program, kind);
  test::BenchClock clock;
  const auto core = sim::pin::make_core("core", design.hardware, stage, design.architecture, options);
  CoreBench bench("bench", *core, clock.signal, test::random_operands(design.hardware, stage, 1000, 1),
                  {0, output_stall, 1});
  clock.run(cycles);
  Alone result{bench.started, {}, bench.wrong};
  for (const CoreBench::Result& r : bench.results) result.there.push_back(r.there);
  return result;
}

constexpr Cycle kRead = 3 + 2;             // time and settling at 1 GHz
constexpr Cycle kConvert = 8;              // 6 conversions at 3/4 of the clock
constexpr Cycle kAdd = 4;                  // shift_add_cycles
constexpr Cycle kGroups = 3 * 3;           // row groups · input steps
constexpr Cycle kBlocks = 1;               // registers of the tree over two row blocks
constexpr Cycle kLanes = 1, kDigital = 2;  // 6 columns on 8 lanes; digital.latency_cycles

std::string starts_and_results(const Alone& seen, Cycle interval, Cycle latency) {
  if (seen.started.size() < 5 || seen.there.size() < 5) return "too few firings";
  if (seen.started[4] - seen.started[3] != interval)
    return fmt::format("interval {}", seen.started[4] - seen.started[3]);
  if (seen.there[0] - seen.started[0] != latency) return fmt::format("latency {}", seen.there[0] - seen.started[0]);
  return seen.wrong;
}

}  // namespace

TEST_CASE("a tile's result is there after the sum of its parts, not a cycle before", "[timing]") {
  test::PinDesign design = small_tile();
  CHECK(test::in_child([&] {
          const Cycle step = std::max({kRead, kConvert, kAdd});
          return starts_and_results(alone(design, mapping::StageKind::mvm, {}, 0, 600), kGroups * step,
                                    (kGroups - 1) * step + kRead + kConvert + kAdd + kBlocks);
        }) == "");
}

TEST_CASE("with one sample-and-hold bank the units take turns", "[timing]") {
  test::PinDesign design = small_tile();
  design.architecture.array.sample_hold.banks = 1;
  CHECK(test::in_child([&] {
          const Cycle step = kRead + kConvert + kAdd;
          return starts_and_results(alone(design, mapping::StageKind::mvm, {}, 0, 1200), kGroups * step,
                                    kGroups * step + kBlocks);
        }) == "");
}

TEST_CASE("a digital tile adds what it has read, with nothing in between", "[timing]") {
  const test::PinDesign design = small_tile();
  CHECK(test::in_child([&] {
          const Cycle step = std::max(kRead, kAdd);
          return starts_and_results(
              alone(design, mapping::StageKind::mvm, {.kind = sim::pin::TileKind::digital}, 0, 600), kGroups * step,
              (kGroups - 1) * step + kRead + kAdd + kBlocks);
        }) == "");
}

TEST_CASE("a combine stage takes the cycles of its lanes and its registers", "[timing]") {
  const test::PinDesign design = small_tile();
  CHECK(test::in_child([&] {
          return starts_and_results(alone(design, mapping::StageKind::combine, {}, 0, 100), kLanes, kLanes + kDigital);
        }) == "");
}

TEST_CASE("no firing starts when all slots are held", "[timing]") {
  const test::PinDesign design = small_tile();
  for (const auto kind : {mapping::StageKind::mvm, mapping::StageKind::combine}) {
    CHECK(test::in_child([&] {
            const Alone seen = alone(design, kind, {}, 100, 2000);
            return seen.started.size() == 3 && seen.there.size() == 3 ? seen.wrong : "not as many as slots";
          }) == "");
  }
}

TEST_CASE("every stage of random designs has the interval and latency of the Program", "[timing]") {
  int designs = 0;
  for (std::uint64_t seed = 1; designs < 300; ++seed) {
    INFO("seed " << seed);
    const auto compute = seed % 4 == 1 ? models::Domain::digital : models::Domain::analog;
    const auto design = test::pin_design(seed, models::RangePolicy::lossless, nullptr, compute);
    if (!design) continue;
    ++designs;
    REQUIRE(test::in_child([&] { return test::all_stages_keep_time(*design, seed); }) == "");
  }
}

// SPDX-License-Identifier: Apache-2.0
// Streamed layers are exact whatever the arrays beside them do.
#include <catch2/catch.hpp>

#include "tests/support/random_network.hpp"
#include "tests/support/streamed_designs.hpp"
#include "tests/support/values_cases.hpp"
#include "values/evaluate.hpp"

namespace {

using namespace ohmic;

TEST_CASE("streamed layers compute the integer reference on any chip, layers on arrays do not") {
  models::ArchitectureSpec chip = test::streaming_chip();
  chip.array.cell.device = test::device("{kind: rram_generic, programming_error: 0.1}");
  chip.array.adc.part->bits = 3;
  chip.array.adc.part->range = models::RangePolicy::max;
  REQUIRE(values::is_random(chip.array));
  workloads::QuantizedGraph graph = test::two_layers(5);
  for (const int node : graph.matrix_nodes()) {
    std::get<workloads::QuantizedConv>(graph.nodes[node].operation).requant.scale = {0.1F};  // results of all sizes
  }
  test::Random random(7);
  const workloads::Dataset data = test::random_images(random, graph.nodes[0].shape, 6);
  const workloads::Normalize normalize{{128}, {64}};
  const workloads::ReferenceBackend reference(graph);
  const auto expected = workloads::execute(graph, reference, data, normalize, 0, 6, true);
  const auto computed = [&](const std::string& pattern) {
    const auto layers = mapping::encode_layers(graph, chip.array, test::streamed(pattern));
    const auto ranges = values::choose_ranges(graph, layers, chip.array, {}, normalize, 1);
    REQUIRE(ranges.size() == 2);
    const values::ArrayBackend backend(graph, layers, chip.array, ranges, {1, 0});
    const auto all = workloads::execute(graph, backend, data, normalize, 0, 6, true);
    const std::vector<values::LayerStatistics> counted = backend.statistics();
    for (std::size_t l = 0; l < 2; ++l) REQUIRE((counted[l].conversions == 0) == layers[l].is_streamed);
    return std::pair{all[2].integers == expected[2].integers, all[3].integers == expected[3].integers};
  };
  CHECK(computed(".*") == std::pair{true, true});
  CHECK(computed("conv") == std::pair{true, false});
  CHECK(computed("fc").first == false);
}

TEST_CASE("a network that streams all of its layers needs no trials and no calibration images") {
  models::ArchitectureSpec chip = test::streaming_chip();
  chip.array.cell.device = test::device("{kind: rram_generic, programming_error: 0.1}");
  chip.array.adc.part->range = models::RangePolicy::calibrated;
  const workloads::QuantizedGraph graph = test::two_layers(5);
  test::Random random(7);
  const workloads::Dataset data = test::random_images(random, graph.nodes[0].shape, 6);
  const auto layers = mapping::encode_layers(graph, chip.array, test::streamed(".*"));
  const auto ranges = values::choose_ranges(graph, layers, chip.array, {}, {}, 1);
  const values::Evaluation result = values::evaluate(graph, layers, chip.array, ranges, data, {}, {.trials = 3}, 1);
  CHECK_FALSE(result.random);
  CHECK(result.scores.trials.size() == 3);
}

}  // namespace

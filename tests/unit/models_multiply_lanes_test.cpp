// SPDX-License-Identifier: Apache-2.0
// Multipliers and weight memories: how many there are, how fast, and what that makes of the nameplate.
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "tests/support/streamed_designs.hpp"

namespace {

using namespace ohmic;
using models::Component;

models::CostSpec picojoule() {
  models::CostSpec cost;
  cost.energy = Energy(1000000);
  cost.area = Area(100000000);
  return cost;
}

TEST_CASE("instances and rates of lanes follow from the tile section") {
  models::ArchitectureSpec chip = test::streaming_chip(4, 3);  // 16 tiles at 1 GHz
  chip.nameplate.weight_bits = 6;
  chip.costs.entries[Component::multiplier] = picojoule();
  chip.costs.entries[Component::weight_memory] = picojoule();
  const models::PriceTable prices = models::price_table(chip);
  CHECK(prices.at(Component::multiplier).instances == 16 * 12);
  CHECK(prices.at(Component::multiplier).peak_rate.value() == 1000000000);
  CHECK(prices.at(Component::weight_memory).instances == 16);
  CHECK(prices.at(Component::weight_memory).peak_rate.value() == 12 * 6 * std::int64_t{1000000000});
  const models::Nameplate with = models::nameplate(chip);
  // 1 pJ · 1 GHz = 1 mW for each of 192 multipliers.
  CHECK(with.power_by_component.at(Component::multiplier).value() == 192 * std::int64_t{1000000000});
  CHECK(with.area_by_component.at(Component::multiplier).value() == 192 * std::int64_t{100000000});
  chip.costs.entries.clear();
  chip.tile.multiply_lanes.reset();
  CHECK(with.peak_tops - models::nameplate(chip).peak_tops == Approx(2 * 192 * 1e9 * 1e-12));
}

TEST_CASE("a price for multipliers without lanes is an error that says what is missing") {
  models::ArchitectureSpec chip = test::small_architecture();
  chip.costs.entries[Component::multiplier] = picojoule();
  try {
    (void)models::price_table(chip);
    FAIL("no error");
  } catch (const RuleError& error) {
    CHECK(error.path() == "architecture.costs.multiplier");
    CHECK(std::string(error.what()) ==
          "needs 'per' (array, core, tile or chip): neither the array section nor multiply_lanes imply how many there "
          "are");
  }
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// Steps of several pulses at the nameplate: an array and its drivers work once a pulse, sample-and-holds once a step.
#include <catch2/catch.hpp>

#include "models/costs.hpp"
#include "tests/support/designs.hpp"

namespace {

using namespace ohmic;
using models::Component;

TEST_CASE("arrays and drivers spend a pulse's energy at every pulse") {
  for (const auto& [shape, pulses] :
       {std::pair(models::InputShape::amplitude, 1), std::pair(models::InputShape::width, 7),
        std::pair(models::InputShape::count, 7)}) {
    models::ArchitectureSpec chip = test::small_architecture();
    chip.array.inputs.dac_bits = 3;
    chip.array.inputs.shape = shape;
    for (const Component component : {Component::array, Component::dac, Component::sample_hold}) {
      chip.costs.entries[component].energy = Energy(1000000);  // 1 pJ
    }
    const double steps_per_second =
        1e9 / static_cast<double>(models::array_timing(chip.array, chip.clock, 32, 32, 3, 8).step);
    const models::Nameplate plate = models::nameplate(chip);
    const auto watt = [&](Component component) {
      return static_cast<double>(plate.power_by_component.at(component).value()) * 1e-12;
    };
    const double each = 1e-12 * steps_per_second * chip.num_arrays();
    CHECK(watt(Component::array) == Approx(each * pulses * 32 * 32 * chip.array.planes()));
    CHECK(watt(Component::dac) == Approx(each * pulses * 32));
    CHECK(watt(Component::sample_hold) == Approx(each * 32));
  }
}

TEST_CASE("planes on row wires of their own have drivers of their own") {
  models::ArchitectureSpec chip = test::small_architecture();
  chip.costs.entries[Component::dac].energy = Energy(1000000);
  const auto drivers = [&] { return models::nameplate(chip).power_by_component.at(Component::dac).value(); };
  const std::int64_t shared = drivers();
  chip.array.wires.emplace().topology = models::WireTopology::separate;
  CHECK(drivers() == shared * chip.array.planes());
  REQUIRE(chip.array.planes() == 2);
  chip.array.wires->topology = models::WireTopology::interleaved;
  CHECK(drivers() == shared);
}

TEST_CASE("a read takes the rows of one group: a nameplate of fewer rows at once spends less in arrays and drivers") {
  models::ArchitectureSpec chip = test::small_architecture();
  for (const Component component : {Component::array, Component::dac}) {
    chip.costs.entries[component].energy = Energy(1000000);  // 1 pJ
  }
  const models::Nameplate all = models::nameplate(chip);
  const Cycle all_step = models::array_timing(chip.array, chip.clock, 32, 32, 8, 8).step;
  for (const int parallel : {16, 8, 12}) {  // the last makes groups of 12, 12 and 8
    chip.array.parallel_rows = parallel;
    const models::Nameplate some = models::nameplate(chip);
    const int groups = (32 + parallel - 1) / parallel;
    const Cycle step = models::array_timing(chip.array, chip.clock, 32, 32, 8, 8).step;
    const double share = static_cast<double>(all_step) / static_cast<double>(step) / groups;
    CAPTURE(parallel);
    for (const Component component : {Component::array, Component::dac}) {
      const auto power = [&](const models::Nameplate& plate) {
        return static_cast<double>(plate.power_by_component.at(component).value());
      };
      CHECK(power(some) == Approx(share * power(all)).epsilon(1e-6));
    }
  }
}

}  // namespace

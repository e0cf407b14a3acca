// SPDX-License-Identifier: Apache-2.0
// ISAAC-CE out of the model: Shafiee et al., ISCA 2016, Table I (sums) and Table IV (peak efficiency).
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "models/architecture.hpp"
#include "tests/support/support.hpp"

using namespace ohmic;
using namespace ohmic::models;

namespace {

ArchitectureSpec isaac() {
  ArchitectureSpec spec;
  const ConfigNode root = load_config(test::source_dir() / "configs/architectures/isaac_ce.yaml");
  ConfigReader::read(root, spec);
  validate(spec);
  return spec;
}

const std::initializer_list<Component> kIma{Component::adc,
                                            Component::dac,
                                            Component::sample_hold,
                                            Component::array,
                                            Component::shift_add,
                                            Component::input_register,
                                            Component::output_register};
const std::initializer_list<Component> kTile{Component::buffer,       Component::tile_bus, Component::router,
                                             Component::digital,      Component::adder,    Component::pool,
                                             Component::tile_register};
constexpr double kTiles = 168;

double tile_mw(const Nameplate& plate, std::initializer_list<Component> components) {
  double power = 0;
  for (Component c : components) power += static_cast<double>(plate.power_by_component.at(c).value()) * 1e-9;
  return power / kTiles;
}

double tile_mm2(const Nameplate& plate, std::initializer_list<Component> components) {
  double area = 0;
  for (Component c : components) area += static_cast<double>(plate.area_by_component.at(c).value()) * 1e-12;
  return area / kTiles;
}

}  // namespace

TEST_CASE("ISAAC-CE: power and area of IMAs, tile and chip close as in Table I") {
  const Nameplate plate = nameplate(isaac());
  CHECK(tile_mw(plate, kIma) == Approx(289).epsilon(0.001));
  CHECK(tile_mm2(plate, kIma) == Approx(0.157).epsilon(0.005));
  CHECK(tile_mw(plate, kTile) == Approx(40.9).epsilon(0.002));
  CHECK(tile_mm2(plate, kTile) == Approx(0.215).epsilon(0.001));
  CHECK(static_cast<double>(plate.peak_power.value()) * 1e-12 == Approx(65.8).epsilon(0.001));
  CHECK(static_cast<double>(plate.area.value()) * 1e-12 == Approx(85.4).epsilon(0.001));
}

TEST_CASE("ISAAC-CE: peak of Table IV at 1.28 GS/s") {
  const Nameplate plate = nameplate(isaac());
  const double gops = plate.peak_tops * 1e3;
  CHECK(gops == Approx(16128.0 * 4096 / 1600).epsilon(1e-9));  // 41288: arrays · operations per vector / 1.6 us
  const double gops_per_w = gops / (static_cast<double>(plate.peak_power.value()) * 1e-12);
  const double gops_per_mm2 = gops / (static_cast<double>(plate.area.value()) * 1e-12);
  CHECK(gops_per_w == Approx(627.5).epsilon(0.0005));
  CHECK(gops_per_mm2 == Approx(478.95).epsilon(0.015));  // the paper's own table gives 483.5 (0.9 % off)
}

TEST_CASE("ISAAC-CE: the converters take 58 % of a tile's power and 49 % of the chip's") {
  const Nameplate plate = nameplate(isaac());
  const auto adc = static_cast<double>(plate.power_by_component.at(Component::adc).value());
  const auto chip = static_cast<double>(plate.peak_power.value());
  const auto link = static_cast<double>(plate.power_by_component.at(Component::chip_link).value());
  CHECK(adc / (chip - link) == Approx(0.58).epsilon(0.01));
  CHECK(adc / chip == Approx(0.49).epsilon(0.01));
}

TEST_CASE("the array timing law gives ISAAC's 100 ns pipeline cycle and 16 cycles a vector") {
  const ArchitectureSpec spec = isaac();
  const ArrayTiming timing = array_timing(spec.array, spec.clock, 128, 128, 16, 8);
  CHECK(timing.read == 120);     // 100 ns at 1.2 GHz
  CHECK(timing.convert == 120);  // 128 conversions at 1.28 GS/s
  CHECK(timing.interval == 16 * 120);
}

// SPDX-License-Identifier: Apache-2.0
// Write-and-verify: pulses, cycles and actions against their closed forms and a simulation.
#include <catch2/catch.hpp>
#include <cmath>

#include "models/cell_devices.hpp"
#include "models/writing.hpp"
#include "tests/support/designs.hpp"
#include "tests/support/devices.hpp"

using namespace ohmic;

namespace {

models::ArraySpec verified_array(models::WriteUnit unit) {
  models::ArraySpec array = test::small_architecture().array;
  array.cell.bits = 2;
  array.cell.device = test::device("{kind: rram_generic, programming_error: 0.05, error_scaling: proportional}");
  array.write.unit = unit;
  array.write.pulse = Duration(100e-9);
  array.write.verify_reads = 1;
  array.write.tolerance = 0.02;
  array.write.max_pulses = 8;
  array.read.time = Duration(10e-9);
  array.adc.part->columns_per_adc = 8;
  array.adc.part->rate = Frequency(1000000000);
  return array;
}

/// Of every level of the array above.
std::vector<double> acceptances() {
  std::vector<double> all{1.0};
  for (const double y : {1.0 / 3, 2.0 / 3, 1.0}) all.push_back(std::erf(0.02 / (0.05 * y * std::sqrt(2.0))));
  return all;
}

}  // namespace

TEST_CASE("pulses of one cell: (1 - q^K) / p", "[laws]") {
  for (const double p : {1.0, 0.6827, 0.1, 1e-9}) {
    for (const int most : {1, 2, 7, 100}) {
      double mean = 0;  // Σ k P(k)
      for (int k = 1; k <= most; ++k) {
        mean += k * std::pow(1 - p, k - 1) * (k < most ? p : 1.0);
      }
      CAPTURE(p, most);
      CHECK(models::expected_pulses(p, most) == Approx(mean).epsilon(1e-9));
      CHECK(models::expected_rounds({p}, 1, most) == Approx(mean).epsilon(1e-9));
    }
  }
  CHECK(models::acceptance(0.02, 0.02, 0, 0.5) == Approx(0.682689492));
  CHECK(models::acceptance(0.02, 0, 0, 1) == 1);
  CHECK(models::acceptance(0.02, 0, -0.03, 1) == 0);
  // A cell that is off conducts nothing where its error is negative: near enough.
  CHECK(models::acceptance(0.02, 0.02, 0, 0) == Approx(0.841344746));
  CHECK(models::acceptance(0.01, 0.03, -0.03, 1) == Approx(0.1613).epsilon(1e-3));
}

TEST_CASE("rounds of many cells: the mean of their largest count, simulated", "[laws]") {
  const std::uint64_t seed = 7;
  INFO("seed " << seed);
  test::Random random(seed);
  const std::vector<double> accept{0.9, 0.3, 0.5, 0.05};
  for (const int cells : {1, 4, 60}) {
    for (const int most : {3, 20}) {
      constexpr int kSamples = 20000;
      double sum = 0;
      double squares = 0;
      for (int sample = 0; sample < kSamples; ++sample) {
        int rounds = 0;
        for (int cell = 0; cell < cells; ++cell) {
          const double p = accept[static_cast<std::size_t>(random.between(0, 3))];
          int pulses = 1;
          while (pulses < most && random.between(0, 999999) >= p * 1e6) ++pulses;
          rounds = std::max(rounds, pulses);
        }
        sum += rounds;
        squares += rounds * rounds;
      }
      const double mean = sum / kSamples;
      const double error = std::sqrt((squares / kSamples - mean * mean) / kSamples);
      CAPTURE(cells, most, mean, error);
      CHECK(std::abs(models::expected_rounds(accept, cells, most) - mean) <= 6 * error + 1e-5);
    }
  }
}

TEST_CASE("the same pulses drive cycles and energy, in every unit of writing", "[laws]") {
  const std::vector<double> accept = acceptances();
  const double per_cell = models::expected_rounds(accept, 1, 8);
  const Frequency clock(1000000000);
  const auto cycles = [](double seconds) { return static_cast<Cycle>(std::ceil(seconds * 1e9 - 1e-6)); };
  const auto cell = verified_array(models::WriteUnit::cell);
  CHECK(models::pulses_per_cell(cell) == Approx(per_cell));
  // 32 columns of two planes; a verify read and one conversion after each pulse.
  CHECK(models::row_write_cycles(cell, clock) == cycles(64 * per_cell * (100e-9 + 11e-9)));
  const auto row = verified_array(models::WriteUnit::row);
  // Each plane of the row is read, eight columns share a converter.
  CHECK(models::row_write_cycles(row, clock) == cycles(models::expected_rounds(accept, 64, 8) * (100e-9 + 2 * 18e-9)));
  const auto whole = verified_array(models::WriteUnit::array);
  CHECK(models::row_write_cycles(whole, clock) ==
        cycles(models::expected_rounds(accept, 64 * 32, 8) * (100e-9 / 32 + 2 * 18e-9)));

  const models::ActionCounts actions = models::writing_actions(row, 6400, 100);
  CHECK(actions[models::Component::write] == std::llround(6400 * per_cell));
  CHECK(actions[models::Component::adc] == std::llround(6400 * per_cell));
  CHECK(actions[models::Component::array] == std::llround(6400 * per_cell));
  CHECK(actions[models::Component::dac] == std::llround(100 * 2 * models::expected_rounds(accept, 64, 8)));
}

TEST_CASE("a pair of devices is verified as one cell and written as two", "[laws]") {
  models::ArraySpec array = verified_array(models::WriteUnit::cell);
  array.cell.bits = 1;
  array.cell.device = test::device("{kind: rram_generic, programming_error: 0.05}");
  array.weights.encoding = models::WeightEncoding::xnor;
  // One device on, less one that is off and cannot conduct less than nothing.
  const double shift = -0.05 / std::sqrt(2 * M_PI);
  const double sigma = 0.05 * std::sqrt(1 + 0.5 - 1 / (2 * M_PI));
  const auto below = [&](double error) { return std::erfc((shift - error) / (sigma * M_SQRT2)) / 2; };
  const double pulses = models::expected_pulses(below(0.02) - below(-0.02), 8);
  CHECK(models::pulses_per_cell(array) == Approx(pulses));
  CHECK(models::row_write_cycles(array, Frequency(1000000000)) ==
        static_cast<Cycle>(std::ceil(32 * pulses * (2 * 100 + 11) - 1e-6)));
  const models::ActionCounts actions = models::writing_actions(array, 6400, 100);
  CHECK(actions[models::Component::write] == std::llround(2 * 6400 * pulses));
  CHECK(actions[models::Component::array] == std::llround(2 * 6400 * pulses));
  CHECK(actions[models::Component::adc] == std::llround(6400 * pulses));
  CHECK(actions[models::Component::dac] == std::llround(6400 * pulses));
  CHECK(models::devices_per_slice(array) == 2);
  array.cell.device = test::device("{kind: sram_charge, capacitance: 1 fF, supply: 1 V}");
  CHECK(models::devices_per_slice(array) == 1);
}

TEST_CASE("planes on row wires of their own are driven each", "[laws]") {
  models::ArchitectureSpec architecture = test::small_architecture();
  architecture.array.weights.encoding = models::WeightEncoding::differential;
  CHECK(models::drivers_per_row(architecture.array) == 1);
  architecture.array.wires.emplace();
  CHECK(models::drivers_per_row(architecture.array) == 2);
  architecture.array.wires->topology = models::WireTopology::interleaved;
  CHECK(models::drivers_per_row(architecture.array) == 1);
}

TEST_CASE("without verification: so many pulses, and no more", "[laws]") {
  models::ArraySpec array = test::small_architecture().array;
  array.write.pulse = Duration(1e-6);
  CHECK(models::row_write_cycles(array, Frequency(1000000000)) == 1000);
  CHECK(models::writing_actions(array, 500, 10)[models::Component::write] == 500);
  CHECK(models::writing_actions(array, 500, 10)[models::Component::adc] == 0);
  array.write.pulses = 3;
  CHECK(models::row_write_cycles(array, Frequency(1000000000)) == 3000);
  CHECK(models::writing_actions(array, 500, 10)[models::Component::write] == 1500);
  array.write.unit = models::WriteUnit::cell;
  CHECK(models::row_write_cycles(array, Frequency(1000000000)) == 3000 * 64);
  array.write.unit = models::WriteUnit::array;
  CHECK(models::row_write_cycles(array, Frequency(1000000000)) == 94);  // 3000 cycles over 32 rows
  array.write.pulse = Duration(1e-12);
  CHECK(models::row_write_cycles(array, Frequency(1000000000)) == 1);
}

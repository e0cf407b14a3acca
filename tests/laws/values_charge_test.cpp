// SPDX-License-Identifier: Apache-2.0
// Charge-domain columns against V = Vdd Σ w x C / (Σ C + C_par), and kT/C at the converters.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/moments.hpp"
#include "tests/support/values_cases.hpp"
#include "values/cells.hpp"

using namespace ohmic;
using test::kStandardErrors;
using test::plan_of_one_code;
using test::require_moments;
using values::Chip;
using values::Dispatch;
using values::Path;

namespace {

constexpr std::uint64_t kSeed = 20240609;

std::string capacitors(double mismatch, const std::string& reference) {
  return fmt::format(
      "{{kind: sram_charge, capacitance: 2 fF, mismatch_at_1ff: {}, parasitic_per_cell: 0.3, parasitic_fixed: 2.043 "
      "fF, "
      "supply: 0.9 V, reference: {}}}",
      mismatch, reference);
}

models::ArraySpec charge_array(double mismatch, const std::string& reference, int rows, int parallel_rows) {
  models::ArraySpec array = test::array_of_cells(1, capacitors(mismatch, reference));
  array.rows = rows;
  array.parallel_rows = parallel_rows;
  return array;
}

}  // namespace

TEST_CASE("a column divides charge between its capacitors and parasitics", "[laws]") {
  INFO("seed " << kSeed);
  const models::ArraySpec array = charge_array(0.05, "supply", 256, 64);
  const mapping::WeightPlan plan = plan_of_one_code(150, 3, 1, models::WeightEncoding::offset);
  const auto cells = values::program_cells(plan, array, {kSeed, 4}, 1);
  const PhiloxKey key = stream_key({.seed = kSeed, .purpose = Purpose::capacitor_mismatch, .trial = 4, .layer = 1});
  const double parasitic = 0.3 * 256 * 2 + 2.043;  // fF, of the whole line
  for (int begin = 0; begin < 150; begin += 64) {
    for (int column = 0; column < 3; ++column) {
      std::vector<double> c(64, 2.0);  // rows that the layer does not use have their nominal capacitance
      double total = parasitic;
      for (int i = 0; i < 64; ++i) {
        const int row = begin + i;
        if (row < 150) {
          const auto word = philox({static_cast<std::uint32_t>(row), 0, 0, 0}, key)[static_cast<std::size_t>(column)];
          c[static_cast<std::size_t>(i)] = 2 * (1 + 0.05 / std::sqrt(2.0) * std::ldexp(gaussian(word), -16));
        }
        total += c[static_cast<std::size_t>(i)];
      }
      for (int i = 0; i < 64 && begin + i < 150; ++i) {
        // In units of Vdd / N, the voltage of one level without parasitics.
        const double expected = 64 * c[static_cast<std::size_t>(i)] / total;
        REQUIRE(std::abs(cells[plan.index(0, 0, begin + i, column)] - expected * 1024) <= 0.5 + 1e-6);
      }
    }
  }
}

TEST_CASE("capacitor mismatch: spread as said, gone where the reference is scaled and all cells are on", "[laws]") {
  INFO("seed " << kSeed);
  const models::ArraySpec array = charge_array(0.02, "scaled", 128, 128);
  const mapping::WeightPlan plan = plan_of_one_code(128, 400, 1, models::WeightEncoding::offset);
  const auto cells = values::program_cells(plan, array, {kSeed, 0}, 1);
  const double sigma = 0.02 / std::sqrt(2.0);
  // d(C_i / (ΣC + C_par)): the column's sum takes back a little of what the cell has more.
  const double share = 1 / (128 * 1.3 + 2.043 / 2);
  const double variance = sigma * sigma * ((1 - share) * (1 - share) + 127 * share * share);
  require_moments(cells, 1024, 1024 * 1024 * variance, 0.6);
  const auto off = values::program_cells(plan_of_one_code(128, 4, 0, models::WeightEncoding::offset), array, {}, 1);
  CHECK(std::all_of(off.begin(), off.end(), [](auto g) { return g == 0; }));
  // The mean gain of a column that is not corrected.
  const auto raw = values::program_cells(plan, charge_array(0, "supply", 128, 128), {kSeed, 0}, 1);
  CHECK(raw[0] == std::lround(1024 * 256 / (256 * 1.3 + 2.043)));
}

TEST_CASE("kT/C reaches every conversion, driven or not", "[laws]") {
  INFO("seed " << kSeed);
  for (const auto polarity : {models::Domain::analog, models::Domain::digital}) {
    test::ValuesCase one;
    one.array = charge_array(0, "scaled", 16, 16);
    one.array.cell.temperature.kelvin = 300;
    // A small supply makes a large noise of it: σ in levels is σ_V (N C + C_par) / (Vdd C).
    one.array.cell.device = test::device(
        "{kind: sram_charge, capacitance: 0.02 fF, parasitic_per_cell: 0.3, supply: 0.05 V, reference: scaled}");
    one.array.accumulate = {models::Domain::digital, models::Domain::digital, polarity};
    one.array.adc.part->bits = 16;
    one.input.bits = 1;
    one.images = 3000;
    test::Random random(kSeed);
    one.fill(random, 16, 8, 2);
    std::fill(one.x.begin(), one.x.end(), 0);
    one.ranges = {{{-32768 * values::kLevel / 256, values::kLevel / 256}}};
    const auto acc = test::compute(one, Path::per_cell, Dispatch::automatic, {kSeed, 0}).acc;
    const double total = 16 * 0.02e-15 * 1.3;
    const double volts = std::sqrt(1.380649e-23 * 300 / total);
    const double sigma = volts / (0.05 * 0.02e-15 / total);
    double squares = 0;
    for (const mapping::WeightSlice& slice : one.layers[0].weights.slices) {
      squares += static_cast<double>(slice.weight * slice.weight);
    }
    // Both columns of a differential pair are sampled, together or one after the other; results are whole levels.
    require_moments(acc, 0, 2 * squares * sigma * sigma + 1.0 / 12, 0.02 * sigma);
    CHECK(sigma > 1);
  }
}

TEST_CASE("kT/C counts in digits: full supply is the largest one", "[laws]") {
  const auto variance = [](int dac_bits) {
    test::ValuesCase one;
    one.array = charge_array(0, "scaled", 16, 16);
    one.array.inputs.dac_bits = dac_bits;
    one.input.bits = 4;
    test::Random random(1);
    one.fill(random, 16, 4, 2);
    const values::ReadNoise noise = values::read_noise(one.layers[0], one.array);
    return std::ldexp(noise.column_variance, 2 * noise.exponent);
  };
  CHECK(variance(1) > 0);
  CHECK(variance(2) == Approx(9 * variance(1)));
  CHECK(variance(4) == Approx(225 * variance(1)));
}

TEST_CASE("constant noise of conversions adds to what cells scatter, whichever comes first", "[laws]") {
  models::ArraySpec array = test::array_of_cells(2, "{kind: rram_generic, read_noise: 0.02}");
  test::ValuesCase one;
  one.array = array;
  one.input.bits = 1;
  test::Random random(1);
  one.fill(random, 4, 4, 4);
  values::ReadNoise noise = values::read_noise(one.layers[0], array);
  CHECK(noise.enabled);
  CHECK(noise.column_variance == 0);
  noise.add_column_variance(3.0 * 1024 * 1024);
  CHECK(std::ldexp(noise.column_variance, 2 * noise.exponent) == 3.0 * 1024 * 1024);
  values::ReadNoise silent = values::read_noise(one.layers[0], array, values::Causes::none());
  CHECK_FALSE(silent.enabled);
  silent.add_column_variance(5.0);
  CHECK(silent.enabled);
  CHECK(silent.column_variance == 5.0);
}

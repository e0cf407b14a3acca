// SPDX-License-Identifier: Apache-2.0
// Cells as they are drawn: mean, variance and dependence against closed forms, clipping and folding included. Bounds
// are six standard errors of the sample.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "models/cell_devices.hpp"
#include "models/writing.hpp"
#include "tests/support/moments.hpp"
#include "values/cell_levels.hpp"
#include "values/cells.hpp"

using namespace ohmic;
using test::array_of_cells;
using test::clamped;
using test::kStandardErrors;
using test::Moments;
using test::plan_of_one_code;
using test::probability;
using test::require_moments;
using values::Cause;
using values::Causes;
using values::Chip;

namespace {

constexpr std::uint64_t kSeed = 20240607;
constexpr double kDay = 86400;
constexpr auto kOffset = models::WeightEncoding::offset;

Chip chip_at(double seconds, std::uint32_t trial = 0) {
  Chip chip{kSeed, trial};
  chip.conditions.time_since_write = Duration(seconds);
  return chip;
}

double unit_of(int cell_bits) {
  return std::ldexp(1.0, values::conductance_fraction_bits(cell_bits));
}

/// E e^(−kL) of a folded normal exponent k = |N(mean, std)|.
double folded_exponential(double mean, double std, double l) {
  return std::exp(l * l * std * std / 2) * (std::exp(-l * mean) * probability(mean / std - std * l) +
                                            std::exp(l * mean) * probability(-mean / std - std * l));
}

/// Mean and variance of a product of independent variables from their first and second moments.
struct Product {
  double first = 1;
  double second = 1;
  void times(double mean, double mean_of_square) {
    first *= mean;
    second *= mean_of_square;
  }
  void times(const Moments& m) { times(m.mean, m.variance + m.mean * m.mean); }
};

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const Moments ma = test::moments_of(a);
  const Moments mb = test::moments_of(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - ma.mean) * (b[i] - mb.mean);
  return sum / static_cast<double>(a.size()) / std::sqrt(ma.variance * mb.variance);
}

std::vector<double> as_doubles(const std::vector<std::int16_t>& cells) {
  return {cells.begin(), cells.end()};
}

}  // namespace

TEST_CASE("cells of every device have the moments of its laws, clipping and folding included", "[laws]") {
  INFO("seed " << kSeed);
  const std::string table =
      "{kind: table, states: [{state: 0, mean: 0.02, std: 0.03}, {state: 0.5, mean: 0.45, std: 0.06}, {state: 1, "
      "mean: 0.9, std: 0.1}]}";
  for (const std::string& device : {std::string("{kind: pcm_joshi2020}"), std::string("{kind: rram_wan2022}"), table}) {
    for (const double t : {0.0, 1.0, 3600.0, 30 * kDay}) {
      for (const int code : {0, 1, 7, 15}) {
        const models::ArraySpec array = array_of_cells(4, device);
        const models::Device& law = *array.cell.device;
        const double y = code / 15.0;
        const double range = 15 * unit_of(4);
        const double sigma = law.programming_sigma(y, Duration(t)) * range;
        Product expected;
        expected.times(clamped(law.mean(y) * range, sigma, 0, 1e9));
        const double log_time = std::log((t + law.drift_start().value()) / law.drift_start().value());
        if (law.has_drift() && log_time > 0) {
          const models::DriftLaw drift = law.drift(y);
          expected.times(folded_exponential(drift.mean, drift.std, log_time),
                         folded_exponential(drift.mean, drift.std, 2 * log_time));
        }
        if (law.has_slow_noise()) expected.times(clamped(1, law.slow_sigma(y, Duration(t)), 0, 1e9));
        INFO(device << " t " << t << " code " << code);
        const auto cells = values::program_cells(plan_of_one_code(300, 200, code, kOffset), array, chip_at(t), 1);
        require_moments(cells, expected.first, expected.second - expected.first * expected.first, 0.5 + 1e-4 * sigma);
      }
    }
  }
}

TEST_CASE("the exponent of drift comes back from ln((t + t0) / t0)", "[laws]") {
  INFO("seed " << kSeed);
  const models::ArraySpec array = array_of_cells(8, "{kind: pcm_joshi2020}");
  const auto plan = plan_of_one_code(200, 100, 128, kOffset);
  const std::vector<double> times{100, 1e4, 1e6, 1e8};
  std::vector<std::vector<std::int16_t>> cells;
  for (const double t : times) {
    Chip chip = chip_at(t);
    chip.causes = Causes::none().with(Cause::drift);
    cells.push_back(values::program_cells(plan, array, chip, 1));
  }
  std::vector<double> exponents;
  for (std::size_t cell = 0; cell < plan.codes.size(); ++cell) {
    double xx = 0, xy = 0, x1 = 0, y1 = 0;
    const auto n = static_cast<double>(times.size());
    for (std::size_t i = 0; i < times.size(); ++i) {
      const double x = std::log((times[i] + 20) / 20);
      const double y = std::log(cells[i][cell] / (128 * unit_of(8)));
      xx += x * x;
      xy += x * y;
      x1 += x;
      y1 += y;
    }
    exponents.push_back(-(xy - x1 * y1 / n) / (xx - x1 * x1 / n));
  }
  const models::DriftLaw law = array.cell.device->drift(128 / 255.0);
  // Folding does not matter here (μ = 6 σ); conductances are rounded to 1/8192 of this level.
  REQUIRE(law.mean / law.std > 5);
  require_moments(exponents, law.mean, law.std * law.std, 2e-5);
  // Where σ is nearly half of μ, exponents that came out negative are folded: no cell gains.
  const auto low = plan_of_one_code(200, 100, 3, kOffset);
  Chip chip = chip_at(1e6);
  chip.causes = Causes::none().with(Cause::drift);
  for (const auto g : values::program_cells(low, array, chip, 1)) REQUIRE(g <= 3 * unit_of(8));
}

TEST_CASE("each effect has draws of its own, and each draw its lifetime", "[laws]") {
  INFO("seed " << kSeed);
  const models::ArraySpec array = array_of_cells(8, "{kind: pcm_joshi2020}");
  const auto plan = plan_of_one_code(200, 100, 200, kOffset);
  const auto alone = [&](Cause cause, double t, std::uint32_t epoch, std::uint32_t trial) {
    Chip chip = chip_at(t, trial);
    chip.conditions.epoch = epoch;
    chip.causes = Causes::none().with(cause);
    return as_doubles(values::program_cells(plan, array, chip, 1));
  };
  const double bound = kStandardErrors / std::sqrt(static_cast<double>(plan.codes.size()));
  const Cause causes[] = {Cause::programming_error, Cause::drift, Cause::slow_noise};
  for (const Cause a : causes) {
    for (const Cause b : causes) {
      if (a < b) CHECK(std::abs(correlation(alone(a, kDay, 0, 0), alone(b, kDay, 0, 0))) < bound);
    }
    CHECK(std::abs(correlation(alone(a, kDay, 0, 0), alone(a, kDay, 0, 1))) < bound);  // another chip
  }
  // The same chip, later: the same cells drift as fast, the same error of writing.
  CHECK(correlation(alone(Cause::drift, 60, 0, 0), alone(Cause::drift, kDay, 0, 0)) > 0.99);
  CHECK(alone(Cause::programming_error, 60, 0, 0) == alone(Cause::programming_error, kDay, 1, 0));
  CHECK(alone(Cause::drift, kDay, 0, 0) == alone(Cause::drift, kDay, 1, 0));
  CHECK(std::abs(correlation(alone(Cause::slow_noise, kDay, 0, 0), alone(Cause::slow_noise, kDay, 1, 0))) < bound);
}

TEST_CASE("paired sweeps: arrays of another size leave every cell as it is", "[laws]") {
  INFO("seed " << kSeed);
  models::ArraySpec array = array_of_cells(2, "{kind: pcm_joshi2020}");
  array.cell.on_off_ratio = 30;
  array.cell.stuck = {0.1, 0.1};
  const auto plan = plan_of_one_code(70, 33, 2, kOffset);
  const auto cells = values::program_cells(plan, array, chip_at(kDay), 3);
  for (const int rows : {16, 70, 512}) {
    for (const int columns : {8, 33, 256}) {
      models::ArraySpec other = array;
      other.rows = rows;
      other.parallel_rows = rows / 2;
      other.columns = columns;
      CHECK(values::program_cells(plan, other, chip_at(kDay), 3) == cells);
    }
  }
  // Cells of a larger matrix have the draws of the smaller one where they stand at the same place.
  const auto larger = plan_of_one_code(100, 50, 2, kOffset);
  const auto more = values::program_cells(larger, array, chip_at(kDay), 3);
  for (int row = 0; row < 70; ++row) {
    for (int column = 0; column < 33; ++column) {
      REQUIRE(cells[plan.index(0, 0, row, column)] == more[larger.index(0, 0, row, column)]);
    }
  }
}

TEST_CASE("write-and-verify: errors are cut at the tolerance, pulses are geometric", "[laws]") {
  INFO("seed " << kSeed);
  for (const double tolerance : {0.02, 0.05, 0.2}) {
    for (const int most : {1, 3, 9}) {
      models::ArraySpec array = array_of_cells(4, "{kind: rram_generic, programming_error: 0.05}");
      array.write.tolerance = tolerance;
      array.write.max_pulses = most;
      const int code = 8;
      const auto plan = plan_of_one_code(300, 200, code, kOffset);
      const double unit = unit_of(4);
      const double sigma = 0.05 * 15 * unit;
      const double limit = tolerance * 15 * unit;
      const auto cells = values::program_cells(plan, array, chip_at(0), 1);
      INFO("tolerance " << tolerance << " pulses " << most);

      // Variance: inside the tolerance with probability 1 − q^K, else outside. The variance inside is that of a
      // normal distribution cut at ±a σ, 1 − 2 a φ(a) / p, the one outside follows from the total.
      const double a = tolerance / 0.05;
      const double p = std::erf(a / std::sqrt(2.0));
      const double failed = std::pow(1 - p, most);
      const double inside = 1 - 2 * a * test::density(a) / p;
      const double outside = p < 1 ? (1 - p * inside) / (1 - p) : 0;
      const double variance = sigma * sigma * ((1 - failed) * inside + failed * outside);
      require_moments(cells, code * unit, variance, 0.5 + 1e-4 * sigma);

      const auto beyond =
          std::count_if(cells.begin(), cells.end(), [&](auto g) { return std::abs(g - code * unit) > limit + 0.5; });
      const auto n = static_cast<double>(cells.size());
      CHECK(std::abs(static_cast<double>(beyond) / n - failed) <=
            kStandardErrors * std::sqrt(failed * (1 - failed) / n) + 3.0 / limit);

      // Pulses, counted from the draws that docs/devices.md names.
      const PhiloxKey key = stream_key({.seed = kSeed, .purpose = Purpose::programming_error, .trial = 0, .layer = 1});
      std::vector<double> pulses;
      for (std::uint32_t row = 0; row < 300; ++row) {
        for (std::uint32_t column = 0; column < 200; ++column) {
          int count = 0;
          double error = 0;
          do {
            const auto word = static_cast<std::uint32_t>(count);
            error = sigma * std::ldexp(gaussian(philox({row, column, 0, word / 4}, key)[word % 4]), -16);
            ++count;
          } while (std::abs(error) > limit && count < most);
          pulses.push_back(count);
          REQUIRE(std::abs(cells[plan.index(0, 0, static_cast<int>(row), static_cast<int>(column))] - code * unit -
                           error) <= 0.75);
        }
      }
      const double mean = models::expected_pulses(p, most);
      double square = 0;
      for (int k = 1; k <= most; ++k) square += k * k * std::pow(1 - p, k - 1) * (k < most ? p : 1.0);
      require_moments(pulses, mean, std::max(0.0, square - mean * mean), 1e-3);
    }
  }
}

TEST_CASE("write-and-verify: a cell that conducts nothing is near enough to off, a mean that is off is corrected",
          "[laws]") {
  INFO("seed " << kSeed);
  struct Law {
    const char* device;
    int code;
    double shift, sigma;
  };
  constexpr double kTolerance = 0.02;
  constexpr int kPulses = 4;
  for (const Law& law :
       {Law{"{kind: rram_generic, programming_error: 0.05}", 0, 0, 0.05},
        Law{"{kind: table, states: [{state: 0, mean: 0, std: 0.03}, {state: 1, mean: 0.97, std: 0.03}]}", 15, -0.03,
            0.03}}) {
    models::ArraySpec array = array_of_cells(4, law.device);
    array.write.tolerance = kTolerance;
    array.write.max_pulses = kPulses;
    const double y = law.code / 15.0;
    const double full = 15 * unit_of(4);
    const auto plan = plan_of_one_code(300, 200, law.code, kOffset);
    const auto cells = values::program_cells(plan, array, chip_at(0), 1);
    const auto n = static_cast<double>(cells.size());
    const auto share = [&](auto holds) {
      return static_cast<double>(std::count_if(cells.begin(), cells.end(), holds)) / n;
    };
    const auto check = [&](double found, double expected, double density) {
      CAPTURE(found, expected);
      CHECK(std::abs(found - expected) <= kStandardErrors * std::sqrt(expected * (1 - expected) / n) + density / full);
    };
    INFO(law.device);
    const double least = law.code == 0 ? 0 : probability((-kTolerance - law.shift) / law.sigma);
    const double p = probability((kTolerance - law.shift) / law.sigma) - least;
    CHECK(models::acceptance(kTolerance, law.sigma, law.shift, y) == Approx(p));
    const double failed = std::pow(1 - p, kPulses);
    const auto is_near = [&](auto g) { return std::abs(g - y * full) <= kTolerance * full + 0.5; };
    check(share(is_near), 1 - failed, 30);
    // Off: half of all pulses leave nothing, and are accepted.
    if (law.code == 0) check(share([](auto g) { return g == 0; }), (1 - failed) * 0.5 / p, 30);
  }
}

TEST_CASE("an xnor cell scatters as the difference of two devices", "[laws]") {
  INFO("seed " << kSeed);
  for (const double ratio : {0.0, 5.0}) {
    models::ArraySpec array = array_of_cells(1, "{kind: rram_generic, programming_error: 0.05, read_noise: 0.02}");
    if (ratio > 0) array.cell.on_off_ratio = ratio;
    const double off = array.cell.off_state();
    const double units = unit_of(1) / (1 - off);
    const Moments other = clamped(off, 0.05, 0, 10);
    for (const int code : {0, 1}) {
      const auto plan = plan_of_one_code(300, 200, code, models::WeightEncoding::xnor);
      const auto cells = values::program_cells(plan, array, chip_at(0), 1);
      const double variance = units * units * (0.05 * 0.05 + other.variance);
      const double mean = (code == 0 ? -1 : 1) * units * (1 - other.mean);
      require_moments(cells, mean, variance, 0.5);
    }
    CHECK(models::reading_sigma(array.cell, 1, true) == Approx(0.02 * std::sqrt(2)));
    CHECK(models::reading_sigma(array.cell, 1, false) == 0.02);
  }
}

TEST_CASE("an xnor pair is verified as the pulses that are costed say", "[laws]") {
  INFO("seed " << kSeed);
  models::ArraySpec array = array_of_cells(1, "{kind: rram_generic, programming_error: 0.05}");
  array.weights.encoding = models::WeightEncoding::xnor;
  array.write.tolerance = 0.03;
  array.write.max_pulses = 2;
  const double failed = models::pulses_per_cell(array) - 1;  // E = 1 + q
  for (const int code : {0, 1}) {
    const auto plan = plan_of_one_code(300, 200, code, models::WeightEncoding::xnor);
    const auto cells = values::program_cells(plan, array, chip_at(0), 1);
    const auto n = static_cast<double>(cells.size());
    const auto accepted = std::count_if(cells.begin(), cells.end(), [&](auto g) {
      return std::abs(std::abs(g) - unit_of(1)) <= 0.03 * unit_of(1) + 0.5;
    });
    const double near = static_cast<double>(accepted) / n;
    const double expected = 1 - failed * failed;
    CAPTURE(code, near, expected);
    CHECK(std::abs(near - expected) <= kStandardErrors * std::sqrt(expected * (1 - expected) / n) + 1e-3);
  }
}

TEST_CASE("stuck cells: as many as said, for good, wherever they stand", "[laws]") {
  INFO("seed " << kSeed);
  models::ArraySpec array = array_of_cells(4, "{kind: rram_generic, programming_error: 0.01}");
  array.cell.stuck = {0.02, 0.05};
  const auto plan = plan_of_one_code(400, 250, 7, kOffset);
  const auto n = static_cast<double>(plan.codes.size());
  const auto cells = values::program_cells(plan, array, chip_at(1), 1);
  const auto count = [&](double level) {
    return static_cast<double>(std::count(cells.begin(), cells.end(), std::llround(level * unit_of(4)))) / n;
  };
  const auto bound = [&](double p) { return kStandardErrors * std::sqrt(p * (1 - p) / n); };
  CHECK(std::abs(count(0) - 0.02) < bound(0.02));
  CHECK(std::abs(count(15) - 0.05) < bound(0.05));
  const auto later = values::program_cells(plan, array, chip_at(1e6), 1);
  auto other_code = plan;
  std::fill(other_code.codes.begin(), other_code.codes.end(), std::uint8_t{4});
  const auto rewritten = values::program_cells(other_code, array, chip_at(1), 1);
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool is_stuck = cells[i] == 0 || cells[i] == 15 * 1024;
    REQUIRE(cells[i] == later[i]);
    if (is_stuck) REQUIRE(rewritten[i] == cells[i]);
  }
  array.cell.stuck = {0, 1};
  for (const auto g : values::program_cells(plan, array, chip_at(1), 1)) REQUIRE(g == 15 * 1024);
}

TEST_CASE("stuck cells: each device of an xnor pair sticks alone", "[laws]") {
  INFO("seed " << kSeed);
  models::ArraySpec array = array_of_cells(1, "{kind: ideal}");
  array.weights.encoding = models::WeightEncoding::xnor;
  array.cell.stuck = {0.2, 0.1};
  for (const int code : {0, 1}) {
    const auto plan = plan_of_one_code(300, 200, code, models::WeightEncoding::xnor);
    const auto cells = values::program_cells(plan, array, chip_at(0), 1);
    const auto n = static_cast<double>(cells.size());
    // The one that should be on stuck off, or the other stuck on: nothing; both: the other value.
    for (const auto& [difference, p] :
         {std::pair{1, 0.8 * 0.9}, std::pair{0, 0.2 * 0.9 + 0.8 * 0.1}, std::pair{-1, 0.2 * 0.1}}) {
      const int sign = code == 1 ? 1 : -1;
      const auto count = std::count(cells.begin(), cells.end(), sign * difference * std::lround(unit_of(1)));
      CAPTURE(code, difference, count);
      CHECK(std::abs(static_cast<double>(count) / n - p) < kStandardErrors * std::sqrt(p * (1 - p) / n));
    }
  }
}

TEST_CASE("temperature scales every conductance, off current included", "[laws]") {
  models::ArraySpec array = array_of_cells(2, "{kind: ideal}");
  array.cell.temperature = {350, 300, -0.002};
  array.cell.on_off_ratio = 11;  // off: a tenth of the range, 0.3 levels
  for (int code = 0; code < 4; ++code) {
    const auto plan = plan_of_one_code(2, 2, code, kOffset);
    array.cell.off_current = models::OffCurrent::none;
    CHECK(values::program_cells(plan, array, chip_at(0), 0)[0] == std::lround((code + 0.3) * 0.9 * 1024));
    array.cell.off_current = models::OffCurrent::exact;
    CHECK(values::program_cells(plan, array, chip_at(0), 0)[0] == std::lround(((code + 0.3) * 0.9 - 0.3) * 1024));
    array.cell.stuck = {0, 1};  // a stuck cell is as warm as the others
    CHECK(values::program_cells(plan, array, chip_at(0), 0)[0] == std::lround(((3 + 0.3) * 0.9 - 0.3) * 1024));
    array.cell.stuck = {1, 0};
    CHECK(values::program_cells(plan, array, chip_at(0), 0)[0] == std::lround((0.3 * 0.9 - 0.3) * 1024));
    array.cell.stuck = {};
  }
}

TEST_CASE("the off current: taken off exactly, or not at all", "[laws]") {
  models::ArraySpec array = array_of_cells(2, "{kind: ideal}");
  array.cell.on_off_ratio = 7;
  const auto plan = plan_of_one_code(3, 3, 1, kOffset);
  CHECK(values::program_cells(plan, array, chip_at(0), 0)[0] == 1024);
  array.cell.off_current = models::OffCurrent::none;
  CHECK(values::program_cells(plan, array, chip_at(0), 0)[0] == 1024 + 512);  // 3 levels / (7 − 1)
  Chip corrected = chip_at(0);
  corrected.causes = Causes().without(Cause::off_current);
  CHECK(values::program_cells(plan, array, corrected, 0)[0] == 1024);
  // An error of writing can take a cell below its off conductance, down to none at all.
  array.cell.off_current = models::OffCurrent::exact;
  array.cell.device = test::device("{kind: rram_generic, programming_error: 0.3}");
  const auto off = values::program_cells(plan_of_one_code(100, 100, 0, kOffset), array, chip_at(0), 0);
  CHECK(*std::min_element(off.begin(), off.end()) == -512);
  const double sigma = 0.3 * 3 * 7 / 6 * 1024;
  const Moments expected = clamped(512, sigma, 0, 1e9);
  require_moments(off, expected.mean - 512, expected.variance, 0.5 + 1e-4 * sigma);
}

TEST_CASE("with no cause at work cells are exactly their levels", "[laws]") {
  const std::string capacitor =
      "{kind: sram_charge, capacitance: 1 fF, mismatch_at_1ff: 0.1, supply: 1 V, reference: supply}";
  for (const std::string& device :
       {std::string("{kind: pcm_joshi2020}"), std::string("{kind: rram_wan2022}"), capacitor,
        std::string("{kind: table, states: [{state: 0, mean: 0.2, std: 0.1}, {state: 1, "
                    "mean: 0.7, std: 0.1}], read_noise: 0.1}")}) {
    for (const auto encoding : {kOffset, models::WeightEncoding::xnor}) {
      models::ArraySpec array = array_of_cells(1, device);
      if (device != capacitor) array.cell.on_off_ratio = 13;
      array.cell.off_current = models::OffCurrent::none;
      array.cell.stuck = {0.3, 0.3};
      array.cell.temperature = {400, 300, 0.001};
      array.cell.correlation = {0.3, 0.3, 4};
      Chip chip = chip_at(kDay);
      chip.causes = Causes::none();
      for (const int code : {0, 1}) {
        const auto plan = plan_of_one_code(20, 20, code, encoding);
        INFO(device << " code " << code);
        CHECK(values::are_nominal(plan, values::program_cells(plan, array, chip, 0), 1));
        CHECK_FALSE(values::are_nominal(plan, values::program_cells(plan, array, chip_at(kDay), 0), 1));
      }
    }
  }
}

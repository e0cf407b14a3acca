// SPDX-License-Identifier: Apache-2.0
// SQNR and rounding rates of one layer against closed forms: a uniform quantizer, white noise, and neither.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/values_cases.hpp"
#include "values/observer.hpp"

namespace {

using namespace ohmic;
using values::kLevel;

constexpr double kStandardErrors = 6;

double decibel(double ratio) {
  return 10 * std::log10(ratio);
}

/// All of a vector in one conversion: `rows` rows and 8 columns of 2-bit cells that hold weights of `weight_bits`.
test::ValuesCase one_conversion(int rows, int images, int weight_bits, std::uint64_t seed) {
  test::ValuesCase one;
  one.array.rows = one.array.parallel_rows = rows;
  one.array.cell.bits = 2;
  one.array.accumulate = {models::Domain::analog, models::Domain::analog, models::Domain::analog};
  one.array.adc.part->bits = 12;
  one.input.bits = 6;
  one.images = images;
  test::Random random(seed);
  one.fill(random, rows, 8, weight_bits);
  for (std::int32_t& x : one.x) x = random.between(0, 63);
  return one;
}

struct Seen {
  values::LayerSample sample;
  std::vector<std::vector<std::int32_t>> vectors;
};

Seen observe(const test::ValuesCase& one, const values::Chip& chip = {}) {
  const values::ArrayBackend backend(one.graph, one.layers, one.array, one.ranges, chip, {});
  const values::ObservedBackend observed(one.graph, backend, one.first_image + one.images);
  std::vector<std::int64_t> acc;
  one.multiply(observed, acc);
  return {observed.samples().front(), observed.vectors()};
}

/// Σ over vectors and columns of (Σ w · (x − zero point))², from the weights.
double signal_of(const test::ValuesCase& one) {
  const workloads::QuantizedConv& layer = one.layer();
  double sum = 0;
  for (std::size_t first = 0; first < one.x.size(); first += static_cast<std::size_t>(layer.rows)) {
    for (int column = 0; column < layer.out_channels; ++column) {
      double product = 0;
      for (int row = 0; row < layer.rows; ++row) {
        product += layer.weights[static_cast<std::size_t>(column * layer.rows + row)] *
                   (one.x[first + static_cast<std::size_t>(row)] - one.input.zero_point);
      }
      sum += product * product;
    }
  }
  return sum;
}

TEST_CASE("a uniform quantizer of step k adds (k² − 1) / 12", "[laws]") {
  // Rounding integers to multiples of an odd k leaves each of its k errors equally often.
  for (const int k : {3, 9, 31}) {
    CAPTURE(k);
    test::ValuesCase one = one_conversion(60, 4000, 4, 5);
    one.ranges = {{{-2048 * k * kLevel, k * kLevel}}};
    const Seen seen = observe(one);
    const auto n = static_cast<double>(seen.sample.products);
    REQUIRE(n == 32000);
    REQUIRE(static_cast<double>(seen.sample.signal) == Approx(signal_of(one)).epsilon(1e-12));
    const double variance = (k * k - 1) / 12.0;
    // Fourth moment of a discrete uniform error: (k² − 1)(3k² − 7) / 240.
    const double fourth = (k * k - 1.0) * (3.0 * k * k - 7) / 240;
    const double slack = kStandardErrors * std::sqrt((fourth - variance * variance) / n) / variance;
    REQUIRE(*seen.sample.error_rms() == Approx(std::sqrt(variance)).epsilon(slack));
    REQUIRE(*seen.sample.sqnr_db() == Approx(decibel(signal_of(one) / (n * variance))).margin(decibel(1 + slack)));

    const values::LayerStatistics counted =
        values::count_rounding(one.layers[0], one.array, one.ranges[0], {}, 0, seen.vectors[0]);
    REQUIRE(counted.clipped == 0);
    values::LayerSample rounded;
    rounded.converted = counted;
    const auto m = static_cast<double>(counted.conversions);
    REQUIRE(m > 1000);
    const double exact = (k - 1.0) / k;
    REQUIRE(*rounded.inexact_fraction() == Approx(exact).margin(kStandardErrors * std::sqrt(exact * (1 - exact) / m)));
    REQUIRE(*rounded.rounding_rms_lsb() == Approx(std::sqrt(variance) / k).epsilon(slack * std::sqrt(n / m) + 1e-4));
  }
}

TEST_CASE("white noise adds its variance, and the rounding of a step of 1", "[laws]") {
  for (const double noise : {0.3, 1.0}) {
    for (const int driven : {10, 60}) {
      CAPTURE(noise, driven);
      test::ValuesCase one = one_conversion(60, 4000, 2, 6);
      one.array.cell.bits = 1;
      one.input.bits = 1;
      one.array.cell.device = test::device("{kind: rram_generic, read_noise: " + std::to_string(noise) + "}");
      auto& conv =
          std::get<workloads::QuantizedConv>(one.graph.nodes[static_cast<std::size_t>(one.graph.output)].operation);
      std::fill(conv.weights.begin(), conv.weights.end(), std::int16_t{1});
      one.layers = {mapping::encode_layer(conv, one.input, one.array)};
      for (std::size_t i = 0; i < one.x.size(); ++i) one.x[i] = static_cast<int>(i) % 60 < driven ? 1 : 0;
      one.ranges = {{{-2048 * kLevel, kLevel}}};
      const Seen seen = observe(one, {11, 0});
      // Two cells a row, the empty one as noisy as the other.
      const double variance = noise * noise * driven * 2 + 1.0 / 12;
      const double slack = kStandardErrors * std::sqrt(2.0 / static_cast<double>(seen.sample.products)) + 2e-3;
      REQUIRE(*seen.sample.sqnr_db() == Approx(decibel(driven * driven / variance)).margin(decibel(1 + slack)));
    }
  }
}

TEST_CASE("lossless arrays have no error and no SQNR", "[laws]") {
  test::ValuesCase one = one_conversion(30, 50, 4, 7);
  one.array.adc.part->bits = 16;
  one.array.adc.part->range = models::RangePolicy::lossless;
  one.choose_ranges();
  const Seen seen = observe(one);
  REQUIRE(seen.sample.error == 0);
  REQUIRE_FALSE(seen.sample.sqnr_db().has_value());
  REQUIRE(seen.sample.error_rms() == 0.0);
  const auto counted = values::count_rounding(one.layers[0], one.array, one.ranges[0], {}, 0, seen.vectors[0]);
  REQUIRE(counted.conversions == 50 * 8);
  REQUIRE(counted.inexact == 0);
  REQUIRE(counted.rounding_squares == 0);
}

TEST_CASE("only the images of the sample are watched, each at another place", "[laws]") {
  test::ValuesCase one = one_conversion(30, 6, 4, 8);
  one.pixels = 12;
  test::Random random(8);
  one.fill(random, 30, 8, 4);
  one.first_image = 4;
  one.ranges = {{{-2048 * 5 * kLevel, 5 * kLevel}}};
  const values::ArrayBackend backend(one.graph, one.layers, one.array, one.ranges, {}, {});
  const values::ObservedBackend observed(one.graph, backend, 7);  // images 4, 5 and 6
  std::vector<std::int64_t> acc;
  std::vector<std::int64_t> unwatched;
  one.multiply(observed, acc);
  one.multiply(backend, unwatched);
  REQUIRE(acc == unwatched);
  REQUIRE(observed.samples()[0].products == 3 * 12 * 8);
  // Image i of 7 is looked at in the middle of the i-th of seven parts of its 12 pixels.
  const std::int32_t places[] = {7, 9, 11};
  for (int i = 0; i < 3; ++i) {
    const auto seen = observed.vectors()[0].begin() + i * 30;
    REQUIRE(std::equal(seen, seen + 30, one.x.begin() + (i * 12 + places[i]) * 30));
  }
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// Programming error and read noise have the moments of their closed forms, and a draw belongs to its coordinates, not
// to the size of an array or the way in which work is cut. Bounds are six standard errors of the sample.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/moments.hpp"
#include "tests/support/values_cases.hpp"
#include "values/cells.hpp"

namespace {

using namespace ohmic;
using test::clamped;
using test::kStandardErrors;
using test::Moments;
using test::moments_of;
using test::plan_of_one_code;
using test::require_moments;
using values::Dispatch;
using values::Path;

TEST_CASE("programmed conductances have the mean and spread of the device, clamping included", "[laws]") {
  for (const double error : {0.01, 0.1, 0.5}) {
    for (const char* scaling : {"independent", "proportional"}) {
      for (const int code : {0, 1, 7, 15}) {
        const models::ArraySpec array =
            test::array_of_cells(4, "{kind: rram_generic, programming_error: " + std::to_string(error) +
                                        ", error_scaling: " + scaling + "}");
        const auto plan = plan_of_one_code(300, 200, code, models::WeightEncoding::offset);
        INFO("error " << error << " " << scaling << " code " << code);
        const auto cells = values::program_cells(plan, array, {42, 3}, 1);
        const double unit = 1024;  // F = 10 for 4-bit cells
        const double sigma = error * (std::string(scaling) == "proportional" ? code / 15.0 : 1.0) * 15 * unit;
        if (sigma == 0) {
          REQUIRE(std::all_of(cells.begin(), cells.end(), [&](auto g) { return g == code * unit; }));
          continue;
        }
        const Moments expected = clamped(code * unit, sigma, 0, 32767);
        // Rounding to units adds half a unit at most to a mean, and the table of quantiles 1e-4 of sigma.
        require_moments(cells, expected.mean, expected.variance, 0.5 + 1e-4 * sigma);
      }
    }
  }
}

TEST_CASE("a draw of programming belongs to its cell, trial, layer and plane", "[laws]") {
  const models::ArraySpec array = test::array_of_cells(2, "{kind: rram_generic, programming_error: 0.1}");
  const auto small = plan_of_one_code(10, 7, 2, models::WeightEncoding::offset);
  auto large = plan_of_one_code(64, 33, 2, models::WeightEncoding::offset);
  large.slices.push_back({4, 4, 16});
  large.codes.resize(large.codes.size() * 2, 2);
  const auto a = values::program_cells(small, array, {5, 1}, 2);
  const auto b = values::program_cells(large, array, {5, 1}, 2);
  const auto other_trial = values::program_cells(small, array, {5, 2}, 2);
  const auto other_layer = values::program_cells(small, array, {5, 1}, 3);
  const auto other_seed = values::program_cells(small, array, {6, 1}, 2);
  int same = 0;
  for (int row = 0; row < 10; ++row) {
    for (int column = 0; column < 7; ++column) {
      const std::size_t i = small.index(0, 0, row, column);
      REQUIRE(a[i] == b[large.index(0, 0, row, column)]);
      same += (a[i] == other_trial[i]) + (a[i] == other_layer[i]) + (a[i] == other_seed[i]);
      same += a[i] == b[large.index(0, 1, row, column)];
    }
  }
  REQUIRE(same < 10);  // of 280 pairs of independent draws of a few hundred values
}

/// One column value per image: `rows` cells of code 1 behind rows of which `driven` have the digit 1.
test::ValuesCase noisy_case(int rows, int driven, int images, const std::string& device) {
  test::ValuesCase one;
  one.array.rows = one.array.parallel_rows = rows;
  one.array.cell.bits = 1;
  one.array.cell.device = test::device(device);
  one.array.accumulate = {models::Domain::analog, models::Domain::analog, models::Domain::analog};
  one.array.adc.part->bits = 16;
  one.input.bits = 1;
  one.images = images;
  test::Random random(1);
  one.fill(random, rows, 8, 2);
  auto& conv =
      std::get<workloads::QuantizedConv>(one.graph.nodes[static_cast<std::size_t>(one.graph.output)].operation);
  std::fill(conv.weights.begin(), conv.weights.end(), std::int16_t{1});
  one.layers = {mapping::encode_layer(conv, one.input, one.array)};
  for (std::size_t i = 0; i < one.x.size(); ++i) one.x[i] = static_cast<int>(i) % rows < driven ? 1 : 0;
  one.ranges = {{{-32768 * values::kLevel, values::kLevel}}};
  return one;
}

TEST_CASE("read noise has the summed variance of the driven cells", "[laws]") {
  for (const int driven : {0, 3, 40, 100}) {
    for (const double noise : {0.3, 1.0}) {
      for (const char* scaling : {"independent", "proportional"}) {
        const test::ValuesCase one = noisy_case(
            100, driven, 4000,
            "{kind: rram_generic, read_noise: " + std::to_string(noise) + ", error_scaling: " + scaling + "}");
        INFO(driven << " rows driven, noise " << noise << " " << scaling);
        const auto acc = test::compute(one, Path::planes, Dispatch::automatic, {7, 0}).acc;
        // Both planes of a differential pair are read; in proportional scaling the empty one is silent.
        const double planes = std::string(scaling) == "independent" ? 2 : 1;
        const double variance = noise * noise * driven * planes;
        if (driven == 0) {
          REQUIRE(std::all_of(acc.begin(), acc.end(), [](auto v) { return v == 0; }));
          continue;
        }
        // The converter rounds to whole levels, which adds 1/12 (Sheppard; exact to 1e-4 for sigma above 0.5).
        require_moments(acc, driven, variance + 1.0 / 12, 2e-3 * std::sqrt(variance) + 1e-3);
      }
    }
  }
}

TEST_CASE("reads are independent between columns and images", "[laws]") {
  const test::ValuesCase one = noisy_case(100, 100, 4000, "{kind: rram_generic, read_noise: 1.0}");
  const auto acc = test::compute(one, Path::planes, Dispatch::automatic, {9, 0}).acc;
  const Moments m = moments_of(acc);
  for (const std::size_t distance : {1U, 2U, 3U, 4U, 5U, 7U, 8U, 16U}) {
    double sum = 0;
    const auto n = acc.size() - distance;
    for (std::size_t i = 0; i < n; ++i) {
      sum += (static_cast<double>(acc[i]) - m.mean) * (static_cast<double>(acc[i + distance]) - m.mean);
    }
    CAPTURE(distance);
    REQUIRE(std::abs(sum / static_cast<double>(n) / m.variance) < kStandardErrors / std::sqrt(static_cast<double>(n)));
  }
}

TEST_CASE("a read's draw does not depend on blocks of images or on other columns", "[laws]") {
  test::ValuesCase all = noisy_case(20, 20, 6, "{kind: rram_generic, read_noise: 1.0}");
  for (const Path path : {Path::per_cell, Path::planes}) {
    const auto whole = test::compute(all, path, Dispatch::automatic).acc;
    for (int image = 0; image < 6; ++image) {
      test::ValuesCase one = all;
      one.images = 1;
      one.first_image = image;
      one.x.assign(all.x.begin() + image * 20, all.x.begin() + (image + 1) * 20);
      const auto part = test::compute(one, path, Dispatch::automatic).acc;
      REQUIRE(std::equal(part.begin(), part.end(), whole.begin() + image * 8));
    }
    test::ValuesCase narrow = all;
    workloads::QuantizedConv conv = all.layer();
    conv.out_channels = 3;
    conv.weights.resize(60);
    conv.bias.resize(3);
    narrow.graph.nodes[static_cast<std::size_t>(all.graph.output)].operation = conv;
    narrow.layers = {mapping::encode_layer(conv, narrow.input, narrow.array)};
    const auto few = test::compute(narrow, path, Dispatch::automatic).acc;
    for (int image = 0; image < 6; ++image) {
      for (int column = 0; column < 3; ++column) REQUIRE(few[image * 3 + column] == whole[image * 8 + column]);
    }
  }
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// Clipping converters, programming error and read noise: every path at every dispatch level gives the bits and the
// counts of the per-cell path.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>

#include "tests/support/circuits.hpp"
#include "tests/support/values_cases.hpp"

namespace {

using namespace ohmic;
using values::Dispatch;
using values::Path;

void draw_device(test::ValuesCase& one, test::Random& random) {
  const double programming = random.pick({0.0, 0.02, 0.3});
  const double read = random.pick({0.0, 0.05, 0.4});
  one.array.cell.device =
      test::device(fmt::format("{{kind: rram_generic, programming_error: {}, read_noise: {}, error_scaling: {}}}",
                               programming, read, random.flip() ? "independent" : "proportional"));
}

void draw_ranges(test::ValuesCase& one, test::Random& random) {
  one.array.adc.part->bits = random.between(1, 10);
  one.array.adc.part->range = random.pick({models::RangePolicy::max, models::RangePolicy::granular});
  one.choose_ranges();
  if (random.flip()) return;
  // Any other range, per column: low and step that are no whole levels, ends that clip.
  const values::ConverterRange whole = one.ranges[0][0];
  one.ranges[0].clear();
  for (int column = 0; column < one.layer().out_channels; ++column) {
    const auto some = static_cast<std::int64_t>(random.bits() >> 12);
    one.ranges[0].push_back({whole.low / 2 + some % values::kLevel, std::max<std::int64_t>(1, whole.step - some)});
  }
}

/// How often a path was compared.
using Compared = std::map<Path, int>;

/// Requires of all paths that can compute `one` exactly, at all levels, what the per-cell path gives.
values::LayerStatistics require_equal_paths(const test::ValuesCase& one, const values::Chip& chip, Compared& compared) {
  const test::Computed expected = test::compute(one, Path::per_cell, Dispatch::portable, chip);
  for (const Path path : {Path::planes, Path::collapsed, Path::tables}) {
    if (!test::has_path(one, path, chip)) continue;
    ++compared[path];
    for (const Dispatch dispatch : values::available_dispatch()) {
      CAPTURE(static_cast<int>(path), static_cast<int>(dispatch));
      const test::Computed got = test::compute(one, path, dispatch, chip);
      REQUIRE(got.acc == expected.acc);
      REQUIRE(got.counted.conversions == expected.counted.conversions);
      REQUIRE(got.counted.clipped == expected.counted.clipped);
    }
  }
  return expected.counted;
}

TEST_CASE("every path equals cells under clipping, programming error and read noise", "[laws]") {
  std::int64_t clipped = 0;
  std::int64_t conversions = 0;
  int cases = 0;
  Compared compared;
  for (std::uint64_t seed = 11; seed <= 13; ++seed) {
    test::for_all_encodings(seed, [&](test::ValuesCase& one, test::Random& random) {
      one.array.rows = random.between(1, 40);
      one.array.parallel_rows = random.flip() ? one.array.rows : random.between(1, one.array.rows);
      // Blocks of vectors that are not full, full, and one more.
      one.images = random.between(1, 3);
      one.pixels = random.between(0, 5) == 0 ? random.between(31, 65) : random.between(1, 3);
      one.first_image = random.between(0, 1000);
      draw_device(one, random);
      one.fill(random, random.between(1, 60), random.between(1, 21), random.between(2, 8));
      draw_ranges(one, random);
      INFO("seed " << seed << ": " << test::describe(one));
      const auto counted = require_equal_paths(one, {random.bits(), random.bits()}, compared);
      clipped += counted.clipped;
      conversions += counted.conversions;
      ++cases;
    });
  }
  REQUIRE(cases > 500);
  REQUIRE(compared[Path::planes] == cases);
  REQUIRE(compared[Path::tables] > cases * 3 / 4);  // the others need more than 32 bits
  REQUIRE(clipped > conversions / 100);             // clipping was really met …
  REQUIRE(clipped < conversions / 2);               // … and so was the rest
}

TEST_CASE("every path equals cells for cells and digits of many bits in groups of many rows", "[laws]") {
  Compared compared;
  for (std::uint64_t seed = 1; seed <= 32; ++seed) {
    test::Random random(seed + 9000);
    test::ValuesCase one;
    one.array.weights.encoding = test::kWeightEncodings[random.between(0, 2)];
    one.array.inputs.encoding = test::kInputEncodings[random.between(0, 2)];
    one.array.accumulate.inputs = test::kDomains[random.between(0, 1)];
    one.array.accumulate.slices = test::kDomains[random.between(0, 1)];
    one.array.cell.bits = random.pick({2, 3, 8});
    one.array.inputs.dac_bits = random.pick({1, 2, 3, 6});
    one.array.rows = random.between(300, 1500);
    one.array.parallel_rows = one.array.rows;
    one.input.bits = 8;
    one.array.cell.device =
        test::device("{kind: rram_generic, programming_error: 0.1, read_noise: 0.1, error_scaling: proportional}");
    one.fill(random, random.between(250, 1600), random.between(1, 6), 8);
    one.array.adc.part->bits = random.between(4, 16);
    one.choose_ranges();
    INFO("seed " << seed << ": " << test::describe(one));
    (void)require_equal_paths(one, {seed, 2}, compared);
  }
  REQUIRE(compared[Path::planes] > 24);
  REQUIRE(compared[Path::tables] >= 4);  // the others need more than 32 bits, or have digits of six
}

/// Errors of drivers and converters, noise of converters, pulses instead of amplitudes, all at random.
void draw_circuits(test::ValuesCase& one, test::Random& random) {
  one.array.adc = test::adc(
      random.between(2, 10), random.between(1, 9),
      fmt::format("kind: sar, offset_lsb: {}, gain_error: {}, inl_lsb: {}, capacitor_mismatch: {}, "
                  "noise_lsb: {}, range: {}",
                  random.pick({0.0, 0.0, 0.5}), random.pick({0.0, 0.0, 0.05}), random.pick({0.0, 0.0, 0.4}),
                  random.pick({0.0, 0.0, 0.02}), random.pick({0.0, 0.4}), random.flip() ? "max" : "granular"));
  one.array.inputs.shape =
      random.pick({models::InputShape::amplitude, models::InputShape::width, models::InputShape::count});
  one.array.inputs.level_error = random.pick({0.0, 0.0, 0.01, 0.1});
}

/// Corrections of columns, of their sums and of results, each with or without.
std::shared_ptr<const values::ChipCorrections> draw_corrections(const test::ValuesCase& one, test::Random& random) {
  const auto near_one = [&] { return values::kUnityGain + random.between(-2000, 2000); };
  values::LayerCorrections layer;
  const auto columns = static_cast<std::size_t>(one.layer().out_channels);
  if (random.flip()) {
    const auto conversions = mapping::conversions_of(one.layers[0], one.array);
    const auto blocks = static_cast<std::size_t>(ceil_div(one.layer().rows, one.array.rows));
    for (std::size_t i = 0; i < blocks * conversions.size() * columns; ++i) {
      layer.columns.push_back({near_one(), random.between(-200000, 200000)});
    }
  }
  if (random.flip()) layer.drift_gain = near_one();
  if (random.flip()) {
    for (std::size_t i = 0; i < columns; ++i) layer.channels.push_back({near_one(), random.between(-50, 50)});
  }
  return std::make_shared<values::ChipCorrections>(values::ChipCorrections{layer});
}

TEST_CASE("every path equals cells with circuits that are not ideal and their corrections", "[laws]") {
  Compared compared;
  int cases = 0;
  for (std::uint64_t seed = 41; seed <= 43; ++seed) {
    test::for_all_encodings(seed, [&](test::ValuesCase& one, test::Random& random) {
      one.array.rows = random.between(1, 40);
      one.array.parallel_rows = random.flip() ? one.array.rows : random.between(1, one.array.rows);
      one.images = random.between(1, 2);
      one.pixels = random.between(0, 9) == 0 ? random.between(31, 65) : random.between(1, 3);
      draw_device(one, random);
      draw_circuits(one, random);
      one.fill(random, random.between(1, 60), random.between(1, 21), random.between(2, 8));
      one.choose_ranges();
      if (random.flip()) {  // a range, and so a noise, for every column
        const values::ConverterRange whole = one.ranges[0][0];
        one.ranges[0].clear();
        for (int column = 0; column < one.layer().out_channels; ++column) {
          one.ranges[0].push_back({whole.low, whole.step - static_cast<std::int64_t>(random.bits() >> 17)});
        }
      }
      INFO("seed " << seed << ": " << test::describe(one));
      values::Chip chip{random.bits(), random.bits()};
      if (random.flip()) chip.corrections = draw_corrections(one, random);
      (void)require_equal_paths(one, chip, compared);
      ++cases;
    });
  }
  REQUIRE(cases > 500);
  REQUIRE(compared[Path::tables] > cases * 2 / 3);
  REQUIRE(compared[Path::planes] > 40);  // where only the shape of pulses or corrections of sums are left
}

TEST_CASE("lossless arrays whose results are corrected", "[laws]") {
  Compared compared;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    test::Random random(seed + 11000);
    test::ValuesCase one;
    one.array.weights.encoding = test::kWeightEncodings[random.between(0, 2)];
    one.pixels = random.pick({1, 40, 70});
    one.input.bits = random.between(2, 8);
    one.fill(random, random.between(1, 60), random.between(1, 40), random.between(2, 8));
    one.array.adc.part->bits = 16;
    one.array.adc.part->range = models::RangePolicy::lossless;
    one.choose_ranges();
    INFO("seed " << seed << ": " << test::describe(one));
    values::Chip chip{random.bits(), random.bits()};
    chip.corrections = draw_corrections(one, random);
    (void)require_equal_paths(one, chip, compared);
  }
  REQUIRE(compared[Path::collapsed] > 15);
}

TEST_CASE("conversions counted = formula = brute force", "[laws]") {
  test::for_all_encodings(21, [&](test::ValuesCase& one, test::Random& random) {
    one.array.rows = random.between(1, 20);
    one.array.parallel_rows = random.between(1, one.array.rows);
    one.pixels = 2;
    one.fill(random, random.between(1, 50), random.between(1, 5), random.between(2, 8));
    one.choose_ranges();
    INFO(test::describe(one));
    const auto digital = [](models::Domain domain, std::size_t count) {
      return domain == models::Domain::digital ? static_cast<std::int64_t>(count) : 1;
    };
    const mapping::EncodedLayer& layer = one.layers[0];
    std::int64_t row_groups = 0;
    for (int left = layer.weights.rows; left > 0; left -= one.array.rows) {
      row_groups += ceil_div(std::min(left, one.array.rows), one.array.parallel_rows);
    }
    const models::AccumulateSpec& accumulate = one.array.accumulate;
    const std::int64_t formula = one.images * one.pixels * row_groups * layer.weights.columns *
                                 digital(accumulate.inputs, layer.inputs.steps.size()) *
                                 digital(accumulate.slices, layer.weights.slices.size()) *
                                 digital(accumulate.polarity, static_cast<std::size_t>(layer.weights.planes));
    // The per-cell path counts conversions as it makes them.
    REQUIRE(test::compute(one, Path::per_cell, Dispatch::portable).counted.conversions == formula);
    REQUIRE(test::compute(one, Path::automatic, Dispatch::automatic).counted.conversions == formula);
  });
}

}  // namespace

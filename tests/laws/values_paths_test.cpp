// SPDX-License-Identifier: Apache-2.0
// Clipping converters, programming error and read noise: every path at every dispatch level gives the bits and the
// counts of the per-cell path.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <map>
#include <stdexcept>

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
    for (const Dispatch dispatch : values::available_dispatch()) {
      CAPTURE(static_cast<int>(path), static_cast<int>(dispatch));
      try {
        const test::Computed got = test::compute(one, path, dispatch, chip);
        REQUIRE(got.acc == expected.acc);
        REQUIRE(got.counted.conversions == expected.counted.conversions);
        REQUIRE(got.counted.clipped == expected.counted.clipped);
        ++compared[path];
      } catch (const std::invalid_argument&) {
        break;  // not for this layer
      }
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
  const int levels = static_cast<int>(values::available_dispatch().size());
  REQUIRE(compared[Path::planes] == cases * levels);
  REQUIRE(compared[Path::tables] > cases * levels * 3 / 4);  // the others need more than 32 bits
  REQUIRE(clipped > conversions / 100);                      // clipping was really met …
  REQUIRE(clipped < conversions / 2);                        // … and so was the rest
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
  const int levels = static_cast<int>(values::available_dispatch().size());
  REQUIRE(compared[Path::planes] > 24 * levels);
  REQUIRE(compared[Path::tables] >= 4 * levels);  // the others need more than 32 bits, or have digits of six
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
    REQUIRE(test::compute(one, Path::planes, Dispatch::automatic).counted.conversions == formula);
  });
}

}  // namespace

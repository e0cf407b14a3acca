// SPDX-License-Identifier: Apache-2.0
// Ideal cells and lossless converters: every path at every dispatch level gives the integer reference, bit for bit,
// for all encodings, cell and DAC bits, accumulation, signedness and zero points.
#include <catch2/catch.hpp>

#include "tests/support/values_cases.hpp"

namespace {

using namespace ohmic;
using values::Dispatch;
using values::Path;

/// The fewest bits that make the converters lossless; false when a converter does not have that many.
bool make_lossless(test::ValuesCase& one) {
  const int bits = mapping::lossless_bits(mapping::reachable_range(one.layers[0], one.array));
  if (bits > 16) return false;
  one.array.adc.part->bits = bits;
  one.array.adc.part->range = models::RangePolicy::lossless;
  one.choose_ranges();
  return true;
}

std::vector<std::int64_t> reference(const test::ValuesCase& one) {
  std::vector<std::int64_t> acc;
  one.multiply(workloads::ReferenceBackend(one.graph), acc);
  return acc;
}

TEST_CASE("every path equals the integer reference where converters are lossless", "[laws]") {
  int compared = 0;
  int possible = 0;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    possible += test::for_all_encodings(seed, [&](test::ValuesCase& one, test::Random& random) {
      one.array.rows = random.between(1, 40);
      one.array.parallel_rows = random.flip() ? one.array.rows : random.between(1, one.array.rows);
      one.images = random.between(1, 2);
      // Now and then so many vectors that bytes are multiplied by oneDNN, where that is exact here.
      one.pixels = random.between(0, 5) == 0 ? random.between(64, 80) : random.between(1, 3);
      one.fill(random, random.between(1, 90), random.between(1, 21), random.between(2, 8));
      if (!make_lossless(one)) return;
      ++compared;
      INFO("seed " << seed << ": " << test::describe(one));
      const std::vector<std::int64_t> expected = reference(one);
      for (const Path path : {Path::per_cell, Path::planes, Path::collapsed, Path::tables}) {
        for (const Dispatch dispatch : values::available_dispatch()) {
          if (path == Path::per_cell && dispatch != Dispatch::portable) continue;
          CAPTURE(static_cast<int>(path), static_cast<int>(dispatch));
          if (path == Path::tables && !test::has_path(one, path)) continue;
          const test::Computed got = test::compute(one, path, dispatch);
          REQUIRE(got.acc == expected);
          REQUIRE(got.counted.clipped == 0);
        }
      }
    });
  }
  // Nearly all ranges fit 16 bits: the law must not become empty unnoticed.
  REQUIRE(compared > possible * 3 / 4);
}

TEST_CASE("operands of up to 16 bits and groups of many rows", "[laws]") {
  int compared = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    test::Random random(seed + 7000);
    test::ValuesCase one;
    one.array.weights.encoding = test::kWeightEncodings[random.between(0, 2)];
    one.array.inputs.encoding = test::kInputEncodings[random.between(0, 2)];
    one.array.cell.bits = random.pick({1, 2, 4, 8});
    one.array.inputs.dac_bits = random.pick({1, 2, 4, 8});
    one.array.rows = random.between(200, 900);
    one.array.parallel_rows = one.array.rows;
    one.input.bits = random.between(9, 16);
    one.input.is_signed = random.flip();
    one.input.zero_point = random.between(one.input.q_min(), one.input.q_max());
    one.fill(random, random.between(250, 1000), random.between(1, 5), random.between(9, 16));
    if (!make_lossless(one)) continue;
    ++compared;
    INFO("seed " << seed << ": " << test::describe(one));
    const std::vector<std::int64_t> expected = reference(one);
    REQUIRE(test::compute(one, Path::per_cell, Dispatch::portable).acc == expected);
    for (const Dispatch dispatch : values::available_dispatch()) {
      REQUIRE(test::compute(one, Path::planes, dispatch).acc == expected);
      REQUIRE(test::compute(one, Path::collapsed, dispatch).acc == expected);
    }
  }
  REQUIRE(compared > 20);
}

TEST_CASE("automatic takes the fastest exact path", "[laws]") {
  test::Random random(5);
  test::ValuesCase one;
  one.fill(random, 20, 6, 4);
  REQUIRE(make_lossless(one));
  const auto chosen = [&] {
    return values::ArrayBackend(one.graph, one.layers, one.array, one.ranges, {}, {}).path(0);
  };
  REQUIRE(chosen() == Path::collapsed);
  one.array.adc.part->bits -= 1;  // some reachable value clips
  REQUIRE(chosen() == Path::tables);
  REQUIRE_THROWS_AS(test::compute(one, Path::collapsed, Dispatch::automatic), values::UnsupportedPath);
  one.array.adc.part->bits += 1;
  const values::ConverterRange whole = one.ranges[0][0];
  const auto chosen_with = [&](std::int64_t low, std::int64_t step) {
    one.array.adc.part->bits += 1;
    one.ranges[0][0] = {low, step};
    const Path path = chosen();
    one.ranges[0][0] = whole;
    one.array.adc.part->bits -= 1;
    return path;
  };
  REQUIRE(chosen_with(whole.low - values::kLevel, whole.step) == Path::collapsed);
  REQUIRE(chosen_with(whole.low + values::kLevel, whole.step) == Path::tables);  // the lowest value clips
  REQUIRE(chosen_with(whole.low - 1, whole.step) == Path::tables);               // codes are no whole levels
  REQUIRE(chosen_with(whole.low, whole.step * 2) == Path::tables);
  one.array.cell.device = test::device("{kind: rram_generic, read_noise: 0.01}");
  REQUIRE(chosen() == Path::tables);
  one.array.cell.device = test::device("{kind: rram_generic, programming_error: 0.01}");
  REQUIRE(chosen() == Path::tables);
  one.array.inputs.dac_bits = 6;  // wider than a pattern
  one.layers = {mapping::encode_layer(one.layer(), one.input, one.array)};
  REQUIRE(chosen() == Path::planes);
  one.array.inputs.level_error = 0.1;
  REQUIRE(chosen() == Path::per_cell);
}

}  // namespace

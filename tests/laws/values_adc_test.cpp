// SPDX-License-Identifier: Apache-2.0
// Conversion against a search over all codes in exact rational arithmetic, ties included; range policies against what
// they promise; calibrated ranges against sorted lists of converted values.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/values_cases.hpp"
#include "values/kernels.hpp"

namespace {

using namespace ohmic;
using values::ConverterRange;
using values::kLevel;

/// Nearest multiple of step above low, ties to the even one, over all codes and one beyond each end.
values::Converted search(std::int64_t value, const ConverterRange& range, std::int64_t max_code) {
  std::int64_t best = -2;
  std::int64_t best_distance = 0;
  for (std::int64_t code = -1; code <= max_code + 1; ++code) {
    const std::int64_t distance = std::abs(value - range.low - code * range.step);
    if (best == -2 || distance < best_distance || (distance == best_distance && code % 2 == 0)) {
      best = code;
      best_distance = distance;
    }
  }
  return {std::clamp<std::int64_t>(best, 0, max_code), best < 0 || best > max_code};
}

struct Sample {
  std::int64_t value;
  ConverterRange range;
};

/// Values all over and beyond the range; every third one on a tie.
Sample draw(test::Random& random, std::int64_t codes, int fraction_bits) {
  const std::int64_t unit = std::int64_t{1} << (values::kValueFractionBits - fraction_bits);
  Sample sample;
  sample.range.step = std::max<std::int64_t>(1, (random.bits() >> random.between(4, 28)) * 2);
  sample.range.low = (static_cast<std::int64_t>(random.bits() >> 8) - (1 << 23)) * unit;
  const std::int64_t span = sample.range.step * (codes + 3);
  sample.value = sample.range.low - sample.range.step + static_cast<std::int64_t>(random.bits()) % span;
  if (random.between(0, 2) == 0) {
    sample.range.step = (sample.range.step + 1) / 2 * 2 * unit;
    sample.value =
        sample.range.low + random.between(-2, static_cast<int>(codes) + 1) * sample.range.step + sample.range.step / 2;
  }
  sample.value = sample.value / unit * unit;
  return sample;
}

TEST_CASE("conversion is round half to even, clamped", "[laws]") {
  test::Random random(3);
  int clipped = 0;
  for (int i = 0; i < 20000; ++i) {
    const std::int64_t codes = values::max_code(random.between(1, 7));
    const Sample sample = draw(random, codes, 16);
    const values::Converted expected = search(sample.value, sample.range, codes);
    const values::Converted got = values::convert(sample.value, sample.range, codes);
    CAPTURE(i, sample.value, sample.range.low, sample.range.step, codes);
    REQUIRE(got.code == expected.code);
    REQUIRE(got.clipped == expected.clipped);
    clipped += got.clipped ? 1 : 0;
  }
  REQUIRE(clipped > 1000);
}

TEST_CASE("vector conversion is the same at every dispatch level", "[laws]") {
  test::Random random(4);
  constexpr int kFraction = 10;
  for (int round = 0; round < 300; ++round) {
    const std::int64_t codes = values::max_code(random.between(1, 16));
    std::vector<double> value, low, step;
    const std::vector<double> weight(32, 3.0);
    std::vector<double> expected(32, 1.0);
    std::int64_t clipped = 0;
    for (std::size_t lane = 0; lane < 32; ++lane) {
      const Sample sample = draw(random, codes, kFraction);
      const values::Converted converted = values::convert(sample.value, sample.range, codes);
      expected[lane] += 3.0 * static_cast<double>(converted.code);
      clipped += converted.clipped ? 1 : 0;
      value.push_back(std::ldexp(static_cast<double>(sample.value), kFraction - values::kValueFractionBits));
      low.push_back(static_cast<double>(sample.range.low));
      step.push_back(static_cast<double>(sample.range.step));
    }
    for (const values::Dispatch dispatch : values::available_dispatch()) {
      std::vector<double> sums(32, 1.0);
      const values::ConverterLanes lanes{low.data(), step.data(), weight.data(),
                                         std::ldexp(1.0, values::kValueFractionBits - kFraction),
                                         static_cast<double>(codes)};
      REQUIRE(values::kernels(dispatch).convert(lanes, value.data(), sums.data(), 32) == clipped);
      REQUIRE(sums == expected);
    }
  }
}

TEST_CASE("vector draws are the scalar ones at every dispatch level", "[laws]") {
  test::Random random(6);
  for (int round = 0; round < 2000; ++round) {
    const PhiloxKey key{random.bits(), random.bits()};
    std::vector<std::uint32_t> quads, places;
    for (int i = 0; i < 16; ++i) quads.push_back(random.bits()), places.push_back(random.bits() & 0xFFFF);
    const std::uint32_t group = random.bits() << 16;
    for (const values::Dispatch dispatch : values::available_dispatch()) {
      std::vector<std::int32_t> z(64);
      values::kernels(dispatch).draws(key, 5, 7, quads.data(), places.data(), group, 16, z.data());
      for (std::size_t i = 0; i < 64; ++i) {
        REQUIRE(z[i] == gaussian(philox({5, 7, quads[i / 4], places[i / 4] | group}, key)[i % 4]));
      }
    }
  }
}

TEST_CASE("ranges cover what their policy promises", "[laws]") {
  test::Random random(8);
  const auto adc = test::small_architecture().array.adc;
  for (int i = 0; i < 5000; ++i) {
    mapping::ConversionRange covered;
    covered.low = -static_cast<std::int64_t>(random.bits() >> random.between(8, 31));
    covered.high = covered.low + static_cast<std::int64_t>(random.bits() >> random.between(4, 31));
    adc.part->bits = random.between(1, 16);
    const std::int64_t codes = values::max_code(adc.part->bits);
    CAPTURE(covered.low, covered.high, codes);
    adc.part->range = models::RangePolicy::max;
    const ConverterRange max = values::make_range(covered, *adc, "a");
    const std::int64_t low = std::min<std::int64_t>(0, covered.low) * kLevel;
    const std::int64_t high = std::max<std::int64_t>(0, covered.high) * kLevel;
    REQUIRE(max.low <= low);
    REQUIRE(max.low + codes * max.step >= high);
    REQUIRE(max.step >= kLevel);
    const bool has_zero = codes > 1 || low == 0 || high == 0;
    if (has_zero) REQUIRE(max.low % max.step == 0);
    // No finer step covers both sides of 0, by brute force over the codes below 0.
    for (std::int64_t below = 0; has_zero && codes < 600 && below <= codes; ++below) {
      const std::int64_t finer = max.step - 1;
      REQUIRE((finer < kLevel || below * finer < -low || (codes - below) * finer < high));
    }
    adc.part->range = models::RangePolicy::granular;
    const ConverterRange granular = values::make_range(covered, *adc, "a");
    const double levels = static_cast<double>(granular.step) / static_cast<double>(kLevel);
    REQUIRE(std::exp2(std::round(std::log2(levels))) == levels);
    REQUIRE(granular.step >= max.step);
    REQUIRE((granular.step == kLevel || granular.step / 2 < max.step));
    REQUIRE(granular.low <= low);
    REQUIRE(granular.low + codes * granular.step >= high);
    if (has_zero) REQUIRE(granular.low % granular.step == 0);
    adc.part->range = models::RangePolicy::lossless;
    if (covered.high - covered.low <= codes) {
      REQUIRE(values::make_range(covered, *adc, "a") == ConverterRange{covered.low * kLevel, kLevel});
    } else {
      REQUIRE_THROWS_AS(values::make_range(covered, *adc, "a"), RuleError);
    }
  }
}

TEST_CASE("a lossless converter with too few bits says how many it needs") {
  const auto adc = test::small_architecture().array.adc;
  adc.part->bits = 8;
  adc.part->range = models::RangePolicy::lossless;
  REQUIRE_THROWS_WITH(values::make_range({-384, 384}, *adc, "conv1"),
                      "a lossless converter needs 10 bits for layer 'conv1' (-384 to 384), not 8");
}

TEST_CASE("histogram percentiles are those of the sorted list, outwards to the last one seen in the same bin",
          "[laws]") {
  test::Random random(9);
  for (int round = 0; round < 100; ++round) {
    const int count = random.between(1, 5000);
    const int bin_bits = round % 2 == 0 ? 0 : random.between(1, 5);
    const std::int64_t low = random.between(-150, 20);
    const mapping::ConversionRange expected{low, low + random.between(0, 200)};
    values::ValueHistogram first(expected, bin_bits), second(expected, bin_bits);
    std::vector<std::int64_t> all;
    for (int i = 0; i < count; ++i) {
      all.push_back(random.between(-40, 40) * random.between(1, 3));
      (random.flip() ? first : second).add(all.back());
    }
    first.merge(second);
    std::sort(all.begin(), all.end());
    REQUIRE(first.count() == count);
    const auto same_bin = [&](std::int64_t a, std::int64_t b) {
      return (a - low) >> bin_bits == (b - low) >> bin_bits;
    };
    for (const double percent : {50.0, 90.0, 99.9, 100.0}) {
      auto high_rank = static_cast<std::size_t>(std::ceil(percent / 100 * count - 1e-9)) - 1;
      std::size_t low_rank = all.size() - 1 - high_rank;
      while (high_rank + 1 < all.size() && same_bin(all[high_rank], all[high_rank + 1])) ++high_rank;
      while (low_rank > 0 && same_bin(all[low_rank], all[low_rank - 1])) --low_rank;
      CAPTURE(round, bin_bits, percent);
      REQUIRE(first.percentile(percent).high == all[high_rank]);
      REQUIRE(first.percentile(percent).low == all[low_rank]);
    }
  }
}

TEST_CASE("calibrated ranges are percentiles of what ideal arrays convert", "[laws]") {
  int compared = 0;
  test::for_all_encodings(31, [&](test::ValuesCase& one, test::Random& random) {
    if (random.between(0, 7) != 0) return;
    one.array.rows = random.between(2, 9);
    one.array.parallel_rows = random.between(1, one.array.rows);
    const int rows = random.between(1, 20);
    one.fill(random, rows, random.between(1, 4), 4);
    one.array.adc.part->range = models::RangePolicy::calibrated;
    one.array.adc.part->percentile = random.pick({90.0, 99.0, 100.0});
    const bool by_column = random.flip();
    one.array.adc.part->scope = by_column ? models::RangeScope::column : models::RangeScope::layer;
    one.array.adc.part->bits = random.between(2, 8);
    workloads::Dataset data;
    data.shape = {1, rows, 1};
    for (int image = 0; image < 11; ++image) {
      data.labels.push_back(0);
      for (int i = 0; i < rows; ++i) data.images.push_back(static_cast<std::uint8_t>(random.bits() >> 24));
    }
    INFO(test::describe(one));
    const auto ranges = values::choose_ranges(one.graph, one.layers, one.array, data, {}, 2);

    // What the network's input node makes of the pixels, then every conversion from codes and digits.
    const auto nodes = workloads::execute(one.graph, workloads::ReferenceBackend(one.graph), data, {}, 0, 11, true);
    const auto& x = nodes[1].integers;
    const mapping::EncodedLayer& layer = one.layers[0];
    std::vector<std::vector<std::int64_t>> seen(by_column ? static_cast<std::size_t>(layer.weights.columns) : 1);
    for (int image = 0; image < 11; ++image) {
      for (int column = 0; column < layer.weights.columns; ++column) {
        for (const mapping::Conversion& c : mapping::conversions_of(layer, one.array)) {
          for (int block = 0; block < rows; block += one.array.rows) {
            const int block_end = std::min(block + one.array.rows, rows);
            for (int begin = block; begin < block_end; begin += one.array.parallel_rows) {
              std::int64_t sum = 0;
              for (int row = begin; row < std::min(begin + one.array.parallel_rows, block_end); ++row) {
                sum += mapping::conversion_coefficient(layer, c, row, column) *
                       mapping::conversion_drive(layer.inputs, c, x[image * rows + row] - layer.inputs.offset);
              }
              seen[by_column ? static_cast<std::size_t>(column) : 0].push_back(sum);
            }
          }
        }
      }
    }
    REQUIRE(ranges[0].size() == seen.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
      std::sort(seen[i].begin(), seen[i].end());
      const auto n = static_cast<double>(seen[i].size());
      const auto rank = static_cast<std::size_t>(std::ceil(one.array.adc->percentile / 100 * n - 1e-9));
      const mapping::ConversionRange covered{seen[i][seen[i].size() - rank], seen[i][rank - 1]};
      REQUIRE(ranges[0][i] == values::make_range(covered, *one.array.adc, "layer"));
    }
    ++compared;
  });
  REQUIRE(compared > 50);
}

TEST_CASE("calibrated ranges need images") {
  test::Random random(1);
  test::ValuesCase one;
  one.fill(random, 4, 2, 4);
  one.array.adc.part->range = models::RangePolicy::calibrated;
  REQUIRE_THROWS_WITH(one.choose_ranges(), "architecture.array.adc.range is calibrated, which needs images");
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// Converters with errors: the binary search itself against the list of its transitions, closed forms of what
// mismatch, offset, gain, bow and noise do, and where a converter's draws lie. Bounds are six standard errors.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "tests/support/circuits.hpp"
#include "values/transitions.hpp"

namespace {

using namespace ohmic;
using test::Sample;
using values::ConverterRange;
using values::kLevel;

constexpr double kStandardErrors = 6;

double uniform(test::Random& random) {
  return std::ldexp(static_cast<double>(random.bits()), -32);
}
double normal(test::Random& random) {
  return std::ldexp(static_cast<double>(gaussian(random.bits())), -16);
}
double probability(double x) {
  return std::erfc(-x / std::sqrt(2.0)) / 2;
}

TEST_CASE("a SAR's binary search is the rising staircase of its transitions", "[laws]") {
  test::Random random(71);
  int falling = 0;
  for (int round = 0; round < 800; ++round) {
    const int bits = random.between(1, 8);
    const int codes = 1 << bits;
    const auto adc = test::adc(bits, 1, "kind: sar, capacitor_mismatch: 0.1");
    std::vector<double> z;
    for (int i = 0; i < 4 + bits; ++i) z.push_back(normal(random));
    const models::ConverterErrors errors = adc->draw([&](int i) { return z[static_cast<std::size_t>(i)]; });
    // The converter as it is built: capacitors, and bit after bit kept where the input is not below the level.
    double total = 1 + 0.1 * z[3];
    for (int k = 0; k < bits; ++k)
      total += std::exp2(k) + 0.1 * std::sqrt(std::exp2(k)) * z[static_cast<std::size_t>(4 + k)];
    const auto level = [&](int code) {
      double sum = 0;
      for (int k = 0; k < bits; ++k) {
        if ((code >> k) % 2 != 0)
          sum += std::exp2(k) + 0.1 * std::sqrt(std::exp2(k)) * z[static_cast<std::size_t>(4 + k)];
      }
      return codes * sum / total - 0.5;
    };
    const auto search = [&](double x) {
      int code = 0;
      for (int bit = codes / 2; bit > 0; bit /= 2) code += x >= level(code + bit) ? bit : 0;
      return code;
    };
    for (int code = 2; code < codes; ++code) falling += level(code) < level(code - 1) ? 1 : 0;
    int last = 0;
    for (int i = 0; i <= 4 * codes; ++i) {
      const double x = (i + uniform(random)) / 4 - 0.7;
      int counted = 0;
      for (int k = 1; k < codes; ++k) counted += x >= k - 0.5 + errors.late[static_cast<std::size_t>(k - 1)] ? 1 : 0;
      CAPTURE(round, bits, x);
      REQUIRE(counted == search(x));
      REQUIRE(counted >= last);
      last = counted;
    }
  }
  REQUIRE(falling > 100);  // levels that do not ascend were met
}

TEST_CASE("converters without errors give the codes of the ideal one, ties included", "[laws]") {
  test::Random random(72);
  for (int round = 0; round < 300; ++round) {
    const int bits = random.between(1, 8);
    const ConverterRange range{static_cast<std::int64_t>(random.bits() >> 12) - (1 << 19), random.between(1, 99999)};
    // Every key that is there has σ = 0; capacitors are summed all the same.
    const auto adc = test::adc(bits, 1, "kind: sar, offset_lsb: 0, gain_error: 0, capacitor_mismatch: 1e-300");
    const values::Transitions transitions(adc->draw([&](int) { return normal(random); }), range, bits);
    const std::int64_t codes = values::max_code(bits);
    for (int i = 0; i < 200; ++i) {
      const std::int64_t tie = range.low + (2 * random.between(-2, static_cast<int>(codes) + 2) + 1) * range.step / 2;
      for (const std::int64_t value : {tie - 1, tie, tie + 1}) {
        const values::Converted expected = values::convert(value, range, codes);
        const values::Converted got = transitions.convert(value);
        CAPTURE(range.low, range.step, bits, value);
        REQUIRE(got.code == expected.code);
        REQUIRE(got.clipped == expected.clipped);
        REQUIRE(transitions.unrounded(value) == value);
      }
    }
  }
}

TEST_CASE("INL and DNL of capacitor mismatch have the variances of their closed forms", "[laws]") {
  test::Random random(73);
  constexpr int kBits = 6;
  constexpr int kCodes = 1 << kBits;
  constexpr double kSigma = 0.004;
  const auto adc = test::adc(kBits, 1, "kind: sar, capacitor_mismatch: 0.004");
  std::vector<std::vector<double>> late(kCodes - 1);
  std::vector<double> middle;
  for (int converter = 0; converter < 40000; ++converter) {
    std::vector<double> z;
    for (int i = 0; i < 4 + kBits; ++i) z.push_back(normal(random));
    const auto errors = adc->draw([&](int i) { return z[static_cast<std::size_t>(i)]; });
    for (std::size_t k = 0; k < late.size(); ++k) late[k].push_back(errors.late[k]);
    middle.push_back(errors.late[kCodes / 2 - 1] - errors.late[kCodes / 2 - 2]);
  }
  // Of first order in σ: the second is 2^bits · σ² of it at most.
  for (const int code : {1, 2, 3, 8, 21, 32, 33, 48, 63}) {
    const Sample sample(late[static_cast<std::size_t>(code - 1)]);
    const double expected = kSigma * kSigma * code * (kCodes - code) / kCodes;
    CAPTURE(code, sample.mean, sample.variance, expected);
    CHECK(sample.mean_off(0) < kStandardErrors);
    CHECK(sample.variance_off(expected) < kStandardErrors);
  }
  CHECK(Sample(middle).variance_off(kSigma * kSigma * (kCodes - 1 - 1.0 / kCodes)) < kStandardErrors);
}

/// Transitions of 50 × 200 converters of one column each.
std::vector<values::Transitions> many_converters(const std::string& keys, const ConverterRange& range, int bits,
                                                 std::uint64_t seed) {
  models::ArraySpec array = test::small_architecture().array;
  array.rows = 1;
  array.columns = 200;
  array.adc = test::adc(bits, 1, keys);
  const mapping::EncodedLayer layer = test::empty_layer(50, 200);
  const values::ConverterBank bank(layer, array, std::vector<ConverterRange>(200, range),
                                   stream_key({.seed = seed, .purpose = Purpose::adc_error}));
  std::vector<values::Transitions> all;
  for (int block = 0; block < 50; ++block) {
    for (int column = 0; column < 200; ++column) all.push_back(bank.of(block, column, 0));
  }
  return all;
}

TEST_CASE("offset and gain errors have the mean and spread that the YAML says", "[laws]") {
  constexpr int kBits = 8;
  constexpr int kCodes = 1 << kBits;
  const ConverterRange range{-100 * 3 * kLevel, 3 * kLevel};  // code 100 is value 0
  std::vector<double> offsets, gains;
  for (const values::Transitions& one :
       many_converters("kind: sar, offset_lsb: 0.7, gain_error: 0.02", range, kBits, 5)) {
    // A line through all transitions, as a tester would fit it: code = gain · input + offset.
    double x = 0, y = 0, xx = 0, xy = 0;
    for (int k = 1; k < kCodes; ++k) {
      const double input = static_cast<double>(one.begins()[k - 1]) / (3.0 * kLevel);
      const double output = k - 0.5 - 100;
      x += input, y += output, xx += input * input, xy += input * output;
    }
    const double n = kCodes - 1;
    const double gain = (n * xy - x * y) / (n * xx - x * x);
    gains.push_back(gain);
    offsets.push_back((y - gain * x) / n);
  }
  const Sample offset(offsets), gain(gains);
  CHECK(offset.mean_off(0) < kStandardErrors);
  CHECK(offset.variance_off(0.7 * 0.7) < kStandardErrors);
  CHECK(gain.mean_off(1) < kStandardErrors);
  CHECK(gain.variance_off(0.02 * 0.02) < kStandardErrors);
  double together = 0;
  for (std::size_t i = 0; i < gains.size(); ++i) together += (offsets[i] - offset.mean) * (gains[i] - gain.mean);
  CHECK(std::abs(together / std::sqrt(offset.variance * gain.variance)) < kStandardErrors * std::sqrt(gain.count));
}

TEST_CASE("the bow has its peak at mid-scale and none at the ends, and its sign is drawn or given", "[laws]") {
  constexpr int kBits = 7;
  const ConverterRange range{0, 1000 * kLevel};
  const auto bow = [&](const values::Transitions& one, int k) {
    return static_cast<double>(one.begins()[k - 1] - values::ideal_transition(range, k)) / (1000.0 * kLevel);
  };
  for (const values::Transitions& one : many_converters("kind: sar, inl_lsb: -0.8, inl_sign: fixed", range, kBits, 1)) {
    CHECK(bow(one, 1) == 0);
    CHECK(bow(one, 127) == 0);
    CHECK(bow(one, 64) == Approx(-0.8).epsilon(1e-6));
    CHECK(bow(one, 33) == Approx(-0.8 * 4 * (32.0 / 126) * (94.0 / 126)).epsilon(1e-6));
  }
  std::vector<double> signs;
  for (const values::Transitions& one : many_converters("kind: sar, inl_lsb: 0.8", range, kBits, 1)) {
    CHECK(std::abs(bow(one, 64)) == Approx(0.8).epsilon(1e-6));
    signs.push_back(bow(one, 64) > 0 ? 1 : -1);
  }
  CHECK(Sample(signs).mean_off(0) < kStandardErrors);
}

TEST_CASE("every converter draws its own errors, by its place", "[laws]") {
  models::ArraySpec array = test::small_architecture().array;
  array.rows = 4;
  array.columns = 12;
  array.adc = test::adc(6, 4, "kind: sar, offset_lsb: 1, capacitor_mismatch: 0.01");
  const PhiloxKey key = stream_key({.seed = 3, .purpose = Purpose::adc_error});
  const auto layer_of = [&](int rows, int columns, int slices) {
    mapping::EncodedLayer layer = test::empty_layer(rows, columns);
    layer.weights.slices.assign(static_cast<std::size_t>(slices), {0, 1, 1});
    return layer;
  };
  const auto first = [](const values::ConverterBank& bank, int block, int column, int slice) {
    return bank.of(block, column, slice).begins()[20];
  };
  const mapping::EncodedLayer small = layer_of(8, 20, 1);
  const mapping::EncodedLayer large = layer_of(20, 50, 1);
  const values::ConverterBank a(small, array, std::vector<ConverterRange>(20), key);
  const values::ConverterBank b(large, array, std::vector<ConverterRange>(50), key);
  std::map<std::int64_t, int> seen;
  for (int block = 0; block < 2; ++block) {
    for (int column = 0; column < 20; ++column) {
      REQUIRE(first(a, block, column, 0) == first(b, block, column, 0));
      // Columns 0 … 3, 4 … 7, 8 … 11 of an array share a converter, and the next array begins at column 12.
      const int converter = column / 12 * 12 + column % 12 / 4 * 4;
      REQUIRE(first(a, block, column, 0) == first(a, block, converter, 0));
      if (column == converter) ++seen[first(a, block, column, 0)];
    }
  }
  REQUIRE(seen.size() == 10);  // 2 row blocks · (3 + 2) converters, no two alike
  // Three slices a weight: physical column 3 · column + slice, 4 weights an array.
  const mapping::EncodedLayer sliced = layer_of(4, 8, 3);
  const values::ConverterBank c(sliced, array, std::vector<ConverterRange>(8), key);
  for (int column = 0; column < 8; ++column) {
    for (int slice = 0; slice < 3; ++slice) {
      const int physical = column % 4 * 3 + slice;
      REQUIRE(first(c, 0, column, slice) == first(b, 0, column / 4 * 12 + physical, 0));
    }
  }
}

TEST_CASE("without rounding a converter passes its own curve", "[laws]") {
  test::Random random(74);
  const ConverterRange range{-40 * kLevel, 5 * kLevel};
  const auto adc =
      test::adc(4, 1, "kind: sar, offset_lsb: 0.5, gain_error: 0.05, capacitor_mismatch: 0.02, inl_lsb: 0.5");
  for (int round = 0; round < 200; ++round) {
    std::vector<double> z;
    for (int i = 0; i < 10; ++i) z.push_back(normal(random));
    const values::Transitions one(adc->draw([&](int i) { return z[static_cast<std::size_t>(i)]; }), range, 4);
    for (int k = 1; k <= 15; ++k) {
      const std::int64_t at = one.begins()[k - 1];
      // Codes that are missing have no curve of their own.
      if (k < 15 && one.begins()[k] - at < kLevel) continue;
      REQUIRE(std::abs(one.unrounded(at) - values::ideal_transition(range, k)) <= 1);
    }
    std::int64_t last = one.unrounded(-60 * kLevel);
    for (std::int64_t value = -60 * kLevel; value < 60 * kLevel; value += kLevel / 3) {
      REQUIRE(one.unrounded(value) >= last);
      last = one.unrounded(value);
    }
  }
}

TEST_CASE("input noise spreads a constant over codes as the normal distribution says", "[laws]") {
  test::ValuesCase one;
  one.array.rows = one.array.parallel_rows = 1;
  one.array.accumulate = {models::Domain::analog, models::Domain::analog, models::Domain::analog};
  one.array.adc = test::adc(8, 8, "kind: sar, noise_lsb: 1.3");
  one.input.bits = 1;
  one.images = 4000;
  test::Random random(1);
  one.fill(random, 1, 25, 2);
  auto& conv =
      std::get<workloads::QuantizedConv>(one.graph.nodes[static_cast<std::size_t>(one.graph.output)].operation);
  std::fill(conv.weights.begin(), conv.weights.end(), std::int16_t{1});
  one.layers = {mapping::encode_layer(conv, one.input, one.array)};
  constexpr std::int64_t kLow = -1605;
  constexpr std::int64_t kStep = 16;
  one.ranges = {{{kLow * kLevel, kStep * kLevel}}};
  // With a row driven and with none: the noise is that of the converter.
  for (const int value : {1, 0}) {
    std::fill(one.x.begin(), one.x.end(), value);
    std::map<std::int64_t, int> histogram;
    const auto acc = test::compute(one, values::Path::automatic, values::Dispatch::automatic, {11, 0}).acc;
    for (const std::int64_t result : acc) ++histogram[(result - kLow) / kStep];
    const auto n = static_cast<double>(acc.size());
    const double centre = static_cast<double>(value - kLow) / kStep;
    for (int code = 96; code <= 105; ++code) {
      const double p = probability((code + 0.5 - centre) / 1.3) - probability((code - 0.5 - centre) / 1.3);
      CAPTURE(value, code, histogram[code], n * p);
      CHECK(std::abs(histogram[code] - n * p) < kStandardErrors * std::sqrt(n * p * (1 - p)));
    }
  }
}

}  // namespace

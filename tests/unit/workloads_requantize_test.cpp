// SPDX-License-Identifier: Apache-2.0
// Every kind of requantization and every rounding against exact division.
#include <catch2/catch.hpp>

#include "tests/support/random.hpp"
#include "tests/support/reference_rounding.hpp"
#include "workloads/requantize.hpp"

using namespace ohmic;
using namespace ohmic::workloads;

namespace {

constexpr Rounding kRoundings[] = {Rounding::half_even, Rounding::half_up, Rounding::half_away, Rounding::floor};

/// Uniform in [low, high] but for a bias below 2^-20.
std::int64_t wide(test::Random& random, std::int64_t low, std::int64_t high) {
  const std::uint64_t bits = std::uint64_t{random.bits()} << 32 | random.bits();
  return low + static_cast<std::int64_t>(bits % (static_cast<std::uint64_t>(high - low) + 1));
}

Requant one_factor(RequantKind kind, Rounding rounding, std::int32_t multiplier, std::int32_t shift) {
  Requant requant;
  requant.kind = kind;
  requant.rounding = rounding;
  if (kind == RequantKind::multiplier_shift) requant.multiplier = {multiplier};
  requant.shift = {shift};
  return requant;
}

}  // namespace

TEST_CASE("division by a power of two rounds as its name says") {
  struct Row {
    Rounding rounding;
    std::vector<std::int64_t> quotients;  // of −7 … 7 by 4
  };
  const Row rows[] = {
      {Rounding::half_even, {-2, -2, -1, -1, -1, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2}},
      {Rounding::half_up, {-2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2}},
      {Rounding::half_away, {-2, -2, -1, -1, -1, -1, 0, 0, 0, 1, 1, 1, 1, 2, 2}},
      {Rounding::floor, {-2, -2, -2, -1, -1, -1, -1, 0, 0, 0, 0, 1, 1, 1, 1}},
  };
  for (const Row& row : rows) {
    for (int value = -7; value <= 7; ++value) {
      INFO("rounding " << static_cast<int>(row.rounding) << " value " << value);
      CHECK(rounded_shift(value, 2, row.rounding) == row.quotients[static_cast<std::size_t>(value + 7)]);
    }
  }
}

TEST_CASE("multiplier and shift round like exact division") {
  test::Random random(20240501);
  INFO("seed 20240501");
  for (int i = 0; i < 40000; ++i) {
    const int width = random.between(1, 40);
    const std::int64_t accumulator = wide(random, -(std::int64_t{1} << width), std::int64_t{1} << width);
    const auto multiplier = static_cast<std::int32_t>(wide(random, std::int64_t{1} << 30, (std::int64_t{1} << 31) - 1));
    const int shift = random.between(0, 75);
    for (const Rounding rounding : kRoundings) {
      const Requant requant = one_factor(RequantKind::multiplier_shift, rounding, multiplier, shift);
      const auto expected = test::reference_quotient(requant, accumulator, 0);
      if (shift < 10 && width > 30) continue;  // beyond int64, see the case of saturation
      REQUIRE(requant.apply(accumulator, 0) == expected);
    }
  }
}

TEST_CASE("ties of a multiplier and shift round like exact division") {
  test::Random random(7);
  INFO("seed 7");
  for (int i = 0; i < 20000; ++i) {
    const int shift = random.between(31, 60);
    // (2k + 1) · 2^(shift − 31) times 2^30 lies half between two multiples of 2^shift.
    const std::int64_t accumulator = (2 * wide(random, -50, 50) + 1) * (std::int64_t{1} << (shift - 31));
    for (const Rounding rounding : kRoundings) {
      const Requant requant = one_factor(RequantKind::multiplier_shift, rounding, 1 << 30, shift);
      REQUIRE(requant.apply(accumulator, 0) == test::reference_quotient(requant, accumulator, 0));
    }
  }
}

TEST_CASE("tflite's double rounding is that of gemmlowp") {
  test::Random random(99);
  INFO("seed 99");
  int differs_from_single_rounding = 0;
  for (int i = 0; i < 200000; ++i) {
    const int exponent = random.between(-12, 3);
    const int width = random.between(1, exponent > 0 ? 31 - exponent : 31);
    const std::int64_t limit = (std::int64_t{1} << width) - 1;
    auto accumulator = wide(random, -limit, limit);
    auto multiplier = static_cast<std::int32_t>(wide(random, std::int64_t{1} << 30, (std::int64_t{1} << 31) - 1));
    if (i % 4 == 0) multiplier = 1 << 30;  // ties of the first rounding
    const Requant requant = one_factor(RequantKind::multiplier_shift, Rounding::tflite, multiplier, 31 - exponent);
    REQUIRE(requant.apply(accumulator, 0) == test::reference_quotient(requant, accumulator, 0));
    Requant single = requant;
    single.rounding = Rounding::half_away;
    differs_from_single_rounding += single.apply(accumulator, 0) != requant.apply(accumulator, 0) ? 1 : 0;
  }
  CHECK(differs_from_single_rounding > 0);
}

TEST_CASE("shift rounds like exact division, to the left it multiplies") {
  test::Random random(3);
  INFO("seed 3");
  for (int i = 0; i < 20000; ++i) {
    const std::int64_t accumulator = wide(random, -(std::int64_t{1} << 20), std::int64_t{1} << 20);
    for (const Rounding rounding : kRoundings) {
      const Requant requant = one_factor(RequantKind::shift, rounding, 0, random.between(-8, 70));
      REQUIRE(requant.apply(accumulator, 0) == test::reference_quotient(requant, accumulator, 0));
    }
  }
}

TEST_CASE("real requantization is two float32 roundings and ties to even") {
  test::Random random(11);
  INFO("seed 11");
  for (int i = 0; i < 100000; ++i) {
    const int width = random.between(1, 40);
    const std::int64_t accumulator = wide(random, -(std::int64_t{1} << width), std::int64_t{1} << width);
    Requant requant;
    requant.scale = {i % 3 == 0 ? std::ldexp(1.0F, -random.between(1, 12))
                                : 1e-6F + 0.1F * static_cast<float>(random.bits() >> 8) * 0x1p-24F};
    REQUIRE(requant.apply(accumulator, 0) == test::reference_quotient(requant, accumulator, 0));
  }
  Requant half;
  half.scale = {0.5F};
  CHECK(half.apply(1, 0) == 0);
  CHECK(half.apply(3, 0) == 2);
  CHECK(half.apply(-1, 0) == 0);
  CHECK(half.apply(-3, 0) == -2);
  CHECK(half.apply((1 << 24) + 1, 0) == 1 << 23);  // the accumulator itself rounds to float32
}

TEST_CASE("quotients beyond int64 saturate") {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  for (const Rounding rounding : {Rounding::half_even, Rounding::half_up, Rounding::half_away, Rounding::tflite}) {
    const Requant requant = one_factor(RequantKind::multiplier_shift, rounding, std::int32_t{1} << 30, -40);
    CHECK(requant.apply(kMax, 0) == kMax);
    CHECK(requant.apply(kMin, 0) == kMin);
    CHECK(requant.apply(0, 0) == 0);
  }
  CHECK(rounded_shift(1, -63, Rounding::floor) == kMax);
  CHECK(rounded_shift(-1, -63, Rounding::floor) == kMin);
  CHECK(rounded_shift(kMax, 200, Rounding::half_up) == 0);
  CHECK(rounded_shift(kMin, 200, Rounding::floor) == -1);
}

TEST_CASE("a ratio becomes a multiplier in [2^30, 2^31) with 31 exact bits") {
  test::Random random(5);
  INFO("seed 5");
  for (int i = 0; i < 10000; ++i) {
    const double ratio = std::ldexp(1.0 + static_cast<double>(wide(random, 0, (std::int64_t{1} << 52) - 1)) * 0x1p-52,
                                    random.between(-40, 10));
    const Requant requant = make_requant({RequantKind::multiplier_shift, Rounding::half_up}, {ratio});
    REQUIRE(requant.multiplier[0] >= 1 << 30);
    const double back = std::ldexp(static_cast<double>(requant.multiplier[0]), -requant.shift[0]);
    REQUIRE(std::fabs(back / ratio - 1) <= std::ldexp(1.0, -31));
  }
  // Rounding up to 2^31 moves the exponent.
  const Requant edge = make_requant({RequantKind::multiplier_shift, Rounding::half_up}, {1 - std::ldexp(1.0, -50)});
  CHECK(edge.multiplier[0] == 1 << 30);
  CHECK(edge.shift[0] == 30);
}

TEST_CASE("shift takes powers of two only") {
  CHECK(make_requant({RequantKind::shift, Rounding::floor}, {0.125, 2}).shift == std::vector<std::int32_t>{3, -1});
  CHECK_THROWS_AS(make_requant({RequantKind::shift, Rounding::floor}, {0.3}), std::invalid_argument);
}

TEST_CASE("both inputs of an addition share one shift") {
  const Requant shift = make_add_requant({RequantKind::shift, Rounding::half_up}, 0.5, 2);
  CHECK(apply_add(shift, 3, 5) == 12);  // 1.5 + 10
  const Requant multiplier = make_add_requant({RequantKind::multiplier_shift, Rounding::half_even}, 0.3, 1.7);
  CHECK(multiplier.shift[0] == multiplier.shift[1]);
  CHECK(multiplier.multiplier[1] >= 1 << 30);
  CHECK(apply_add(multiplier, 100, -50) == -55);
  const Requant real = make_add_requant({RequantKind::real, Rounding::half_even}, 0.25, 0.25);
  CHECK(apply_add(real, 1, 1) == 0);
  CHECK(apply_add(real, 3, 3) == 2);
}

TEST_CASE("outputs saturate at both ends of their range") {
  const QuantParams bytes{8, false, 1, 10};
  CHECK(to_output(245, bytes) == 255);
  CHECK(to_output(246, bytes) == 255);
  CHECK(to_output(-10, bytes) == 0);
  CHECK(to_output(std::numeric_limits<std::int64_t>::min(), bytes) == 0);
  CHECK(to_output(std::numeric_limits<std::int64_t>::max(), bytes) == 255);
  const QuantParams nibble{4, true, 1, -3};
  CHECK(to_output(100, nibble) == 7);
  CHECK(to_output(-100, nibble) == -8);
  CHECK(quantize_value(std::numeric_limits<float>::infinity(), bytes) == 255);
}

TEST_CASE("rows are requantized to the bits of single values") {
  test::Random random(77);
  for (int round = 0; round < 20000; ++round) {
    CAPTURE(round);
    const int channels = random.between(1, 9);
    Requant requant;
    requant.kind = random.pick({RequantKind::real, RequantKind::multiplier_shift, RequantKind::shift});
    requant.rounding =
        random.pick({Rounding::half_even, Rounding::half_up, Rounding::half_away, Rounding::floor, Rounding::tflite});
    const int entries = random.flip() ? 1 : channels;
    for (int i = 0; i < entries; ++i) {
      requant.scale.push_back(random.flip() ? 0.5F : static_cast<float>(random.between(1, 1 << 20)) / (1 << 24));
      requant.multiplier.push_back(static_cast<std::int32_t>(wide(random, 1 << 30, (std::int64_t{1} << 31) - 1)));
      requant.shift.push_back(random.between(0, 9) == 0 ? random.between(-3, 70) : random.between(28, 45));
    }
    QuantParams params;
    params.bits = random.between(2, 16);
    params.is_signed = random.flip();
    params.zero_point = random.between(params.q_min(), params.q_max());
    const std::int32_t low = random.flip() ? params.zero_point : params.q_min();
    const std::int64_t most = std::int64_t{1}
                              << (random.between(0, 9) == 0 ? random.between(32, 40) : random.between(4, 31));
    std::vector<std::int64_t> acc;
    for (int c = 0; c < channels; ++c) acc.push_back(wide(random, -most, most - 1));
    std::vector<std::int32_t> out(acc.size());
    requantize_row(requant, params, low, acc.data(), channels, out.data());
    for (int c = 0; c < channels; ++c) {
      const auto i = static_cast<std::size_t>(c);
      REQUIRE(out[i] == std::max(to_output(requant.apply(acc[i], c), params), low));
    }
  }
}

TEST_CASE("rows are added to the bits of single values") {
  test::Random random(78);
  for (int round = 0; round < 20000; ++round) {
    CAPTURE(round);
    const double ratio_a = random.flip() ? 0.5 : random.between(1, 1000) / 512.0;
    const double ratio_b = random.flip() ? 0.5 : random.between(1, 1000) / 512.0;
    const Rounding rounding =
        random.pick({Rounding::half_even, Rounding::half_up, Rounding::half_away, Rounding::floor});
    Requant requant;
    switch (random.between(0, 3)) {
      case 0:
        requant = make_add_requant({RequantKind::real, rounding}, ratio_a, ratio_b);
        break;
      case 1:
        requant = make_add_requant({RequantKind::multiplier_shift, rounding}, ratio_a, ratio_b);
        break;
      case 2:
        requant = make_add_requant({RequantKind::shift, rounding}, 0.25, 0.125);
        break;
      default:
        requant = make_tflite_add_requant(ratio_a, ratio_b, random.between(1, 100) / 64.0);
    }
    QuantParams params;
    params.bits = random.between(2, 8);
    params.is_signed = random.flip();
    params.zero_point = random.between(params.q_min(), params.q_max());
    const std::int32_t low = random.flip() ? params.zero_point : params.q_min();
    const int most = random.pick({127, 255, 3000});
    std::vector<std::int32_t> a;
    std::vector<std::int32_t> b;
    for (int i = 0; i < 7; ++i) {
      a.push_back(random.between(-most, most));
      b.push_back(random.between(-most, most));
    }
    const int zero_a = random.between(-128, 127);
    const int zero_b = random.between(-128, 127);
    std::vector<std::int32_t> out(a.size());
    add_rows(requant, params, low, a.data(), zero_a, b.data(), zero_b, out.size(), out.data());
    for (std::size_t i = 0; i < a.size(); ++i) {
      REQUIRE(out[i] == std::max(to_output(apply_add(requant, a[i] - zero_a, b[i] - zero_b), params), low));
    }
  }
}

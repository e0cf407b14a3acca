// SPDX-License-Identifier: Apache-2.0
// Errors of row drivers by shape against their closed forms, where their draws lie, and how read noise averages over
// pulses. Bounds are six standard errors.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/circuits.hpp"
#include "values/row_drive.hpp"

namespace {

using namespace ohmic;
using models::InputShape;
using test::Sample;

constexpr double kStandardErrors = 6;
constexpr int kRows = 20000;

values::RowDrive drive_of(int dac_bits, InputShape shape, double level_error, int rows = kRows, int array_rows = 128,
                          models::InputEncoding encoding = models::InputEncoding::unsigned_) {
  models::ArraySpec array = test::small_architecture().array;
  array.rows = array_rows;
  array.inputs = {encoding, dac_bits, shape, level_error};
  return values::RowDrive(array, rows, stream_key({.seed = 9, .purpose = Purpose::dac_error}));
}

/// Errors of one digit on all rows, in digits.
std::vector<double> errors_of(const values::RowDrive& drive, int digit) {
  std::vector<double> errors;
  for (int row = 0; row < kRows; ++row) {
    errors.push_back(std::ldexp(static_cast<double>(drive.level(row, digit)), -drive.fraction_bits()) - digit);
  }
  return errors;
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const Sample of_a(a), of_b(b);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - of_a.mean) * (b[i] - of_b.mean);
  return sum / of_a.count / std::sqrt(of_a.variance * of_b.variance);
}

TEST_CASE("driver errors have the spread of their shape", "[laws]") {
  constexpr double kSigma = 0.01;
  for (const InputShape shape : {InputShape::amplitude, InputShape::width, InputShape::count}) {
    const auto drive = drive_of(4, shape, kSigma);
    for (const int digit : {3, 8, 15}) {
      const double sigma = shape == InputShape::count ? kSigma * std::sqrt(digit) : kSigma * 15;
      const Sample sample(errors_of(drive, digit));
      CAPTURE(static_cast<int>(shape), digit, sample.mean, sample.variance, sigma * sigma);
      CHECK(sample.mean_off(0) < kStandardErrors);
      CHECK(sample.variance_off(sigma * sigma) < kStandardErrors);
    }
    for (int row = 0; row < kRows; ++row) REQUIRE(drive.level(row, 0) == 0);
    const double expected = shape == InputShape::width ? 1 : shape == InputShape::count ? std::sqrt(3.0 / 8) : 0;
    CHECK(std::abs(correlation(errors_of(drive, 3), errors_of(drive, 8)) - expected) <
          kStandardErrors / std::sqrt(kRows) + 1e-4);
  }
}

TEST_CASE("bipolar levels have errors of their own, both of them", "[laws]") {
  const auto drive = drive_of(1, InputShape::amplitude, 0.05, kRows, 128, models::InputEncoding::bipolar);
  const auto up = errors_of(drive, 1);
  const auto down = errors_of(drive, -1);
  for (const auto* errors : {&up, &down}) {
    CHECK(Sample(*errors).mean_off(0) < kStandardErrors);
    CHECK(Sample(*errors).variance_off(0.05 * 0.05) < kStandardErrors);
  }
  CHECK(std::abs(correlation(up, down)) < kStandardErrors / std::sqrt(kRows));
}

TEST_CASE("a driver's error belongs to its place in the array", "[laws]") {
  const auto few = drive_of(3, InputShape::amplitude, 0.05, 200, 64);
  const auto many = drive_of(3, InputShape::amplitude, 0.05, 500, 64);
  const auto taller = drive_of(3, InputShape::amplitude, 0.05, 500, 128);
  int same = 0;
  for (int row = 0; row < 200; ++row) {
    for (int digit = 1; digit < 8; ++digit) {
      REQUIRE(few.level(row, digit) == many.level(row, digit));
      // Row 64 of an array of 64 is row 0 of the next one; in an array of 128 it is a row of its own.
      if (row < 64) REQUIRE(taller.level(row, digit) == few.level(row, digit));
      if (row < 64) REQUIRE(taller.level(row + 128, digit) == few.level(row + 64, digit));
      if (row >= 64 && row < 128) same += taller.level(row, digit) == few.level(row, digit);
    }
  }
  REQUIRE(same < 20);  // of 448 independent draws of a few hundred values
}

TEST_CASE("levels of large digits and errors fit their fixed point", "[laws]") {
  for (const int bits : {1, 2, 5, 8}) {
    for (const InputShape shape : {InputShape::amplitude, InputShape::width, InputShape::count}) {
      const auto drive = drive_of(bits, shape, 0.1);
      for (int row = 0; row < kRows; ++row) REQUIRE(drive.level(row, (1 << bits) - 1) >= 0);
      REQUIRE(drive.largest() < 2.0 * (1 << bits));
    }
  }
}

/// Read noise of 100 cells behind rows that all carry `digit` of 3 bits.
std::vector<double> noisy_columns(InputShape shape, int digit) {
  test::ValuesCase one;
  one.array.rows = one.array.parallel_rows = 100;
  one.array.cell.device = test::device("{kind: rram_generic, read_noise: 0.2}");
  one.array.inputs = {models::InputEncoding::unsigned_, 3, shape, 0};
  one.array.adc.part->bits = 16;
  one.input.bits = 3;
  one.images = 2500;
  test::Random random(1);
  one.fill(random, 100, 8, 2);
  std::fill(one.x.begin(), one.x.end(), digit);
  one.ranges = {{{-32768 * values::kLevel, values::kLevel}}};
  const auto noisy = test::compute(one, values::Path::automatic, values::Dispatch::automatic, {7, 0}).acc;
  const auto exact = test::compute(one, values::Path::per_cell, values::Dispatch::automatic,
                                   {7, 0, values::Causes().without(values::Cause::read_noise)})
                         .acc;
  std::vector<double> noise;
  for (std::size_t i = 0; i < noisy.size(); ++i) noise.push_back(static_cast<double>(noisy[i] - exact[i]));
  return noise;
}

TEST_CASE("read noise grows with the amplitude, and averages over pulses", "[laws]") {
  for (const int digit : {1, 2, 7}) {
    for (const InputShape shape : {InputShape::amplitude, InputShape::width, InputShape::count}) {
      const double power = shape == InputShape::amplitude ? digit * digit : digit;
      const Sample sample(noisy_columns(shape, digit));
      // Two planes of two slices of weight 1 and 2; each conversion rounds to whole levels, which adds 1/12.
      const double per_slice = 0.2 * 0.2 * 100 * 2 * power + 1.0 / 12;
      CAPTURE(static_cast<int>(shape), digit, sample.variance);
      CHECK(sample.mean_off(0) < kStandardErrors);
      CHECK(sample.variance_off(per_slice * (1 + 4)) < kStandardErrors);
    }
  }
}

}  // namespace

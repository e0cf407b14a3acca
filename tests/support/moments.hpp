// SPDX-License-Identifier: Apache-2.0
// Sampled moments against closed forms; bounds are standard errors of the sample.
#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "mapping/encoding.hpp"
#include "tests/support/designs.hpp"
#include "tests/support/devices.hpp"

namespace ohmic::test {

constexpr double kStandardErrors = 6;

struct Moments {
  double mean = 0;
  double variance = 0;
  double fourth = 0;  // central
};

template <class Values>
Moments moments_of(const Values& values) {
  Moments m;
  const auto n = static_cast<double>(values.size());
  for (const auto v : values) m.mean += static_cast<double>(v) / n;
  for (const auto v : values) {
    const double square = std::pow(static_cast<double>(v) - m.mean, 2);
    m.variance += square / n;
    m.fourth += square * square / n;
  }
  return m;
}

/// Sampled moments against expected ones; `slack` is what rounding may add.
template <class Values>
void require_moments(const Values& values, double mean, double variance, double slack) {
  const Moments m = moments_of(values);
  const auto n = static_cast<double>(values.size());
  CAPTURE(m.mean, mean, m.variance, variance, n);
  REQUIRE(std::abs(m.mean - mean) <= kStandardErrors * std::sqrt(variance / n) + slack);
  const double of_squares = std::max(0.0, m.fourth - m.variance * m.variance);  // rounding can leave it below 0
  REQUIRE(std::abs(m.variance - variance) <=
          kStandardErrors * std::sqrt(of_squares / n) + slack * (1 + 2 * std::sqrt(variance)));
}

inline double density(double x) {
  return std::exp(-x * x / 2) / std::sqrt(2 * std::acos(-1.0));
}
inline double probability(double x) {
  return std::erfc(-x / std::sqrt(2.0)) / 2;
}

/// Mean and variance of a normal variable clamped to [low, high].
inline Moments clamped(double mean, double sigma, double low, double high) {
  const double a = (low - mean) / sigma;
  const double b = (high - mean) / sigma;
  const double inside = probability(b) - probability(a);
  const double first = mean * inside + sigma * (density(a) - density(b));
  const double second = (mean * mean + sigma * sigma) * inside + 2 * mean * sigma * (density(a) - density(b)) +
                        sigma * sigma * (a * density(a) - b * density(b));
  Moments m;
  m.mean = low * probability(a) + high * (1 - probability(b)) + first;
  m.variance = low * low * probability(a) + high * high * (1 - probability(b)) + second - m.mean * m.mean;
  return m;
}

inline mapping::WeightPlan plan_of_one_code(int rows, int columns, int code, models::WeightEncoding encoding) {
  mapping::WeightPlan plan;
  plan.encoding = encoding;
  plan.slices = {{0, 4, 1}};
  plan.rows = rows;
  plan.columns = columns;
  plan.codes.assign(static_cast<std::size_t>(rows * columns), static_cast<std::uint8_t>(code));
  return plan;
}

/// The array of small_architecture() with cells of `bits` bits of a device written as YAML.
inline models::ArraySpec array_of_cells(int bits, const std::string& device_yaml) {
  models::ArraySpec array = small_architecture().array;
  array.cell.bits = bits;
  array.cell.device = device(device_yaml);
  return array;
}

}  // namespace ohmic::test

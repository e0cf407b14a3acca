// SPDX-License-Identifier: Apache-2.0
// Loops that the compiler vectorises for the level of the function that they are inlined into.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "values/kernels.hpp"
#include "values/layer_array.hpp"

namespace ohmic::values {

/// round_half_even of |x| < 2^51: adding and taking off 1.5 · 2^52 leaves no fraction bits.
[[gnu::always_inline]] inline double round_to_integer(double x) {
  constexpr double kShifter = 6755399441055744.0;
  return (x + kShifter) - kShifter;
}

[[gnu::always_inline]] inline void add_noise_loop(double* __restrict value, const double* __restrict variance,
                                                  const std::int32_t* __restrict z, double scale, int lanes) {
  for (int i = 0; i < lanes; ++i) value[i] += round_to_integer(std::sqrt(variance[i]) * (z[i] * scale));
}

/// The quotient of two doubles rounds to the same code as the exact quotient. value · unit − low and step are integers
/// below 2^53, and a tie is a double, so ties are met exactly. Any other quotient differs from a tie by at least
/// 1 / (2 · step); up to max_code + 2 its rounding error is at most (max_code + 2) · 2^-53, which is less where
/// step · (max_code + 2) < 2^51 (can_use_planes() asks for that). Larger quotients and negative ones stay beyond the
/// last code whatever the error: rounding is monotonic.
[[gnu::always_inline]] inline std::int64_t convert_loop(const ConverterLanes& converters,
                                                        const double* __restrict value, double* __restrict sums,
                                                        int lanes) {
  const double* __restrict low = converters.low;
  const double* __restrict step = converters.step;
  const double* __restrict weight = converters.weight;
  const double unit = converters.unit;
  const double max_code = converters.max_code;
  double clipped = 0;
  for (int i = 0; i < lanes; ++i) {
    double code = (value[i] * unit - low[i]) / step[i];
    // One code beyond either end is enough to see that it clips.
    code = code < -1.0 ? -1.0 : code;
    code = code > max_code + 1.0 ? max_code + 1.0 : code;
    code = round_to_integer(code);
    double inside = code < 0.0 ? 0.0 : code;
    inside = inside > max_code ? max_code : inside;
    clipped += code != inside ? 1.0 : 0.0;
    sums[i] += weight[i] * inside;
  }
  return static_cast<std::int64_t>(clipped);
}

template <class Narrow>
[[gnu::always_inline]] inline void narrow_loop(const std::int32_t* __restrict x, std::int64_t count,
                                               std::int32_t factor, std::int32_t zero, Narrow* __restrict out) {
  if (factor == 1) {
    for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<Narrow>(x[i] - zero);
  } else {
    for (std::int64_t i = 0; i < count; ++i) out[i] = static_cast<Narrow>(factor * x[i] - zero);
  }
}

[[gnu::always_inline]] inline std::int64_t sum_loop(const std::int32_t* __restrict x, int count) {
  std::int64_t sum = 0;
  for (int i = 0; i < count; ++i) sum += x[i];
  return sum;
}

[[gnu::always_inline]] inline void finish_loop(const std::int32_t* __restrict sums,
                                               const std::int64_t* __restrict constant, std::int64_t common, int shift,
                                               int count, std::int64_t* __restrict acc) {
  if (shift == 0) {
    for (int i = 0; i < count; ++i) acc[i] = sums[i] + constant[i] + common;
  } else {
    for (int i = 0; i < count; ++i) acc[i] = shift_half_even(sums[i] + constant[i] + common, shift);
  }
}

/// Two neighbouring words as one.
[[gnu::always_inline]] inline std::int32_t load_pair(const std::int16_t* words) {
  std::int32_t pair = 0;
  std::memcpy(&pair, words, sizeof pair);
  return pair;
}

/// A part of a product that stays in registers.
struct ProductBlock {
  int vector = 0;
  int lane = 0, lanes = 0;
  int pair = 0, pairs = 0;
};

/// Cuts a product into blocks of Vectors × `block_lanes` lanes and calls multiply(number of vectors as a constant,
/// block). Weights of one call stay in the first-level cache while all vectors pass.
template <int Vectors, class Multiply>
[[gnu::always_inline]] inline void product_loop(int vectors, int pairs, int lanes, int block_lanes,
                                                const Multiply& multiply) {
  constexpr int kPairs = 256;
  for (int pair = 0; pair < pairs; pair += kPairs) {
    for (int lane = 0; lane < lanes; lane += block_lanes) {
      ProductBlock block{0, lane, std::min(block_lanes, lanes - lane), pair, std::min(kPairs, pairs - pair)};
      for (; block.vector + Vectors <= vectors; block.vector += Vectors) {
        multiply(std::integral_constant<int, Vectors>{}, block);
      }
      for (; block.vector < vectors; ++block.vector) multiply(std::integral_constant<int, 1>{}, block);
    }
  }
}

}  // namespace ohmic::values

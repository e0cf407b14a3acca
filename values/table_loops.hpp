// SPDX-License-Identifier: Apache-2.0
// Loops of the tables path that the compiler vectorises for the level of the function that they are inlined into.
#pragma once

#include <cmath>
#include <cstdint>

#include "values/kernel_loops.hpp"
#include "values/table_kernels.hpp"

namespace ohmic::values {

template <int Lanes, int Rows>
[[gnu::always_inline]] inline void pattern_rows(const PatternJob& job, std::uint8_t* __restrict patterns) {
  constexpr int kHalf = Lanes / 2;
  constexpr int kBits = 4 / Rows;
  const std::uint16_t* __restrict words = job.words;
  const int shift = job.shift;
  const int mask = job.mask;
  std::uint16_t pairs[kHalf];
  for (int i = 0; i < kHalf; ++i) {
    int low = 0;
    int high = 0;
    for (int row = 0; row < Rows; ++row) {
      low |= ((words[row * Lanes + i] >> shift) & mask) << (row * kBits);
      high |= ((words[row * Lanes + kHalf + i] >> shift) & mask) << (row * kBits);
    }
    pairs[i] = static_cast<std::uint16_t>(low | high << 8);
  }
  std::memcpy(patterns, pairs, sizeof pairs);
}

template <int Lanes>
[[gnu::always_inline]] inline void pattern_loop(const PatternJob& job, std::uint8_t* patterns) {
  if (job.rows == 4) {
    pattern_rows<Lanes, 4>(job, patterns);
  } else if (job.rows == 2) {
    pattern_rows<Lanes, 2>(job, patterns);
  } else {
    pattern_rows<Lanes, 1>(job, patterns);
  }
}

[[gnu::always_inline]] inline void combine_loop(const std::uint16_t* __restrict sums, int pieces, int bits,
                                                std::int32_t base, bool first, int count,
                                                std::int32_t* __restrict value) {
  if (first) {
    for (int i = 0; i < count; ++i) value[i] = base + sums[i];
  } else {
    for (int i = 0; i < count; ++i) value[i] += base + sums[i];
  }
  for (int piece = 1; piece < pieces; ++piece) {
    sums += count;
    const int shift = piece * bits;
    for (int i = 0; i < count; ++i) value[i] += sums[i] << shift;
  }
}

[[gnu::always_inline]] inline void combine_wide_loop(const std::uint16_t* __restrict sums, double base, double weight,
                                                     int count, double* __restrict value) {
  for (int i = 0; i < count; ++i) value[i] += weight * (base + sums[i]);
}

[[gnu::always_inline]] inline void round_loop(const double* __restrict from, double scale, int count,
                                              std::int32_t* __restrict value) {
  for (int i = 0; i < count; ++i) value[i] = static_cast<std::int32_t>(round_to_integer(from[i] * scale));
}

[[gnu::always_inline]] inline void add_weighted_loop(const std::int32_t* __restrict from, std::int32_t weight,
                                                     int count, std::int32_t* __restrict to) {
  for (int i = 0; i < count; ++i) to[i] += weight * from[i];
}

[[gnu::always_inline]] inline void add_variance_loop(const std::int32_t* __restrict terms, double weight, int count,
                                                     double* __restrict variance) {
  for (int i = 0; i < count; ++i) variance[i] += weight * terms[i];
}

[[gnu::always_inline]] inline void roots_loop(const double* __restrict variance, double scale, int count,
                                              double* __restrict root) {
  for (int i = 0; i < count; ++i) root[i] = std::sqrt(variance[i]) * scale;
}

/// round_half_even of |x| < 2^22.
[[gnu::always_inline]] inline float round_to_integer(float x) {
  constexpr float kShifter = 12582912.0F;  // 1.5 · 2^23
  return (x + kShifter) - kShifter;
}

[[gnu::always_inline]] inline float small_code(std::int32_t value, const SmallConverter& converter) {
  return round_to_integer(static_cast<float>(value) * converter.scale + converter.offset);
}

template <int Lanes>
[[gnu::always_inline]] inline std::int64_t convert_small_loop(const ConversionJob& job, SmallConverter converter) {
  const auto max_code = static_cast<float>(job.max_code);
  const std::int32_t* __restrict valid = job.valid;
  std::int32_t* __restrict sums = job.sums;
  float codes[Lanes] = {};
  std::int32_t clipped = 0;
  for (int run = 0; run < job.runs; ++run) {
    const std::int32_t* __restrict value = job.value + run * Lanes;
    const auto weight = static_cast<float>(job.weight[run * job.weight_stride]);
    for (int i = 0; i < Lanes; ++i) {
      const float code = small_code(value[i], converter);
      float inside = code < 0.0F ? 0.0F : code;
      inside = inside > max_code ? max_code : inside;
      clipped += static_cast<std::int32_t>(code != inside) & valid[i];
      codes[i] += weight * inside;
    }
  }
  for (int i = 0; i < Lanes; ++i) sums[i] += static_cast<std::int32_t>(codes[i]);
  return clipped;
}

/// The quotient of convert_loop(), where the reason for its exactness stands.
template <int Lanes, bool Noisy>
[[gnu::always_inline]] inline std::int64_t convert_wide_runs(const ConversionJob& job, const WideConverter& c) {
  const double max_code = job.max_code;
  const double unit = Noisy ? c.unit : c.unit * c.level_unit;
  const double level_unit = c.level_unit;
  const double low = c.low;
  const double step = c.step;
  const double* __restrict root = c.root;
  const std::int32_t* __restrict z = c.z;
  const std::int32_t* __restrict valid = job.valid;
  std::int32_t* __restrict sums = job.sums;
  std::int32_t clipped = 0;
  for (int run = 0; run < job.runs; ++run) {
    const std::int32_t* __restrict value = job.value + run * Lanes;
    const double weight = job.weight[run * job.weight_stride];
    for (int i = 0; i < Lanes; ++i) {
      double x = value[i] * unit;
      if (Noisy) x = (x + round_to_integer(root[i] * z[i])) * level_unit;
      double code = (x - low) / step;
      code = code < -1.0 ? -1.0 : code;
      code = code > max_code + 1.0 ? max_code + 1.0 : code;
      code = round_to_integer(code);
      double inside = code < 0.0 ? 0.0 : code;
      inside = inside > max_code ? max_code : inside;
      clipped += static_cast<std::int32_t>(code != inside) & valid[i];
      sums[i] += static_cast<std::int32_t>(weight * inside);
    }
  }
  return clipped;
}

template <int Lanes>
[[gnu::always_inline]] inline std::int64_t convert_wide_loop(const ConversionJob& job, const WideConverter& c) {
  return c.root == nullptr ? convert_wide_runs<Lanes, false>(job, c) : convert_wide_runs<Lanes, true>(job, c);
}

template <int Lanes>
[[gnu::always_inline]] inline void fix_loop(const std::int32_t* __restrict value, const WideConverter& c,
                                            std::int64_t* __restrict fixed) {
  for (int i = 0; i < Lanes; ++i) {
    double x = value[i] * c.unit;
    if (c.root != nullptr) x += round_to_integer(c.root[i] * c.z[i]);
    fixed[i] = static_cast<std::int64_t>(x * c.level_unit);
  }
}

}  // namespace ohmic::values

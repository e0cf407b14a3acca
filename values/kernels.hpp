// SPDX-License-Identifier: Apache-2.0
// The inner loops of the vector paths, once for every level of vector instructions. All levels give the same bits:
// sums are exact integers, the few double operations are correctly rounded and elementwise.
#pragma once

#include <cstdint>

#include "base/draws.hpp"
#include "values/array_backend.hpp"

namespace ohmic::values {

/// Lanes that buffers are padded to.
constexpr int kLanes = 16;

/// Converters of consecutive lanes.
struct ConverterLanes {
  const double* low = nullptr;  // 2^-16 levels
  const double* step = nullptr;
  const double* weight = nullptr;  // of the code in `sums`
  double unit = 1;                 // of the values, in 2^-16 levels
  double max_code = 0;
};

struct Kernels {
  /// out[lane] = Σ_i low half of words[i] · w[0] + high half · w[1], w = weights[(pairs[i] · lanes + lane) · 2 …].
  /// `lanes` is a multiple of kLanes; no partial sum may leave 32 bits.
  void (*dots)(const std::int32_t* words, const std::int32_t* pairs, int count, const std::int16_t* weights, int lanes,
               std::int32_t* out);
  /// z[4 i … 4 i + 3] = gaussian() of the four words of counter {image, pixel, quads[i], places[i] | place}.
  /// `count` is a multiple of 8.
  void (*draws)(PhiloxKey key, std::uint32_t image, std::uint32_t pixel, const std::uint32_t* quads,
                const std::uint32_t* places, std::uint32_t place, int count, std::int32_t* z);
  /// value += round_half_even(√variance · (z · scale)).
  void (*add_noise)(double* value, const double* variance, const std::int32_t* z, double scale, int lanes);
  /// sums += weight · code of value; returns how many lanes clipped.
  std::int64_t (*convert)(const ConverterLanes& converters, const double* value, double* sums, int lanes);

  // Products of whole batches.
  /// out[v][lane] = Σ_pair x[v][pair] · w[pair][lane] over both halves, w = weights[lane / kLanes][pair][lane %
  /// kLanes]; no partial sum may leave 32 bits.
  void (*product)(const std::int16_t* x, int vectors, int pairs, const std::int16_t* weights, int lanes,
                  std::int32_t* out);
  /// out[i] = factor · x[i] − zero, which fits.
  void (*to_words)(const std::int32_t* x, std::int64_t count, std::int32_t factor, std::int32_t zero,
                   std::int16_t* out);
  void (*to_bytes)(const std::int32_t* x, std::int64_t count, std::int32_t factor, std::int32_t zero,
                   std::uint8_t* out);
  std::int64_t (*sum)(const std::int32_t* x, int count);
  /// acc[i] = round_half_even((sums[i] + constant[i] + common) / 2^shift).
  void (*finish)(const std::int32_t* sums, const std::int64_t* constant, std::int64_t common, int shift, int count,
                 std::int64_t* acc);
};

/// The kernels of a level; UnsupportedPath when this machine lacks it.
[[nodiscard]] const Kernels& kernels(Dispatch dispatch);

extern const Kernels kPortableKernels;
#if defined(__x86_64__)
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#endif

}  // namespace ohmic::values

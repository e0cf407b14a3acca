// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include "values/draws_avx512.hpp"
#include "values/kernel_loops.hpp"

#define OHMIC_TARGET OHMIC_AVX512

namespace ohmic::values {

namespace {

/// Blocks × 16 lanes beginning at `out`.
template <int Blocks>
OHMIC_TARGET void dot_block(const std::int32_t* words, const std::int32_t* pairs, int count,
                            const std::int16_t* weights, int lanes, std::int32_t* out) {
  __m512i sums[Blocks];
  for (__m512i& sum : sums) sum = _mm512_setzero_si512();
  for (int i = 0; i < count; ++i) {
    const __m512i digits = _mm512_set1_epi32(words[i]);
    const std::int16_t* w = weights + std::int64_t{2} * pairs[i] * lanes;
    for (std::ptrdiff_t b = 0; b < Blocks; ++b) {
      sums[b] = _mm512_add_epi32(sums[b], _mm512_madd_epi16(digits, _mm512_loadu_si512(w + 32 * b)));
    }
  }
  for (std::ptrdiff_t b = 0; b < Blocks; ++b) _mm512_storeu_si512(out + 16 * b, sums[b]);
}

OHMIC_TARGET void dots(const std::int32_t* words, const std::int32_t* pairs, int count, const std::int16_t* weights,
                       int lanes, std::int32_t* out) {
  std::ptrdiff_t lane = 0;
  for (; lane + 64 <= lanes; lane += 64) dot_block<4>(words, pairs, count, weights + 2 * lane, lanes, out + lane);
  for (; lane + 32 <= lanes; lane += 32) dot_block<2>(words, pairs, count, weights + 2 * lane, lanes, out + lane);
  for (; lane < lanes; lane += 16) dot_block<1>(words, pairs, count, weights + 2 * lane, lanes, out + lane);
}

/// Counters 0 4 1 5 2 6 3 7, so that unpacking in draws() puts them in order.
OHMIC_TARGET inline __m512i load_eight(const std::uint32_t* from) {
  const __m256i eight = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  return _mm512_cvtepu32_epi64(_mm256_permutevar8x32_epi32(eight, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)));
}

OHMIC_TARGET void draws(PhiloxKey key, std::uint32_t image, std::uint32_t pixel, const std::uint32_t* quads,
                        const std::uint32_t* places, std::uint32_t place, int count, std::int32_t* z) {
  for (int i = 0; i < count; i += 8, z += 32) {
    avx512::Counters c{_mm512_set1_epi64(image), _mm512_set1_epi64(pixel), load_eight(quads + i),
                       _mm512_or_si512(load_eight(places + i), _mm512_set1_epi64(place))};
    avx512::philox_rounds(c, key);
    const __m512i words01 = _mm512_mask_blend_epi32(0xAAAA, c.c0, _mm512_slli_epi64(c.c1, 32));
    const __m512i words23 = _mm512_mask_blend_epi32(0xAAAA, c.c2, _mm512_slli_epi64(c.c3, 32));
    _mm512_storeu_si512(z, avx512::gaussians(_mm512_unpacklo_epi64(words01, words23)));
    _mm512_storeu_si512(z + 16, avx512::gaussians(_mm512_unpackhi_epi64(words01, words23)));
  }
}

OHMIC_TARGET void add_noise(double* value, const double* variance, const std::int32_t* z, double scale, int lanes) {
  add_noise_loop(value, variance, z, scale, lanes);
}

OHMIC_TARGET std::int64_t convert_lanes(const ConverterLanes& converters, const double* value, double* sums,
                                        int lanes) {
  return convert_loop(converters, value, sums, lanes);
}

/// Vectors × Blocks · kLanes, over some of the pairs.
template <int Vectors, int Blocks>
OHMIC_TARGET void product_block(const std::int16_t* x, int stride, int pairs, const std::int16_t* weights,
                                std::ptrdiff_t next_block, bool first, std::int32_t* out, int lanes) {
  __m512i sums[Vectors][Blocks];
  for (int v = 0; v < Vectors; ++v) {
    for (int b = 0; b < Blocks; ++b) {
      sums[v][b] = first ? _mm512_setzero_si512() : _mm512_loadu_si512(out + v * lanes + kLanes * b);
    }
  }
#pragma GCC unroll 2
  for (int i = 0; i < pairs; ++i) {
    __m512i w[Blocks];
    for (int b = 0; b < Blocks; ++b)
      w[b] = _mm512_loadu_si512(weights + b * next_block + std::ptrdiff_t{2} * kLanes * i);
    for (int v = 0; v < Vectors; ++v) {
      const __m512i both = _mm512_set1_epi32(load_pair(x + std::ptrdiff_t{v} * stride + 2 * i));
      for (int b = 0; b < Blocks; ++b) sums[v][b] = _mm512_add_epi32(sums[v][b], _mm512_madd_epi16(both, w[b]));
    }
  }
  for (int v = 0; v < Vectors; ++v) {
    for (int b = 0; b < Blocks; ++b) _mm512_storeu_si512(out + v * lanes + kLanes * b, sums[v][b]);
  }
}

OHMIC_TARGET void product(const std::int16_t* x, int vectors, int pairs, const std::int16_t* weights, int lanes,
                          std::int32_t* out) {
  product_loop<8>(vectors, pairs, lanes, 2 * kLanes, [&](auto count, const ProductBlock& b) OHMIC_TARGET {
    const std::int16_t* from = x + std::ptrdiff_t{2} * (std::ptrdiff_t{b.vector} * pairs + b.pair);
    const std::int16_t* w = weights + std::ptrdiff_t{2} * (std::ptrdiff_t{b.lane} * pairs + kLanes * b.pair);
    std::int32_t* to = out + std::ptrdiff_t{b.vector} * lanes + b.lane;
    const std::ptrdiff_t next_block = std::ptrdiff_t{2} * kLanes * pairs;
    if (b.lanes == 2 * kLanes) {
      product_block<count(), 2>(from, 2 * pairs, b.pairs, w, next_block, b.pair == 0, to, lanes);
    } else {
      product_block<count(), 1>(from, 2 * pairs, b.pairs, w, next_block, b.pair == 0, to, lanes);
    }
  });
}

OHMIC_TARGET void to_words(const std::int32_t* x, std::int64_t count, std::int32_t factor, std::int32_t zero,
                           std::int16_t* out) {
  narrow_loop(x, count, factor, zero, out);
}

OHMIC_TARGET void to_bytes(const std::int32_t* x, std::int64_t count, std::int32_t factor, std::int32_t zero,
                           std::uint8_t* out) {
  narrow_loop(x, count, factor, zero, out);
}

OHMIC_TARGET std::int64_t sum(const std::int32_t* x, int count) {
  return sum_loop(x, count);
}

OHMIC_TARGET void finish(const std::int32_t* sums, const std::int64_t* constant, std::int64_t common, int shift,
                         int count, std::int64_t* acc) {
  finish_loop(sums, constant, common, shift, count, acc);
}

}  // namespace

const Kernels kAvx512Kernels{dots, draws, add_noise, convert_lanes, product, to_words, to_bytes, sum, finish};

}  // namespace ohmic::values
#endif

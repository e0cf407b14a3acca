// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include "values/draws_avx2.hpp"
#include "values/kernel_loops.hpp"

#define OHMIC_TARGET __attribute__((target("avx2")))

namespace ohmic::values {

namespace {

/// Blocks × 8 lanes beginning at `out`.
template <int Blocks>
OHMIC_TARGET void dot_block(const std::int32_t* words, const std::int32_t* pairs, int count,
                            const std::int16_t* weights, int lanes, std::int32_t* out) {
  __m256i sums[Blocks];
  for (__m256i& sum : sums) sum = _mm256_setzero_si256();
  for (int i = 0; i < count; ++i) {
    const __m256i digits = _mm256_set1_epi32(words[i]);
    const auto* w = reinterpret_cast<const __m256i*>(weights + std::int64_t{2} * pairs[i] * lanes);
    for (int b = 0; b < Blocks; ++b) {
      sums[b] = _mm256_add_epi32(sums[b], _mm256_madd_epi16(digits, _mm256_loadu_si256(w + b)));
    }
  }
  for (int b = 0; b < Blocks; ++b) _mm256_storeu_si256(reinterpret_cast<__m256i*>(out) + b, sums[b]);
}

OHMIC_TARGET void dots(const std::int32_t* words, const std::int32_t* pairs, int count, const std::int16_t* weights,
                       int lanes, std::int32_t* out) {
  std::ptrdiff_t lane = 0;
  for (; lane + 32 <= lanes; lane += 32) dot_block<4>(words, pairs, count, weights + 2 * lane, lanes, out + lane);
  for (; lane < lanes; lane += 16) dot_block<2>(words, pairs, count, weights + 2 * lane, lanes, out + lane);
}

/// Counters 0 2 1 3, so that unpacking in draws() puts them in order.
OHMIC_TARGET inline __m256i load_four(const std::uint32_t* from) {
  const __m128i four = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
  return _mm256_cvtepu32_epi64(_mm_shuffle_epi32(four, _MM_SHUFFLE(3, 1, 2, 0)));
}

OHMIC_TARGET void draws(PhiloxKey key, std::uint32_t image, std::uint32_t pixel, const std::uint32_t* quads,
                        const std::uint32_t* places, std::uint32_t place, int count, std::int32_t* z) {
  for (int i = 0; i < count; i += 4, z += 16) {
    avx2::Counters c{_mm256_set1_epi64x(image), _mm256_set1_epi64x(pixel), load_four(quads + i),
                     _mm256_or_si256(load_four(places + i), _mm256_set1_epi64x(place))};
    avx2::philox_rounds(c, key);
    const __m256i words01 = _mm256_blend_epi32(c.c0, _mm256_slli_epi64(c.c1, 32), 0xAA);
    const __m256i words23 = _mm256_blend_epi32(c.c2, _mm256_slli_epi64(c.c3, 32), 0xAA);
    auto* to = reinterpret_cast<__m256i*>(z);
    _mm256_storeu_si256(to, avx2::gaussians(_mm256_unpacklo_epi64(words01, words23)));
    _mm256_storeu_si256(to + 1, avx2::gaussians(_mm256_unpackhi_epi64(words01, words23)));
  }
}

OHMIC_TARGET void add_noise(double* value, const double* variance, const std::int32_t* z, double scale, int lanes) {
  add_noise_loop(value, variance, z, scale, lanes);
}

OHMIC_TARGET std::int64_t convert_lanes(const ConverterLanes& converters, const double* value, double* sums,
                                        int lanes) {
  return convert_loop(converters, value, sums, lanes);
}

/// Vectors × kLanes, over some of the pairs.
template <int Vectors>
OHMIC_TARGET void product_block(const std::int16_t* x, int stride, int pairs, const std::int16_t* weights, bool first,
                                std::int32_t* out, int lanes) {
  __m256i sums[Vectors][2];
  for (int v = 0; v < Vectors; ++v) {
    for (int b = 0; b < 2; ++b) {
      sums[v][b] = first ? _mm256_setzero_si256()
                         : _mm256_loadu_si256(reinterpret_cast<const __m256i*>(out + v * lanes + 8 * b));
    }
  }
#pragma GCC unroll 4
  for (int i = 0; i < pairs; ++i) {
    const auto* w = reinterpret_cast<const __m256i*>(weights + std::ptrdiff_t{2} * kLanes * i);
    const __m256i w0 = _mm256_loadu_si256(w);
    const __m256i w1 = _mm256_loadu_si256(w + 1);
    for (int v = 0; v < Vectors; ++v) {
      const __m256i both = _mm256_set1_epi32(load_pair(x + std::ptrdiff_t{v} * stride + 2 * i));
      sums[v][0] = _mm256_add_epi32(sums[v][0], _mm256_madd_epi16(both, w0));
      sums[v][1] = _mm256_add_epi32(sums[v][1], _mm256_madd_epi16(both, w1));
    }
  }
  for (int v = 0; v < Vectors; ++v) {
    for (int b = 0; b < 2; ++b) {
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + v * lanes + 8 * b), sums[v][b]);
    }
  }
}

OHMIC_TARGET void product(const std::int16_t* x, int vectors, int pairs, const std::int16_t* weights, int lanes,
                          std::int32_t* out) {
  product_loop<4>(vectors, pairs, lanes, kLanes, [&](auto count, const ProductBlock& b) OHMIC_TARGET {
    product_block<count()>(x + std::ptrdiff_t{2} * (std::ptrdiff_t{b.vector} * pairs + b.pair), 2 * pairs, b.pairs,
                           weights + std::ptrdiff_t{2} * (std::ptrdiff_t{b.lane} * pairs + kLanes * b.pair),
                           b.pair == 0, out + std::ptrdiff_t{b.vector} * lanes + b.lane, lanes);
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

const Kernels kAvx2Kernels{dots, draws, add_noise, convert_lanes, product, to_words, to_bytes, sum, finish};

}  // namespace ohmic::values
#endif

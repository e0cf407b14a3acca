// SPDX-License-Identifier: Apache-2.0
// Philox and the inverse distribution function on AVX2 vectors, for the kernels of that level.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "base/draws.hpp"

namespace ohmic::values::avx2 {

#define OHMIC_AVX2_INLINE __attribute__((target("avx2"), always_inline)) inline

/// Four counters, one in each 64-bit lane; the upper halves of the lanes hold rubbish between rounds, which the
/// 32 × 32 multiplication does not read.
struct Counters {
  __m256i c0, c1, c2, c3;
};

OHMIC_AVX2_INLINE void philox_rounds(Counters& c, PhiloxKey key) {
  const __m256i multiplier0 = _mm256_set1_epi64x(0xD2511F53);
  const __m256i multiplier1 = _mm256_set1_epi64x(0xCD9E8D57);
  for (int round = 0; round < 10; ++round) {
    const __m256i product0 = _mm256_mul_epu32(multiplier0, c.c0);
    const __m256i product1 = _mm256_mul_epu32(multiplier1, c.c2);
    c.c0 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(product1, 32), c.c1), _mm256_set1_epi64x(key[0]));
    c.c2 = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(product0, 32), c.c3), _mm256_set1_epi64x(key[1]));
    c.c1 = product1;
    c.c3 = product0;
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
}

/// gaussian() of eight words. The product of a segment's height and a 25-bit fraction is taken in two parts, so that
/// it stays in 32 bits; both shifts round down, as the one of the definition does.
OHMIC_AVX2_INLINE __m256i gaussians(__m256i bits) {
  const __m256i one = _mm256_set1_epi32(1);
  const __m256i tail = _mm256_or_si256(bits, one);
  // Leading zeros from the exponent of a float; without the bit below its highest one the word cannot round up to the
  // next power of two. Words with the highest bit set are negative, which ends below 0.
  const __m256i spread = _mm256_andnot_si256(_mm256_srli_epi32(tail, 1), tail);
  const __m256i exponent = _mm256_srli_epi32(_mm256_castps_si256(_mm256_cvtepi32_ps(spread)), 23);
  const __m256i octave = _mm256_max_epi32(_mm256_sub_epi32(_mm256_set1_epi32(158), exponent), _mm256_setzero_si256());
  const __m256i normal = _mm256_sllv_epi32(tail, octave);
  const __m256i segment = _mm256_and_si256(_mm256_srli_epi32(normal, 25), _mm256_set1_epi32(63));
  const __m256i index =
      _mm256_add_epi32(_mm256_add_epi32(_mm256_slli_epi32(octave, 6), octave), segment);  // octave · 65 + segment
  // Both ends of a segment are neighbours in memory: one 64-bit element each.
  const auto* edges = reinterpret_cast<const long long*>(detail::kGaussianEdges.data());
  const __m256i first = _mm256_i32gather_epi64(edges, _mm256_castsi256_si128(index), 4);
  const __m256i second = _mm256_i32gather_epi64(edges, _mm256_extracti128_si256(index, 1), 4);
  const __m256 a = _mm256_castsi256_ps(_mm256_permute2x128_si256(first, second, 0x20));
  const __m256 b = _mm256_castsi256_ps(_mm256_permute2x128_si256(first, second, 0x31));
  const __m256i from = _mm256_castps_si256(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(2, 0, 2, 0)));
  const __m256i to = _mm256_castps_si256(_mm256_shuffle_ps(a, b, _MM_SHUFFLE(3, 1, 3, 1)));
  const __m256i height = _mm256_sub_epi32(to, from);
  const __m256i upper = _mm256_and_si256(_mm256_srli_epi32(normal, 12), _mm256_set1_epi32((1 << 13) - 1));
  const __m256i lower = _mm256_and_si256(normal, _mm256_set1_epi32((1 << 12) - 1));
  const __m256i part = _mm256_srai_epi32(_mm256_mullo_epi32(height, lower), 12);
  const __m256i rise = _mm256_srai_epi32(_mm256_add_epi32(_mm256_mullo_epi32(height, upper), part), 13);
  const __m256i z = _mm256_add_epi32(from, rise);
  const __m256i sign = _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_and_si256(bits, one));
  return _mm256_sub_epi32(_mm256_xor_si256(z, sign), sign);
}

}  // namespace ohmic::values::avx2

// SPDX-License-Identifier: Apache-2.0
// Philox and the inverse distribution function on AVX-512 vectors, for the kernels of that level.
#pragma once

#include <cstdint>

#include "base/draws.hpp"
#include "values/avx512.hpp"

namespace ohmic::values::avx512 {

#define OHMIC_AVX512_INLINE OHMIC_AVX512 __attribute__((always_inline)) inline

/// Eight counters, as in draws_avx2.hpp.
struct Counters {
  __m512i c0, c1, c2, c3;
};

OHMIC_AVX512_INLINE void philox_rounds(Counters& c, PhiloxKey key) {
  constexpr int kXorOfThree = 0x96;
  const __m512i multiplier0 = _mm512_set1_epi64(0xD2511F53);
  const __m512i multiplier1 = _mm512_set1_epi64(0xCD9E8D57);
  for (int round = 0; round < 10; ++round) {
    const __m512i product0 = _mm512_mul_epu32(multiplier0, c.c0);
    const __m512i product1 = _mm512_mul_epu32(multiplier1, c.c2);
    c.c0 = _mm512_ternarylogic_epi64(_mm512_srli_epi64(product1, 32), c.c1, _mm512_set1_epi64(key[0]), kXorOfThree);
    c.c2 = _mm512_ternarylogic_epi64(_mm512_srli_epi64(product0, 32), c.c3, _mm512_set1_epi64(key[1]), kXorOfThree);
    c.c1 = product1;
    c.c3 = product0;
    key[0] += 0x9E3779B9;
    key[1] += 0xBB67AE85;
  }
}

/// gaussian() of sixteen words. The product of a segment's height and a 25-bit fraction is taken in two parts, so that
/// it stays in 32 bits; both shifts round down, as the one of the definition does.
OHMIC_AVX512_INLINE __m512i gaussians(__m512i bits) {
  const __m512i one = _mm512_set1_epi32(1);
  const __m512i tail = _mm512_or_si512(bits, one);
  const __m512i octave = _mm512_lzcnt_epi32(tail);
  const __m512i normal = _mm512_sllv_epi32(tail, octave);
  const __m512i segment = _mm512_and_si512(_mm512_srli_epi32(normal, 25), _mm512_set1_epi32(63));
  const __m512i index = _mm512_add_epi32(_mm512_mullo_epi32(octave, _mm512_set1_epi32(65)), segment);
  // Both ends of a segment are neighbours in memory: one 64-bit element each.
  const void* edges = detail::kGaussianEdges.data();
  const __m512i first = _mm512_i32gather_epi64(_mm512_castsi512_si256(index), edges, 4);
  const __m512i second = _mm512_i32gather_epi64(_mm512_extracti64x4_epi64(index, 1), edges, 4);
  const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  const __m512i from = _mm512_permutex2var_epi32(first, even, second);
  const __m512i to = _mm512_permutex2var_epi32(first, _mm512_add_epi32(even, one), second);
  const __m512i height = _mm512_sub_epi32(to, from);
  const __m512i upper = _mm512_and_si512(_mm512_srli_epi32(normal, 12), _mm512_set1_epi32((1 << 13) - 1));
  const __m512i lower = _mm512_and_si512(normal, _mm512_set1_epi32((1 << 12) - 1));
  const __m512i part = _mm512_srai_epi32(_mm512_mullo_epi32(height, lower), 12);
  const __m512i rise = _mm512_srai_epi32(_mm512_add_epi32(_mm512_mullo_epi32(height, upper), part), 13);
  const __m512i z = _mm512_add_epi32(from, rise);
  return _mm512_mask_sub_epi32(z, _mm512_test_epi32_mask(bits, one), _mm512_setzero_si512(), z);
}

}  // namespace ohmic::values::avx512

// SPDX-License-Identifier: Apache-2.0
#if defined(__x86_64__)
#include "values/draws_avx512.hpp"
#include "values/table_loops.hpp"

#define OHMIC_TARGET OHMIC_AVX512

namespace ohmic::values {

namespace {

constexpr int kBlock = 64;
constexpr int kTile = 4;

/// Two tables looked up by the patterns of `Steps` steps.
template <int Steps>
OHMIC_TARGET void add_up(const TableJob& job, const std::uint8_t* tables, int step, std::uint16_t* sums) {
  const std::ptrdiff_t row = std::ptrdiff_t{job.steps} * kBlock;
  const std::uint8_t* patterns = job.patterns + std::ptrdiff_t{step} * kBlock;
  const __m512i low_byte = _mm512_set1_epi16(255);
  __m512i even[2][Steps];
  __m512i odd[2][Steps];
  for (int i = 0; i < 2; ++i) {
    for (int t = 0; t < Steps; ++t) even[i][t] = odd[i][t] = _mm512_setzero_si512();
  }
  for (int group = 0; group < job.groups;) {
    const int end = group + job.flush < job.groups ? group + job.flush : job.groups;
    __m512i added[2][Steps];
    for (int i = 0; i < 2; ++i) {
      for (int t = 0; t < Steps; ++t) added[i][t] = _mm512_setzero_si512();
    }
    for (; group < end; ++group, patterns += row) {
      const auto* table = reinterpret_cast<const __m128i*>(tables + std::ptrdiff_t{group} * kPatterns);
      const __m512i first = _mm512_broadcast_i32x4(_mm_loadu_si128(table));
      const __m512i second = _mm512_broadcast_i32x4(_mm_loadu_si128(table + job.groups));
      for (int t = 0; t < Steps; ++t) {
        const __m512i pattern = _mm512_loadu_si512(patterns + t * kBlock);
        added[0][t] = _mm512_add_epi8(added[0][t], _mm512_shuffle_epi8(first, pattern));
        added[1][t] = _mm512_add_epi8(added[1][t], _mm512_shuffle_epi8(second, pattern));
      }
    }
    for (int i = 0; i < 2; ++i) {
      for (int t = 0; t < Steps; ++t) {
        even[i][t] = _mm512_add_epi16(even[i][t], _mm512_and_si512(added[i][t], low_byte));
        odd[i][t] = _mm512_add_epi16(odd[i][t], _mm512_srli_epi16(added[i][t], 8));
      }
    }
  }
  for (int i = 0; i < 2; ++i) {
    for (int t = 0; t < Steps; ++t) {
      std::uint16_t* to = sums + i * row + (step + t) * kBlock;
      _mm512_storeu_si512(to, even[i][t]);
      _mm512_storeu_si512(to + kBlock / 2, odd[i][t]);
    }
  }
}

OHMIC_TARGET void sums(const TableJob& job) {
  constexpr int kSteps = 4;
  const std::ptrdiff_t row = std::ptrdiff_t{job.steps} * kBlock;
  for (int table = 0; table < kTile * job.pieces; table += 2) {
    const std::uint8_t* tables = job.tables + std::ptrdiff_t{table} * job.groups * kPatterns;
    std::uint16_t* to = job.sums + table * row;
    int step = 0;
    for (; step + kSteps <= job.steps; step += kSteps) add_up<kSteps>(job, tables, step, to);
    for (; step < job.steps; ++step) add_up<1>(job, tables, step, to);
  }
}

/// Sixteen vectors at a time: eight in the lanes of one set of counters and eight in the other, as unpacking leaves
/// them and packing wants them.
OHMIC_TARGET void draws(PhiloxKey key, const std::uint32_t* image, const std::uint32_t* pixel, std::uint32_t quad,
                        std::uint32_t place, std::int32_t* z) {
  const __m512i zero = _mm512_setzero_si512();
  for (int lane = 0; lane < kBlock; lane += 16) {
    const __m512i images = _mm512_loadu_si512(image + lane);
    const __m512i pixels = _mm512_loadu_si512(pixel + lane);
    avx512::Counters a{_mm512_unpacklo_epi32(images, zero), _mm512_unpacklo_epi32(pixels, zero),
                       _mm512_set1_epi64(quad), _mm512_set1_epi64(place)};
    avx512::Counters b{_mm512_unpackhi_epi32(images, zero), _mm512_unpackhi_epi32(pixels, zero), a.c2, a.c3};
    avx512::philox_rounds(a, key);
    avx512::philox_rounds(b, key);
    const __m512i halves[4][2] = {{a.c0, b.c0}, {a.c1, b.c1}, {a.c2, b.c2}, {a.c3, b.c3}};
    for (int word = 0; word < 4; ++word) {
      const __m512i bits = _mm512_castps_si512(_mm512_shuffle_ps(
          _mm512_castsi512_ps(halves[word][0]), _mm512_castsi512_ps(halves[word][1]), _MM_SHUFFLE(2, 0, 2, 0)));
      _mm512_storeu_si512(z + word * kBlock + lane, avx512::gaussians(bits));
    }
  }
}

OHMIC_TARGET void patterns(const PatternJob& job, std::uint8_t* to) {
  pattern_loop<kBlock>(job, to);
}
OHMIC_TARGET void combine(const std::uint16_t* from, int pieces, int bits, std::int32_t base, bool first, int count,
                          std::int32_t* value) {
  combine_loop(from, pieces, bits, base, first, count, value);
}
OHMIC_TARGET void combine_wide(const std::uint16_t* from, double base, double weight, int count, double* value) {
  combine_wide_loop(from, base, weight, count, value);
}
OHMIC_TARGET void round(const double* from, double scale, int count, std::int32_t* value) {
  round_loop(from, scale, count, value);
}
OHMIC_TARGET void add_weighted(const std::int32_t* from, std::int32_t weight, int count, std::int32_t* to) {
  add_weighted_loop(from, weight, count, to);
}
OHMIC_TARGET void add_variance(const std::int32_t* terms, double weight, int count, double* variance) {
  add_variance_loop(terms, weight, count, variance);
}
OHMIC_TARGET void roots(const double* variance, double scale, int count, double* root) {
  roots_loop(variance, scale, count, root);
}
OHMIC_TARGET std::int64_t convert_small(const ConversionJob& job, const SmallConverter& converter) {
  return convert_small_loop<kBlock>(job, converter);
}
OHMIC_TARGET std::int64_t convert_wide(const ConversionJob& job, const WideConverter& converter) {
  return convert_wide_loop<kBlock>(job, converter);
}
OHMIC_TARGET void fix(const std::int32_t* value, const WideConverter& converter, std::int64_t* fixed) {
  fix_loop<kBlock>(value, converter, fixed);
}

}  // namespace

const TableKernels kAvx512Tables{kBlock,  kTile,        false,         sums,         patterns,
                                 combine, combine_wide, round,         add_weighted, add_variance,
                                 roots,   draws,        convert_small, convert_wide, fix};

}  // namespace ohmic::values
#endif

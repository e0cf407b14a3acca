// SPDX-License-Identifier: Apache-2.0
// Without vector look-ups the columns of a tile lie side by side: one pattern selects a row of 16 entries.
#include "values/table_loops.hpp"

namespace ohmic::values {

namespace {

constexpr int kBlock = 32;
constexpr int kTile = 16;

using Entries = std::uint8_t __attribute__((vector_size(kTile)));
using Words = std::uint16_t __attribute__((vector_size(kTile)));

/// Lanes that are added up together, so that their sums do not wait for each other.
constexpr int kTogether = 4;

void sums(const TableJob& job) {
  const std::ptrdiff_t row = std::ptrdiff_t{job.steps} * kBlock;
  for (int piece = 0; piece < job.pieces; ++piece) {
    const std::uint8_t* tables = job.tables + std::ptrdiff_t{piece} * job.groups * kPatterns * kTile;
    for (int begin = 0; begin < row; begin += kTogether) {
      Words even[kTogether] = {};
      Words odd[kTogether] = {};
      const std::uint8_t* patterns = job.patterns + begin;
      for (int group = 0; group < job.groups;) {
        const int end = group + job.flush < job.groups ? group + job.flush : job.groups;
        Entries added[kTogether] = {};
        for (; group < end; ++group, patterns += row) {
          const std::uint8_t* table = tables + std::ptrdiff_t{group} * kPatterns * kTile;
          for (int i = 0; i < kTogether; ++i) {
            Entries entries;
            std::memcpy(&entries, table + patterns[i] * kTile, sizeof entries);
            added[i] += entries;
          }
        }
        for (int i = 0; i < kTogether; ++i) {
          Words words;
          std::memcpy(&words, &added[i], sizeof words);
          even[i] += words & 255;
          odd[i] += words >> 8;
        }
      }
      for (int i = 0; i < kTogether; ++i) {
        // Places → lanes, as patterns() laid them.
        const int place = (begin + i) % kBlock;
        std::uint16_t* to = job.sums + (begin + i - place) + place / 2 + place % 2 * (kBlock / 2) + piece * row;
        for (int k = 0; k < kTile / 2; ++k) {
          to[(2 * k) * job.pieces * row] = even[i][k];
          to[(2 * k + 1) * job.pieces * row] = odd[i][k];
        }
      }
    }
  }
}

void draws(PhiloxKey key, const std::uint32_t* image, const std::uint32_t* pixel, std::uint32_t quad,
           std::uint32_t place, std::int32_t* z) {
  for (int lane = 0; lane < kBlock; ++lane) {
    const PhiloxCounter bits = philox({image[lane], pixel[lane], quad, place}, key);
    for (int word = 0; word < 4; ++word) z[word * kBlock + lane] = gaussian(bits[static_cast<std::size_t>(word)]);
  }
}

void patterns(const PatternJob& job, std::uint8_t* to) {
  pattern_loop<kBlock>(job, to);
}
void combine(const std::uint16_t* from, int pieces, int bits, std::int32_t base, bool first, int count,
             std::int32_t* value) {
  combine_loop(from, pieces, bits, base, first, count, value);
}
void combine_wide(const std::uint16_t* from, double base, double weight, int count, double* value) {
  combine_wide_loop(from, base, weight, count, value);
}
void round(const double* from, double scale, int count, std::int32_t* value) {
  round_loop(from, scale, count, value);
}
void add_weighted(const std::int32_t* from, std::int32_t weight, int count, std::int32_t* to) {
  add_weighted_loop(from, weight, count, to);
}
void add_variance(const std::int32_t* terms, double weight, int count, double* variance) {
  add_variance_loop(terms, weight, count, variance);
}
void roots(const double* variance, double scale, int count, double* root) {
  roots_loop(variance, scale, count, root);
}
std::int64_t convert_small(const ConversionJob& job, const SmallConverter& converter) {
  return convert_small_loop<kBlock>(job, converter);
}
std::int64_t convert_wide(const ConversionJob& job, const WideConverter& converter) {
  return convert_wide_loop<kBlock>(job, converter);
}
void fix(const std::int32_t* value, const WideConverter& converter, std::int64_t* fixed) {
  fix_loop<kBlock>(value, converter, fixed);
}

}  // namespace

const TableKernels kPortableTables{kBlock,  kTile,        true,          sums,         patterns,
                                   combine, combine_wide, round,         add_weighted, add_variance,
                                   roots,   draws,        convert_small, convert_wide, fix};

}  // namespace ohmic::values

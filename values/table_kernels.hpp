// SPDX-License-Identifier: Apache-2.0
// The inner loops of the tables path, once for every level of vector instructions. A block of vectors is computed
// together, one vector to a lane; all levels give the same bits.
#pragma once

#include <cstdint>

#include "base/draws.hpp"
#include "values/array_backend.hpp"

namespace ohmic::values {

/// Every pattern of a nibble has an entry in every table.
constexpr int kPatterns = 16;

/// One segment of rows, one plane, one tile of columns: sums[table][step][lane] = Σ over groups of the table's entry
/// for the pattern of that group, step and lane, where table = column · pieces + piece.
struct TableJob {
  const std::uint8_t* tables = nullptr;    // as TableKernels::columns_innermost says
  const std::uint8_t* patterns = nullptr;  // [group][step][place of the lane]
  int pieces = 1;
  int groups = 0;
  int flush = 1;  // groups whose entries add up to 255 at most
  int steps = 0;
  std::uint16_t* sums = nullptr;
};

/// Words of four, two or one rows → patterns of one group.
struct PatternJob {
  const std::uint16_t* words = nullptr;  // [row][lane]
  int rows = 4;                          // of the group; each has 4 / rows bits of the pattern
  int shift = 0;                         // of the digit in the word
  int mask = 1;
};

/// The conversions of one column in `runs` runs.
struct ConversionJob {
  const std::int32_t* value = nullptr;  // [run][lane]
  const double* weight = nullptr;       // of the code, [run · weight_stride]
  int weight_stride = 1;
  int runs = 1;
  double max_code = 0;
  const std::int32_t* valid = nullptr;  // 1 for the lanes whose clipping counts, else 0
  std::int32_t* sums = nullptr;         // += Σ weight · code, by lane
};

/// code = round_half_even(value · scale + offset) in single precision; find_small_converter() proves where that is
/// the definition.
struct SmallConverter {
  float scale = 1;
  float offset = 0;
};

/// code = round_half_even((value · unit + noise · noise_unit − low) / step) in double precision, in 2^-16 levels.
struct WideConverter {
  double low = 0;
  double step = 1;
  double unit = 1;                  // of a value, in 2^-F levels
  double level_unit = 1;            // of 2^-F levels
  const double* root = nullptr;     // √variance · scale by lane; nullptr without noise
  const std::int32_t* z = nullptr;  // by lane
};

struct TableKernels {
  int lanes = 0;    // vectors of a block
  int columns = 0;  // of a tile
  /// false: tables of a tile are [column][piece][group][pattern]; true: [piece][group][pattern][column].
  bool columns_innermost = false;

  void (*sums)(const TableJob& job);
  /// Lane v < lanes / 2 goes to place 2 v, the others to the places between.
  void (*patterns)(const PatternJob& job, std::uint8_t* patterns);
  /// value[i] (+)= base + Σ_piece sums[piece · count + i] · 2^(piece · bits).
  void (*combine)(const std::uint16_t* sums, int pieces, int bits, std::int32_t base, bool first, int count,
                  std::int32_t* value);
  /// value[i] += weight · (base + sums[i]).
  void (*combine_wide)(const std::uint16_t* sums, double base, double weight, int count, double* value);
  /// value[i] = round_half_even(from[i] · scale).
  void (*round)(const double* from, double scale, int count, std::int32_t* value);
  /// to[i] += weight · from[i].
  void (*add_weighted)(const std::int32_t* from, std::int32_t weight, int count, std::int32_t* to);
  /// variance[i] += weight · terms[i].
  void (*add_variance)(const std::int32_t* terms, double weight, int count, double* variance);
  /// root[i] = √variance[i] · scale.
  void (*roots)(const double* variance, double scale, int count, double* root);
  /// z[4][lanes] = gaussian() of the words of counter {image[lane], pixel[lane], quad, place}.
  void (*draws)(PhiloxKey key, const std::uint32_t* image, const std::uint32_t* pixel, std::uint32_t quad,
                std::uint32_t place, std::int32_t* z);
  /// Both return how many valid lanes clipped. The small one needs Σ weight · max_code below 2^24.
  std::int64_t (*convert_small)(const ConversionJob& job, const SmallConverter& converter);
  std::int64_t (*convert_wide)(const ConversionJob& job, const WideConverter& converter);
  /// fixed[lane] = what a converter sees of one run's values, in 2^-16 levels.
  void (*fix)(const std::int32_t* value, const WideConverter& converter, std::int64_t* fixed);
};

/// The kernels of a level; UnsupportedPath when this machine lacks it.
[[nodiscard]] const TableKernels& table_kernels(Dispatch dispatch);

extern const TableKernels kPortableTables;
#if defined(__x86_64__)
extern const TableKernels kAvx2Tables;
extern const TableKernels kAvx512Tables;
#endif

}  // namespace ohmic::values

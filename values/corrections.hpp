// SPDX-License-Identifier: Apache-2.0
// What the digital side of a chip does about the errors of its arrays (docs/circuits.md, Repair).
#pragma once

#include <cstdint>
#include <vector>

#include "models/adc.hpp"

namespace ohmic::values {

/// Gains are integers in 2^-14.
constexpr int kGainBits = 14;
constexpr std::int64_t kUnityGain = std::int64_t{1} << kGainBits;
__extension__ using WideInteger = __int128;

/// a / 2^shift rounded half to even; the quotient must fit 64 bits.
[[nodiscard]] constexpr std::int64_t round_shift(WideInteger a, int shift) {
  const WideInteger floor = a >> shift;
  const WideInteger rest = a - (floor << shift);
  const WideInteger half = WideInteger{1} << (shift - 1);
  const bool up = rest > half || (rest == half && (floor & 1) != 0);
  return static_cast<std::int64_t>(floor + (up ? 1 : 0));
}

/// value → gain · value + offset.
struct Correction {
  std::int64_t gain = kUnityGain;
  std::int64_t offset = 0;

  [[nodiscard]] std::int64_t apply(std::int64_t value) const {
    return round_shift(WideInteger{gain} * value, kGainBits) + offset;
  }
  bool operator==(const Correction&) const = default;
};

/// Corrections of one layer of one chip; as constructed: none.
struct LayerCorrections {
  std::vector<models::ConverterRange> ranges;  // of this chip, one or one per column; empty: those of all chips
  std::vector<Correction> columns;             // [row block][conversion of a step][column], in 2^-16 levels; or empty
  std::int64_t drift_gain = kUnityGain;        // of Σ weight · value
  std::vector<Correction> channels;            // of accumulators, one per column; or empty
};

/// By layer.
using ChipCorrections = std::vector<LayerCorrections>;

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
// What the drivers of a layer's rows make of digits (docs/circuits.md).
#pragma once

#include <cstdint>
#include <vector>

#include "base/draws.hpp"
#include "mapping/encoding.hpp"
#include "models/architecture.hpp"

namespace ohmic::values {

class RowDrive {
 public:
  /// Exact drivers.
  RowDrive() = default;
  /// One chip's drivers of `rows` rows with `inputs.level_error`.
  RowDrive(const models::ArraySpec& array, int rows, PhiloxKey key);

  [[nodiscard]] bool is_exact() const { return levels_.empty(); }
  /// D: levels are in 2^-D digits; 0 when exact.
  [[nodiscard]] int fraction_bits() const { return fraction_bits_; }
  /// Of |level|, in digits; 0 when exact.
  [[nodiscard]] double largest() const { return largest_; }
  /// What a digit drives row `row` of the matrix with; only where not exact.
  [[nodiscard]] std::int16_t level(int row, int digit) const {
    const int index = bipolar_ ? (digit + 1) / 2 : digit;
    return levels_[static_cast<std::size_t>(row) * per_row_ + static_cast<std::size_t>(index)];
  }

 private:
  int fraction_bits_ = 0;
  double largest_ = 0;
  bool bipolar_ = false;
  std::size_t per_row_ = 0;
  std::vector<std::int16_t> levels_;  // [row][digit], bipolar [row][−1, +1]
};

}  // namespace ohmic::values

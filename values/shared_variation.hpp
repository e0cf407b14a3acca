// SPDX-License-Identifier: Apache-2.0
// The part of a writing error that cells have in common: by physical column, and as a smooth field over an array.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "base/draws.hpp"
#include "mapping/encoding.hpp"
#include "models/architecture.hpp"

namespace ohmic::values {

/// Weights w_k, k = −radius … radius, that white noise is folded with; Σ w² = 1.
[[nodiscard]] std::vector<double> field_weights(double length_cells);

/// One array's field of unit variance, [row][physical column]; (row block, column block) is the array's position.
[[nodiscard]] std::vector<double> spatial_field(int rows, int columns, const std::vector<double>& weights,
                                                PhiloxKey key, int row_block, int column_block);

/// Position of a column of the matrix: its array, and its first physical column there.
struct PhysicalColumn {
  int block = 0;
  int first = 0;
};
[[nodiscard]] PhysicalColumn physical_column(const mapping::WeightPlan& plan, const models::ArraySpec& array,
                                             int column);

/// Deviates of all cells of one layer of one chip.
class SharedVariation {
 public:
  SharedVariation(const mapping::WeightPlan& plan, const models::ArraySpec& array, const DrawScope& scope);

  /// Weighted sum of what the cell has in common with others: variance column + spatial share.
  [[nodiscard]] double at(int polarity, int slice, int row, int column);
  /// Weight of the deviate that is the cell's own.
  [[nodiscard]] double own_weight() const { return own_; }
  [[nodiscard]] bool is_there() const { return column_ > 0 || spatial_ > 0; }

 private:
  const mapping::WeightPlan& plan_;
  const models::ArraySpec& array_;
  double column_ = 0, spatial_ = 0, own_ = 1;  // roots of the shares
  PhiloxKey column_key_{}, field_key_{};
  std::vector<double> weights_;
  std::map<std::pair<int, int>, std::vector<double>> fields_;  // by array
};

}  // namespace ohmic::values

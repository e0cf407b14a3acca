// SPDX-License-Identifier: Apache-2.0
// One conversion, cell by cell: the definition of docs/values.md.
#pragma once

#include <cstdint>
#include <vector>

#include "values/layer_array.hpp"

namespace ohmic::values {

/// An input vector on the rows.
struct DrivenVector {
  std::vector<std::int16_t> digits;  // [step][row]
  std::vector<std::int16_t> levels;  // what the drivers make of them, 2^-D; empty where they are exact
  std::uint32_t image = 0;           // coordinates of its draws
  std::uint32_t pixel = 0;
};

class ColumnReader {
 public:
  /// `layer` must outlive the reader. `noise_key`: of the draws of its conversions.
  ColumnReader(const LayerArray& layer, PhiloxKey noise_key);

  /// `drive`: a drive value (InputPlan) for every row.
  [[nodiscard]] DrivenVector drive_rows(const std::int32_t* drive, std::uint32_t image, std::uint32_t pixel) const;

  /// What the converter sees, in 2^-F levels.
  [[nodiscard]] std::int64_t column_value(const DrivenVector& vector, int column, int group,
                                          const mapping::Conversion& conversion) const;
  /// What it makes of it, in 2^-16 levels.
  [[nodiscard]] LayerArray::Reading read(const DrivenVector& vector, int column, int group,
                                         const mapping::Conversion& conversion) const;

 private:
  struct Cells {
    std::int64_t value = 0;     // Σ level · conductance, 2^-(F + D)
    std::int64_t variance = 0;  // Σ digit_power · variance
  };
  [[nodiscard]] Cells add_cells(const DrivenVector& vector, int column, const RowGroup& rows, int t, int s,
                                int p) const;
  [[nodiscard]] std::int64_t add_values(const std::int16_t* levels, const std::int16_t* cells,
                                        const RowGroup& rows) const;

  const LayerArray& layer_;
  PhiloxKey noise_key_;
  // The cells of a column next to each other: [polarity][slice][column][row].
  std::vector<std::int16_t> conductances_;
  std::vector<std::int32_t> variances_;  // empty without read noise
};

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
// One layer of one chip, as every path needs it.
#pragma once

#include <cstdint>
#include <vector>

#include "values/array_backend.hpp"
#include "values/cells.hpp"
#include "values/converter.hpp"

namespace ohmic::values {

/// Rows that are read at once.
struct RowGroup {
  int begin = 0;
  int end = 0;
};
/// Row groups of a matrix, array after array.
[[nodiscard]] std::vector<RowGroup> row_groups(int rows, const models::ArraySpec& array);

/// Largest magnitudes that can occur whatever the input, as doubles (they only decide what fits where).
struct Bounds {
  double value = 0;          // noisy column value beside `low` of its range, 2^-16 levels
  double code_sum = 0;       // Σ over conversions of |weight| · code
  double variance_term = 0;  // Σ over the rows of a group of digit² · variance
  double result = 0;         // before the division by 2^(shift + 16)
};

struct LayerArray {
  LayerArray(const mapping::EncodedLayer& encoded_layer, const models::ArraySpec& array,
             const std::vector<ConverterRange>& column_ranges, const Chip& chip, int layer);

  const mapping::EncodedLayer& encoded;
  std::vector<mapping::Conversion> conversions;
  std::vector<RowGroup> groups;
  std::vector<ConverterRange> ranges;  // one per column
  mapping::ConversionRange reachable;
  std::int64_t max_code = 0;
  int fraction_bits = 0;            // F of the conductances
  std::vector<std::int16_t> cells;  // laid as WeightPlan::codes
  bool ideal_cells = true;          // conduct exactly the levels of their codes
  ReadNoise noise;
  PhiloxKey noise_key{};
  Bounds bounds;

  [[nodiscard]] int steps() const { return static_cast<int>(encoded.inputs.steps.size()); }
  [[nodiscard]] int columns() const { return encoded.weights.columns; }
  [[nodiscard]] int rows() const { return encoded.weights.rows; }

  /// What step t of the inputs, and slice s of the weights, count within a conversion: powers of two.
  [[nodiscard]] std::int64_t step_weight(const mapping::Conversion& c, int t) const;
  [[nodiscard]] std::int64_t slice_weight(const mapping::Conversion& c, int s) const;

  /// raw, in 2^-16, and Σ drive values → Σ w · (x − zero point).
  [[nodiscard]] std::int64_t result(std::int64_t raw, std::int64_t drive_sum, int column) const;

  /// Conversions of `vectors` input vectors.
  [[nodiscard]] std::int64_t count_conversions(std::int64_t vectors) const;

 private:
  [[nodiscard]] Bounds find_bounds() const;
};

[[nodiscard]] bool can_use_planes(const LayerArray& layer);
[[nodiscard]] bool can_collapse(const LayerArray& layer);

[[nodiscard]] std::unique_ptr<LayerPath> make_per_cell(LayerArray layer);
[[nodiscard]] std::unique_ptr<LayerPath> make_planes(LayerArray layer, Dispatch dispatch);
[[nodiscard]] std::unique_ptr<LayerPath> make_collapsed(LayerArray layer, Dispatch dispatch);

}  // namespace ohmic::values

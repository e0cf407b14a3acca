// SPDX-License-Identifier: Apache-2.0
// One layer of one chip, as every path needs it.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <vector>

#include "values/array_backend.hpp"
#include "values/cells.hpp"
#include "values/converter.hpp"
#include "values/row_drive.hpp"
#include "values/transitions.hpp"

namespace ohmic::values {

/// Rows that are read at once.
struct RowGroup {
  int begin = 0;
  int end = 0;
  int block = 0;  // row block of the array that they are in
};
/// Row groups of a matrix, array after array.
[[nodiscard]] std::vector<RowGroup> row_groups(int rows, const models::ArraySpec& array);

/// Largest magnitudes that can occur whatever the input, as doubles (they only decide what fits where).
struct Bounds {
  double value = 0;            // noisy column value beside `low` of its range, 2^-16 levels
  double code_sum = 0;         // Σ over conversions of |weight| · code
  double variance_term = 0;    // Σ over the rows of a group of digit² · variance
  double driven_variance = 0;  // of a conversion, without what is constant
  double result = 0;           // before the division by 2^(shift + 16)
};

/// value / 2^shift rounded half to even, for shift >= 1.
[[nodiscard]] constexpr std::int64_t shift_half_even(std::int64_t value, int shift) {
  const std::int64_t odd = (value >> shift) & 1;
  return (value + (std::int64_t{1} << (shift - 1)) - 1 + odd) >> shift;
}

struct LayerArray {
  LayerArray(const mapping::EncodedLayer& encoded_layer, const models::ArraySpec& array,
             const std::vector<ConverterRange>& column_ranges, const Chip& chip, int layer, int threads = 1);

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
  RowDrive drive;
  bool noise_by_pulse = false;       // read noise of d pulses averages: digit instead of digit² counts in variances
  std::vector<double> column_noise;  // beyond noise.column_variance, where columns differ; else empty
  ConverterBank converters;          // empty: ideal ones with `ranges`
  bool rounds = true;                // false: conversions pass their value; `ranges` then cover all in steps of 1
  LayerCorrections corrections;
  int step_conversions = 1;  // conversions of one step: those of the other steps meet the same columns
  Bounds bounds;

  /// Σ of the variances of a conversion that do not depend on what is driven, in units of ReadNoise::variance.
  [[nodiscard]] double constant_variance(int column) const {
    return noise.column_variance + (column_noise.empty() ? 0.0 : column_noise[static_cast<std::size_t>(column)]);
  }
  /// What a digit adds to the variance of a cell that it drives.
  [[nodiscard]] std::int64_t digit_power(int digit) const {
    return noise_by_pulse ? std::abs(digit) : std::int64_t{digit} * digit;
  }
  /// The digital value of a column value, both in 2^-16 levels.
  struct Reading {
    std::int64_t value = 0;
    std::int64_t error = 0;  // what it is less than the column value
    bool clipped = false;
  };
  [[nodiscard]] Reading read_out(std::int64_t value, int column, int row_block,
                                 const mapping::Conversion& conversion) const;

  /// Of what conversion `index` gives of a column of a row block; only where there are corrections of columns.
  [[nodiscard]] const Correction& column_correction(int row_block, std::size_t index, int column) const {
    const std::size_t place = static_cast<std::size_t>(row_block) * static_cast<std::size_t>(step_conversions) +
                              index % static_cast<std::size_t>(step_conversions);
    return corrections.columns[place * static_cast<std::size_t>(columns()) + static_cast<std::size_t>(column)];
  }

  [[nodiscard]] int steps() const { return static_cast<int>(encoded.inputs.steps.size()); }
  [[nodiscard]] int columns() const { return encoded.weights.columns; }
  [[nodiscard]] int rows() const { return encoded.weights.rows; }

  /// What step t of the inputs, and slice s of the weights, count within a conversion: powers of two.
  [[nodiscard]] std::int64_t step_weight(const mapping::Conversion& c, int t) const;
  [[nodiscard]] std::int64_t slice_weight(const mapping::Conversion& c, int s) const;

  /// raw, in 2^-16, and Σ drive values → Σ w · (x − zero point), with the corrections of results.
  [[nodiscard]] std::int64_t result(std::int64_t raw, std::int64_t drive_sum, int column) const {
    const mapping::Reconstruction& back = encoded.reconstruction;
    const std::int64_t digital = back.input_sum * drive_sum + back.constant[static_cast<std::size_t>(column)];
    if (corrections.drift_gain != kUnityGain) raw = Correction{corrections.drift_gain}.apply(raw);
    const std::int64_t sum = shift_half_even(raw + digital * kLevel, kValueFractionBits + back.shift);
    return corrections.channels.empty() ? sum : corrections.channels[static_cast<std::size_t>(column)].apply(sum);
  }

  /// Conversions of `vectors` input vectors.
  [[nodiscard]] std::int64_t count_conversions(std::int64_t vectors) const;

 private:
  void add_converter_noise(double noise_lsb);
  void pass_unrounded();
  [[nodiscard]] double largest_variance_term(const mapping::Conversion& c, int t) const;
  [[nodiscard]] double largest_driven_variance(const mapping::Conversion& c) const;
  [[nodiscard]] double largest_column_value() const;
  [[nodiscard]] Bounds find_bounds() const;
};

/// True where values, sums of codes and the quotient of a conversion are exact in double precision.
[[nodiscard]] bool doubles_convert(const LayerArray& layer);
/// False where a layer has what only the per-cell path and tables compute.
[[nodiscard]] bool vectors_know(const LayerArray& layer);
[[nodiscard]] bool can_use_planes(const LayerArray& layer);
[[nodiscard]] bool can_use_tables(const LayerArray& layer);
[[nodiscard]] bool can_collapse(const LayerArray& layer);

[[nodiscard]] std::unique_ptr<LayerPath> make_per_cell(LayerArray layer);
[[nodiscard]] std::unique_ptr<LayerPath> make_planes(LayerArray layer, Dispatch dispatch);
[[nodiscard]] std::unique_ptr<LayerPath> make_tables(LayerArray layer, Dispatch dispatch);
[[nodiscard]] std::unique_ptr<LayerPath> make_collapsed(LayerArray layer, Dispatch dispatch);

}  // namespace ohmic::values

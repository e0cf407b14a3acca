// SPDX-License-Identifier: Apache-2.0
#include "values/layer_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/config_reader.hpp"

namespace ohmic::values {

using mapping::Conversion;

namespace {

std::vector<ConverterRange> one_per_column(const std::vector<ConverterRange>& ranges, int columns) {
  if (ranges.size() == 1) return {static_cast<std::size_t>(columns), ranges.front()};
  if (ranges.size() != static_cast<std::size_t>(columns))
    throw std::logic_error("converter ranges do not fit the layer");
  return ranges;
}

void require_fit(const LayerArray& layer) {
  constexpr std::size_t kMaxGroups = std::size_t{1} << 16;
  if (layer.groups.size() > kMaxGroups) {
    throw RuleError("architecture.array.parallel_rows",
                    fmt::format("cuts {} rows into {} groups; at most {} are supported", layer.rows(),
                                layer.groups.size(), kMaxGroups));
  }
  const double limit = std::ldexp(1.0, 62);
  if (layer.bounds.value >= limit || layer.bounds.result >= limit) {
    throw RuleError("architecture.array.accumulate",
                    "sums of this layer do not fit 64 bits; accumulate digitally, or use fewer bits");
  }
}

}  // namespace

std::vector<RowGroup> row_groups(int rows, const models::ArraySpec& array) {
  const int parallel = array.parallel_rows > 0 ? array.parallel_rows : array.rows;
  std::vector<RowGroup> groups;
  for (int block = 0; block < rows; block += array.rows) {
    const int end = std::min(block + array.rows, rows);
    for (int begin = block; begin < end; begin += parallel) groups.push_back({begin, std::min(begin + parallel, end)});
  }
  return groups;
}

LayerArray::LayerArray(const mapping::EncodedLayer& encoded_layer, const models::ArraySpec& array,
                       const std::vector<ConverterRange>& column_ranges, const Chip& chip, int layer)
    : encoded(encoded_layer),
      conversions(mapping::conversions_of(encoded, array)),
      groups(row_groups(encoded.weights.rows, array)),
      ranges(one_per_column(column_ranges, encoded.weights.columns)),
      reachable(mapping::reachable_range(encoded, array)),
      max_code(values::max_code(array.adc->bits)),
      fraction_bits(conductance_fraction_bits(array.cell.bits)),
      cells(program_cells(encoded.weights, array, chip, layer)),
      ideal_cells(are_nominal(encoded.weights, cells, array.cell.bits)),
      noise(read_noise(encoded, array, chip.causes_of(layer))),
      noise_key(stream_key({.seed = chip.seed,
                            .purpose = Purpose::read_noise,
                            .trial = chip.trial,
                            .layer = static_cast<std::uint32_t>(layer)})),
      bounds(find_bounds()) {
  require_fit(*this);
}

std::int64_t LayerArray::step_weight(const Conversion& c, int t) const {
  const auto& steps = encoded.inputs.steps;
  return steps[static_cast<std::size_t>(t)].weight / steps[static_cast<std::size_t>(c.step_begin)].weight;
}

std::int64_t LayerArray::slice_weight(const Conversion& c, int s) const {
  const auto& slices = encoded.weights.slices;
  return slices[static_cast<std::size_t>(s)].weight / slices[static_cast<std::size_t>(c.slice_begin)].weight;
}

std::int64_t LayerArray::result(std::int64_t raw, std::int64_t drive_sum, int column) const {
  const mapping::Reconstruction& back = encoded.reconstruction;
  const std::int64_t digital = back.input_sum * drive_sum + back.constant[static_cast<std::size_t>(column)];
  return round_div(raw + digital * kLevel, kLevel << back.shift);
}

std::int64_t LayerArray::count_conversions(std::int64_t vectors) const {
  return vectors * columns() * static_cast<std::int64_t>(groups.size() * conversions.size());
}

Bounds LayerArray::find_bounds() const {
  Bounds b;
  int rows_at_once = 0;
  for (const RowGroup& group : groups) rows_at_once = std::max(rows_at_once, group.end - group.begin);
  const double largest_variance = *std::max_element(noise.variance.begin(), noise.variance.end());
  double column_value = 0;
  double weights = 0;
  for (const Conversion& c : conversions) {
    double drive = 0;
    double variance = noise.column_variance;
    for (int t = c.step_begin; t < c.step_end; ++t) {
      const double digit = std::max(1, encoded.inputs.max_digit(t));
      drive += std::abs(static_cast<double>(step_weight(c, t))) * digit;
      const double polarities = c.polarity < 0 ? encoded.weights.planes : 1;
      const double term = polarities * rows_at_once * digit * digit * largest_variance;
      b.variance_term = std::max(b.variance_term, term);
      for (int s = c.slice_begin; s < c.slice_end; ++s) {
        variance += term * std::pow(static_cast<double>(step_weight(c, t) * slice_weight(c, s)), 2);
      }
    }
    double slices = 0;
    for (int s = c.slice_begin; s < c.slice_end; ++s) slices += std::abs(static_cast<double>(slice_weight(c, s)));
    const double largest_deviate = std::ldexp(6.5, kGaussianFractionBits);
    const double noisy =
        rows_at_once * drive * slices * kMaxConductance + std::sqrt(variance) * largest_deviate * noise.scale();
    column_value = std::max(column_value, noisy);
    weights += std::abs(static_cast<double>(c.weight));
  }
  double converted = 0;
  double low = 0;
  for (const ConverterRange& range : ranges) {
    const double from = std::abs(static_cast<double>(range.low));
    low = std::max(low, from);
    converted = std::max(converted, from + static_cast<double>(range.step) * static_cast<double>(max_code));
  }
  const auto num_groups = static_cast<double>(groups.size());
  b.value = std::ldexp(column_value, kValueFractionBits - fraction_bits) + low;
  b.code_sum = weights * num_groups * static_cast<double>(max_code);
  const mapping::Reconstruction& back = encoded.reconstruction;
  double constant = 0;
  for (const std::int64_t c : back.constant) constant = std::max(constant, std::abs(static_cast<double>(c)));
  const double drive = std::max(std::abs(encoded.inputs.v_min), std::abs(encoded.inputs.v_max));
  const double digital = std::abs(static_cast<double>(back.input_sum)) * drive * rows() + constant;
  b.result = weights * num_groups * converted + digital * static_cast<double>(kLevel);
  return b;
}

}  // namespace ohmic::values

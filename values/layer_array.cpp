// SPDX-License-Identifier: Apache-2.0
#include "values/layer_array.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "base/config_reader.hpp"
#include "values/wires.hpp"

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
  const int parallel = array.rows_at_once();
  std::vector<RowGroup> groups;
  for (int block = 0; block < rows; block += array.rows) {
    const int end = std::min(block + array.rows, rows);
    for (int begin = block; begin < end; begin += parallel) {
      groups.push_back({begin, std::min(begin + parallel, end), block / array.rows});
    }
  }
  return groups;
}

LayerArray::LayerArray(const mapping::EncodedLayer& encoded_layer, const models::ArraySpec& array,
                       const std::vector<ConverterRange>& column_ranges, const Chip& chip, int layer, int threads)
    : encoded(encoded_layer),
      conversions(mapping::conversions_of(encoded, array)),
      groups(row_groups(encoded.weights.rows, array)),
      ranges(one_per_column(column_ranges, encoded.weights.columns)),
      reachable(mapping::reachable_range(encoded, array)),
      max_code(values::max_code(array.adc->bits)),
      fraction_bits(conductance_fraction_bits(array.cell.bits)),
      cells(behind_wires(encoded.weights, array, chip.causes_of(layer), threads,
                         program_cells(encoded.weights, array, chip, layer))),
      ideal_cells(are_nominal(encoded.weights, cells, array.cell.bits)),
      noise(read_noise(encoded, array, chip.causes_of(layer))),
      noise_key(stream_key({.seed = chip.seed,
                            .purpose = chip.is_calibrating ? Purpose::calibration_noise : Purpose::read_noise,
                            .trial = chip.trial,
                            .layer = static_cast<std::uint32_t>(layer)})) {
  const Causes causes = chip.causes_of(layer);
  const auto key = [&](Purpose purpose) {
    return stream_key(
        {.seed = chip.seed, .purpose = purpose, .trial = chip.trial, .layer = static_cast<std::uint32_t>(layer)});
  };
  step_conversions = static_cast<int>(std::count_if(conversions.begin(), conversions.end(), [&](const Conversion& c) {
    return c.step_begin == conversions.front().step_begin;
  }));
  if (chip.corrections) corrections = (*chip.corrections)[static_cast<std::size_t>(layer)];
  if (!corrections.ranges.empty()) ranges = one_per_column(corrections.ranges, columns());
  if (array.inputs.level_error > 0 && causes.has(Cause::dac_error)) {
    drive = RowDrive(array, rows(), key(Purpose::dac_error));
  }
  noise_by_pulse = array.inputs.shape != models::InputShape::amplitude;
  if (array.adc->has_errors() && causes.has(Cause::adc_error)) {
    converters = ConverterBank(encoded, array, ranges, key(Purpose::adc_error));
  }
  if (array.adc->noise_lsb() > 0 && causes.has(Cause::adc_noise)) add_converter_noise(array.adc->noise_lsb());
  rounds = causes.has(Cause::adc_resolution);
  if (!rounds) pass_unrounded();
  bounds = find_bounds();
  require_fit(*this);
}

/// σ in steps of the range → variance in units of ReadNoise::variance.
void LayerArray::add_converter_noise(double noise_lsb) {
  noise.enabled = true;
  for (const ConverterRange& range : ranges) {
    const double sigma = noise_lsb * std::ldexp(static_cast<double>(range.step), fraction_bits - kValueFractionBits);
    column_noise.push_back(std::ldexp(sigma * sigma, -2 * noise.exponent));
  }
  if (std::any_of(column_noise.begin(), column_noise.end(), [&](double v) { return v != column_noise.front(); }))
    return;
  noise.column_variance += column_noise.front();
  column_noise.clear();
}

void LayerArray::pass_unrounded() {
  const auto largest = static_cast<std::int64_t>(std::min(std::ceil(largest_column_value()), std::ldexp(1.0, 60)));
  ranges.assign(ranges.size(), {-largest, 1});
  max_code = 2 * largest;
}

LayerArray::Reading LayerArray::read_out(std::int64_t value, int column, int row_block,
                                         const Conversion& conversion) const {
  const ConverterRange& range = ranges[static_cast<std::size_t>(column)];
  const Transitions* own = converters.empty() ? nullptr : &converters.of(row_block, column, conversion.slice_begin);
  if (own != nullptr && !rounds) {
    const std::int64_t passed = own->unrounded(value);
    return {passed, value - passed, false};
  }
  const Converted converted = own != nullptr ? own->convert(value) : convert(value, range, max_code);
  const std::int64_t read = range.low + converted.code * range.step;
  return {read, value - read, converted.clipped};
}

std::int64_t LayerArray::step_weight(const Conversion& c, int t) const {
  const auto& steps = encoded.inputs.steps;
  return steps[static_cast<std::size_t>(t)].weight / steps[static_cast<std::size_t>(c.step_begin)].weight;
}

std::int64_t LayerArray::slice_weight(const Conversion& c, int s) const {
  const auto& slices = encoded.weights.slices;
  return slices[static_cast<std::size_t>(s)].weight / slices[static_cast<std::size_t>(c.slice_begin)].weight;
}

std::int64_t LayerArray::count_conversions(std::int64_t vectors) const {
  return vectors * columns() * static_cast<std::int64_t>(groups.size() * conversions.size());
}

bool vectors_know(const LayerArray& layer) {
  return layer.drive.is_exact() && layer.converters.empty() && layer.column_noise.empty() &&
         layer.corrections.columns.empty() && layer.noise.column_variance == 0 &&
         !(layer.noise.enabled && layer.noise_by_pulse);
}

/// Σ over the rows of a group of digit² · variance of the cells of one slice, at most.
double LayerArray::largest_variance_term(const Conversion& c, int t) const {
  int rows_at_once = 0;
  for (const RowGroup& group : groups) rows_at_once = std::max(rows_at_once, group.end - group.begin);
  const double digit = std::max(1, encoded.inputs.max_digit(t));
  const double polarities = c.polarity < 0 ? encoded.weights.planes : 1;
  return polarities * rows_at_once * digit * digit * *std::max_element(noise.variance.begin(), noise.variance.end());
}

/// Variance of a conversion at most, without what is constant.
double LayerArray::largest_driven_variance(const Conversion& c) const {
  double variance = 0;
  for (int t = c.step_begin; t < c.step_end; ++t) {
    for (int s = c.slice_begin; s < c.slice_end; ++s) {
      variance +=
          largest_variance_term(c, t) * std::pow(static_cast<double>(step_weight(c, t) * slice_weight(c, s)), 2);
    }
  }
  return variance;
}

/// Of |noisy column value|, 2^-16 levels.
double LayerArray::largest_column_value() const {
  int rows_at_once = 0;
  for (const RowGroup& group : groups) rows_at_once = std::max(rows_at_once, group.end - group.begin);
  const double constant = noise.column_variance +
                          (column_noise.empty() ? 0.0 : *std::max_element(column_noise.begin(), column_noise.end()));
  const double largest_deviate = std::ldexp(6.5, kGaussianFractionBits);
  double column_value = 0;
  for (const Conversion& c : conversions) {
    double driven = 0;
    for (int t = c.step_begin; t < c.step_end; ++t) {
      const double digit = std::max(1, encoded.inputs.max_digit(t));
      driven += std::abs(static_cast<double>(step_weight(c, t))) * std::max(digit, drive.largest());
    }
    double slices = 0;
    for (int s = c.slice_begin; s < c.slice_end; ++s) slices += std::abs(static_cast<double>(slice_weight(c, s)));
    const double deviation = std::sqrt(constant + largest_driven_variance(c)) * largest_deviate * noise.scale();
    column_value = std::max(column_value, rows_at_once * driven * slices * kMaxConductance + deviation);
  }
  return std::ldexp(column_value, kValueFractionBits - fraction_bits);
}

Bounds LayerArray::find_bounds() const {
  Bounds b;
  double weights = 0;
  for (const Conversion& c : conversions) {
    for (int t = c.step_begin; t < c.step_end; ++t) {
      b.variance_term = std::max(b.variance_term, largest_variance_term(c, t));
    }
    b.driven_variance = std::max(b.driven_variance, largest_driven_variance(c));
    weights += std::abs(static_cast<double>(c.weight));
  }
  double converted = 0;
  double low = 0;
  double step = 0;
  for (const ConverterRange& range : ranges) {
    const double from = std::abs(static_cast<double>(range.low));
    low = std::max(low, from);
    step = std::max(step, static_cast<double>(range.step));
    converted = std::max(converted, from + static_cast<double>(range.step) * static_cast<double>(max_code));
  }
  const double value = largest_column_value();
  // A code stands for a value within a step of what was converted, or for an end of the range.
  if (converters.empty()) converted = std::min(converted, std::max(value + step, low));
  if (!rounds) converted = value;
  const auto num_groups = static_cast<double>(groups.size());
  b.value = value + low;
  b.code_sum = weights * num_groups * static_cast<double>(max_code);
  const mapping::Reconstruction& back = encoded.reconstruction;
  double constant = 0;
  for (const std::int64_t c : back.constant) constant = std::max(constant, std::abs(static_cast<double>(c)));
  const double largest_drive = std::max(std::abs(encoded.inputs.v_min), std::abs(encoded.inputs.v_max));
  const double digital = std::abs(static_cast<double>(back.input_sum)) * largest_drive * rows() + constant;
  b.result = weights * num_groups * converted + digital * static_cast<double>(kLevel);
  return b;
}

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
// Noise of reads: white noise of cells by their code, and what every conversion adds whatever is read.
#include <algorithm>

#include "models/cell_devices.hpp"
#include "values/cell_levels.hpp"
#include "values/cells.hpp"

namespace ohmic::values {

namespace {

/// Fixed-point variances of codes from their values in (2^-F levels)².
void set_cell_variances(const std::vector<double>& variance, int cell_bits, ReadNoise& noise) {
  const double largest = *std::max_element(variance.begin(), variance.end());
  if (largest <= 0) return;
  noise.enabled = true;
  noise.uniform = *std::min_element(variance.begin(), variance.end()) == largest;
  // Fourteen bits per piece of the vector path; cells of many levels take two pieces, so that the smallest levels
  // of a proportional error keep their variance.
  const double limit = cell_bits <= 2 ? 16383.0 : 268435455.0;
  while (std::ldexp(largest, -2 * noise.exponent) > limit) ++noise.exponent;
  while (std::ldexp(largest, -2 * (noise.exponent - 1)) <= limit) --noise.exponent;
  for (std::size_t code = 0; code < variance.size(); ++code) {
    noise.variance[code] = static_cast<std::int32_t>(std::lround(std::ldexp(variance[code], -2 * noise.exponent)));
  }
}

/// Columns that a conversion samples, each with the square of its weight: all conversions of a layer are alike.
double sampled_columns(const mapping::EncodedLayer& layer, const models::ArraySpec& array) {
  const mapping::Conversion c = mapping::conversions_of(layer, array).front();
  const auto squares = [](const auto& parts, int begin, int end) {
    double sum = 0;
    for (int i = begin; i < end; ++i) {
      const double weight = static_cast<double>(parts[static_cast<std::size_t>(i)].weight) /
                            static_cast<double>(parts[static_cast<std::size_t>(begin)].weight);
      sum += weight * weight;
    }
    return sum;
  };
  return squares(layer.inputs.steps, c.step_begin, c.step_end) *
         squares(layer.weights.slices, c.slice_begin, c.slice_end) * (c.polarity < 0 ? layer.weights.planes : 1);
}

/// What a row at full supply stands for: a charge-domain column has Vdd at the largest digit.
double largest_digit(const models::InputSpec& inputs) {
  return static_cast<double>((1 << inputs.dac_bits) - 1);
}

}  // namespace

ReadNoise read_noise(const mapping::EncodedLayer& layer, const models::ArraySpec& array, Causes causes) {
  const models::CellSpec& cell = array.cell;
  ReadNoise noise;
  std::vector<double> variance(std::size_t{1} << cell.bits, 0.0);
  noise.variance.assign(variance.size(), 0);
  for (std::size_t code = 0; code < variance.size() && causes.has(Cause::read_noise); ++code) {
    const double y = cell.state(level_fraction(layer.weights, static_cast<int>(code), cell.bits));
    const bool is_pair = layer.weights.encoding == models::WeightEncoding::xnor;
    const double sigma = models::reading_sigma(cell, y, is_pair) * conductance_units(cell);
    variance[code] = sigma * sigma;
  }
  set_cell_variances(variance, cell.bits, noise);
  if (const auto charge = cell.device->charge(); charge && causes.has(Cause::adc_noise)) {
    const double levels =
        charge->noise_levels(array.rows_at_once(), array.rows, cell.temperature.kelvin) * largest_digit(array.inputs);
    const double units = std::ldexp(levels, conductance_fraction_bits(cell.bits));
    noise.add_column_variance(units * units * sampled_columns(layer, array));
  }
  return noise;
}

}  // namespace ohmic::values

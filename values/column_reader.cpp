// SPDX-License-Identifier: Apache-2.0
#include "values/column_reader.hpp"

namespace ohmic::values {

using mapping::Conversion;

ColumnReader::ColumnReader(const LayerArray& layer, PhiloxKey noise_key) : layer_(layer), noise_key_(noise_key) {
  const mapping::WeightPlan& plan = layer_.encoded.weights;
  conductances_.reserve(plan.codes.size());
  for (int p = 0; p < plan.planes; ++p) {
    for (int s = 0; s < static_cast<int>(plan.slices.size()); ++s) {
      for (int column = 0; column < plan.columns; ++column) {
        for (int row = 0; row < plan.rows; ++row) {
          const std::size_t cell = plan.index(p, s, row, column);
          conductances_.push_back(layer_.cells[cell]);
          if (layer_.noise.enabled) variances_.push_back(layer_.noise.variance[plan.codes[cell]]);
        }
      }
    }
  }
}

DrivenVector ColumnReader::drive_rows(const std::int32_t* drive, std::uint32_t image, std::uint32_t pixel) const {
  DrivenVector vector;
  vector.image = image;
  vector.pixel = pixel;
  for (int t = 0; t < layer_.steps(); ++t) {
    for (int row = 0; row < layer_.rows(); ++row) {
      const int digit = layer_.encoded.inputs.digit(drive[row], t);
      vector.digits.push_back(static_cast<std::int16_t>(digit));
      if (!layer_.drive.is_exact()) vector.levels.push_back(layer_.drive.level(row, digit));
    }
  }
  return vector;
}

LayerArray::Reading ColumnReader::read(const DrivenVector& vector, int column, int group, const Conversion& c) const {
  const std::int64_t value = column_value(vector, column, group, c);
  const std::int64_t fixed = value * (std::int64_t{1} << (kValueFractionBits - layer_.fraction_bits));
  return layer_.read_out(fixed, column, layer_.groups[static_cast<std::size_t>(group)].block, c);
}

std::int64_t ColumnReader::column_value(const DrivenVector& vector, int column, int group, const Conversion& c) const {
  const RowGroup& rows = layer_.groups[static_cast<std::size_t>(group)];
  std::int64_t value = 0;
  double variance = layer_.constant_variance(column);
  for (int t = c.step_begin; t < c.step_end; ++t) {
    for (int s = c.slice_begin; s < c.slice_end; ++s) {
      Cells sum;
      for (int p = 0; p < layer_.encoded.weights.planes; ++p) {
        if (c.polarity >= 0 && c.polarity != p) continue;
        const Cells cells = add_cells(vector, column, rows, t, s, p);
        sum.value += c.polarity < 0 && p == 1 ? -cells.value : cells.value;
        sum.variance += cells.variance;
      }
      const std::int64_t weight = layer_.step_weight(c, t) * layer_.slice_weight(c, s);
      value += weight * sum.value;
      // A power of two times an integer; the order of the additions is part of the definition.
      variance += static_cast<double>(weight) * static_cast<double>(weight) * static_cast<double>(sum.variance);
    }
  }
  if (!layer_.drive.is_exact()) value = round_div(value, std::int64_t{1} << layer_.drive.fraction_bits());
  if (layer_.noise.enabled) {
    const ConversionDraw draw{vector.image, vector.pixel, static_cast<std::uint32_t>(column), draw_place(group, c)};
    value += conversion_noise(variance, gaussian(draw_bits(draw, noise_key_)), layer_.noise.scale());
  }
  return value;
}

ColumnReader::Cells ColumnReader::add_cells(const DrivenVector& vector, int column, const RowGroup& rows, int t, int s,
                                            int p) const {
  const auto planes = static_cast<std::size_t>(p) * layer_.encoded.weights.slices.size() + static_cast<std::size_t>(s);
  const std::size_t columns = planes * static_cast<std::size_t>(layer_.columns()) + static_cast<std::size_t>(column);
  const std::size_t first = columns * static_cast<std::size_t>(layer_.rows());
  const std::ptrdiff_t step = std::ptrdiff_t{t} * layer_.rows();
  const std::int16_t* digits = vector.digits.data() + step;
  Cells sum;
  sum.value =
      add_values(layer_.drive.is_exact() ? digits : vector.levels.data() + step, conductances_.data() + first, rows);
  if (layer_.noise.enabled) {
    const std::int32_t* variances = variances_.data() + first;
    for (int row = rows.begin; row < rows.end; ++row) sum.variance += layer_.digit_power(digits[row]) * variances[row];
  }
  return sum;
}

std::int64_t ColumnReader::add_values(const std::int16_t* levels, const std::int16_t* cells,
                                      const RowGroup& rows) const {
  std::int64_t sum = 0;
  // A digit has at most 8 bits, a conductance 15: sums of 64 products fit 32 bits. Levels have 15 bits: sums of 2.
  const int together = layer_.drive.is_exact() ? 64 : 2;
  for (int begin = rows.begin; begin < rows.end; begin += together) {
    std::int32_t part = 0;
    for (int row = begin; row < std::min(begin + together, rows.end); ++row) part += levels[row] * cells[row];
    sum += part;
  }
  return sum;
}

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
// The definition of docs/values.md as plain loops: every conversion adds up its cells one by one. Slow; what the
// other paths are compared with.
#include <cmath>

#include "values/layer_array.hpp"

namespace ohmic::values {

namespace {

using mapping::Conversion;

/// (error / step)² of a rounding error of half a step at most, in 2^-32.
std::int64_t square_of_steps(std::int64_t error, std::int64_t step) {
  const std::int64_t part = std::llround(std::ldexp(static_cast<double>(error) / static_cast<double>(step), 16));
  return part * part;
}

class PerCellPath : public LayerPath {
 public:
  explicit PerCellPath(LayerArray layer);
  [[nodiscard]] LayerStatistics multiply(const workloads::MatrixCall& call) const override;

 private:
  struct Vector {
    std::vector<std::int16_t> digits;  // [step][row]
    std::int64_t drive_sum = 0;
    std::uint32_t image = 0;
    std::uint32_t pixel = 0;
  };
  struct Cells {
    std::int64_t value = 0;     // Σ digit · conductance
    std::int64_t variance = 0;  // Σ digit² · variance
  };

  [[nodiscard]] Vector drive(const workloads::MatrixCall& call, int image, int pixel) const;
  [[nodiscard]] std::int64_t convert_column(const Vector& vector, int column, LayerStatistics& counted) const;
  [[nodiscard]] std::int64_t column_value(const Vector& vector, int column, int group, const Conversion& c) const;
  [[nodiscard]] Cells add_cells(const Vector& vector, int column, const RowGroup& rows, int t, int s, int p) const;

  LayerArray layer_;
  // The cells of a column next to each other: [polarity][slice][column][row].
  std::vector<std::int16_t> conductances_;
  std::vector<std::int32_t> variances_;  // empty without read noise
};

PerCellPath::PerCellPath(LayerArray layer) : layer_(std::move(layer)) {
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

LayerStatistics PerCellPath::multiply(const workloads::MatrixCall& call) const {
  LayerStatistics counted;
  std::int64_t* acc = call.acc;
  for (int image = 0; image < call.images; ++image) {
    for (int pixel = 0; pixel < call.pixels; ++pixel) {
      const Vector vector = drive(call, image, pixel);
      for (int column = 0; column < call.columns; ++column) {
        const std::int64_t raw = convert_column(vector, column, counted);
        *acc++ = layer_.result(raw, vector.drive_sum, column);
      }
    }
  }
  return counted;
}

PerCellPath::Vector PerCellPath::drive(const workloads::MatrixCall& call, int image, int pixel) const {
  Vector vector;
  vector.image = static_cast<std::uint32_t>(call.first_image + image);
  vector.pixel = static_cast<std::uint32_t>(pixel);
  const mapping::InputPlan& inputs = layer_.encoded.inputs;
  const std::int32_t* x = call.x + (std::ptrdiff_t{image} * call.pixels + pixel) * call.rows;
  for (int row = 0; row < call.rows; ++row) vector.drive_sum += x[row] - inputs.offset;
  for (int t = 0; t < layer_.steps(); ++t) {
    for (int row = 0; row < call.rows; ++row) {
      vector.digits.push_back(static_cast<std::int16_t>(inputs.digit(x[row] - inputs.offset, t)));
    }
  }
  return vector;
}

/// Σ over row groups and conversions of weight · converted value, in 2^-16.
std::int64_t PerCellPath::convert_column(const Vector& vector, int column, LayerStatistics& counted) const {
  const ConverterRange& range = layer_.ranges[static_cast<std::size_t>(column)];
  std::int64_t raw = 0;
  for (int group = 0; group < static_cast<int>(layer_.groups.size()); ++group) {
    for (const Conversion& c : layer_.conversions) {
      const std::int64_t value = column_value(vector, column, group, c);
      const std::int64_t fixed = value * (std::int64_t{1} << (kValueFractionBits - layer_.fraction_bits));
      const Converted converted = convert(fixed, range, layer_.max_code);
      raw += c.weight * (range.low + converted.code * range.step);
      counted.conversions += 1;
      counted.clipped += converted.clipped ? 1 : 0;
      const std::int64_t error = fixed - (range.low + converted.code * range.step);
      counted.inexact += error != 0 ? 1 : 0;
      if (!converted.clipped) counted.rounding_squares += square_of_steps(error, range.step);
    }
  }
  return raw;
}

/// What the converter sees, in 2^-F levels.
std::int64_t PerCellPath::column_value(const Vector& vector, int column, int group, const Conversion& c) const {
  const RowGroup& rows = layer_.groups[static_cast<std::size_t>(group)];
  std::int64_t value = 0;
  double variance = layer_.noise.column_variance;
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
  if (layer_.noise.enabled) {
    const ConversionDraw draw{vector.image, vector.pixel, static_cast<std::uint32_t>(column), draw_place(group, c)};
    value += conversion_noise(variance, gaussian(draw_bits(draw, layer_.noise_key)), layer_.noise.scale());
  }
  return value;
}

PerCellPath::Cells PerCellPath::add_cells(const Vector& vector, int column, const RowGroup& rows, int t, int s,
                                          int p) const {
  const auto planes = static_cast<std::size_t>(p) * layer_.encoded.weights.slices.size() + static_cast<std::size_t>(s);
  const std::size_t columns = planes * static_cast<std::size_t>(layer_.columns()) + static_cast<std::size_t>(column);
  const std::size_t first = columns * static_cast<std::size_t>(layer_.rows());
  const std::int16_t* digits = vector.digits.data() + std::ptrdiff_t{t} * layer_.rows();
  const std::int16_t* cells = conductances_.data() + first;
  Cells sum;
  // A digit has at most 8 bits, a conductance 15: sums of 64 products fit 32 bits.
  for (int begin = rows.begin; begin < rows.end; begin += 64) {
    std::int32_t part = 0;
    for (int row = begin; row < std::min(begin + 64, rows.end); ++row) part += digits[row] * cells[row];
    sum.value += part;
  }
  if (layer_.noise.enabled) {
    const std::int32_t* variances = variances_.data() + first;
    for (int row = rows.begin; row < rows.end; ++row) {
      sum.variance += std::int64_t{digits[row]} * digits[row] * variances[row];
    }
  }
  return sum;
}

}  // namespace

std::unique_ptr<LayerPath> make_per_cell(LayerArray layer) {
  return std::make_unique<PerCellPath>(std::move(layer));
}

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
#include "values/shared_variation.hpp"

#include <algorithm>
#include <cmath>

#include "base/portable_exp.hpp"

namespace ohmic::values {

namespace {

double deviate(std::uint32_t bits) {
  return gaussian(bits) * std::ldexp(1.0, -kGaussianFractionBits);
}

PhiloxKey key_of(DrawScope scope, Purpose purpose) {
  scope.purpose = purpose;
  return stream_key(scope);
}

/// out[i] = Σ_k weights[k] · in[(i + k) · stride], for `count` values `stride` apart.
void fold(const double* in, int count, std::ptrdiff_t stride, const std::vector<double>& weights, double* out,
          std::ptrdiff_t out_stride) {
  for (int i = 0; i < count; ++i) {
    double sum = 0;
    for (std::size_t k = 0; k < weights.size(); ++k)
      sum += weights[k] * in[(i + static_cast<std::ptrdiff_t>(k)) * stride];
    out[i * out_stride] = sum;
  }
}

}  // namespace

std::vector<double> field_weights(double length_cells) {
  // exp(−k²/ℓ²) folded with itself is exp(−d²/(2ℓ²)); beyond 3ℓ it is below 2e-4.
  const int radius = static_cast<int>(std::ceil(3 * length_cells));
  std::vector<double> weights;
  double squares = 0;
  for (int k = -radius; k <= radius; ++k) {
    weights.push_back(portable_exp(-(static_cast<double>(k) * k) / (length_cells * length_cells)));
    squares += weights.back() * weights.back();
  }
  const double norm = std::sqrt(squares);
  for (double& weight : weights) weight /= norm;
  return weights;
}

std::vector<double> spatial_field(int rows, int columns, const std::vector<double>& weights, PhiloxKey key,
                                  int row_block, int column_block) {
  const int border = static_cast<int>(weights.size()) - 1;  // both sides together
  const int wide = columns + border;
  const int tall = rows + border;
  const auto size = [](int a, int b) { return static_cast<std::size_t>(a) * static_cast<std::size_t>(b); };
  std::vector<double> white(size(tall, wide));
  for (int row = 0; row < tall; ++row) {
    for (int column = 0; column < wide; ++column) {
      const PhiloxCounter bits =
          philox({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(column),
                  static_cast<std::uint32_t>(row_block), static_cast<std::uint32_t>(column_block)},
                 key);
      white[size(row, wide) + static_cast<std::size_t>(column)] = deviate(bits[0]);
    }
  }
  std::vector<double> folded(size(tall, columns));
  for (int row = 0; row < tall; ++row) {
    fold(white.data() + size(row, wide), columns, 1, weights, folded.data() + size(row, columns), 1);
  }
  std::vector<double> field(size(rows, columns));
  for (int column = 0; column < columns; ++column) {
    fold(folded.data() + column, rows, columns, weights, field.data() + column, columns);
  }
  return field;
}

PhysicalColumn physical_column(const mapping::WeightPlan& plan, const models::ArraySpec& array, int column) {
  const int slices = static_cast<int>(plan.slices.size());
  const int per_array = std::max(1, array.columns / slices);
  return {column / per_array, column % per_array * slices};
}

SharedVariation::SharedVariation(const mapping::WeightPlan& plan, const models::ArraySpec& array,
                                 const DrawScope& scope)
    : plan_(plan), array_(array) {
  const models::CorrelationSpec& shares = array.cell.correlation;
  column_ = std::sqrt(shares.column);
  spatial_ = std::sqrt(shares.spatial);
  own_ = is_there() ? std::sqrt(std::max(0.0, 1 - shares.column - shares.spatial)) : 1.0;
  column_key_ = key_of(scope, Purpose::column_variation);
  field_key_ = key_of(scope, Purpose::spatial_field);
  if (spatial_ > 0) weights_ = field_weights(shares.length_cells);
}

double SharedVariation::at(int polarity, int slice, int row, int column) {
  const PhysicalColumn place = physical_column(plan_, array_, column);
  const int row_block = row / array_.rows;
  double sum = 0;
  if (column_ > 0) {
    const auto number = static_cast<std::uint32_t>(place.block * array_.columns + place.first + slice);
    sum += column_ *
           deviate(philox({static_cast<std::uint32_t>(row_block), number, static_cast<std::uint32_t>(polarity), 0},
                          column_key_)[0]);
  }
  if (spatial_ > 0) {
    std::vector<double>& field = fields_[{row_block, place.block}];
    if (field.empty()) {
      field = spatial_field(array_.rows, std::max(array_.columns, static_cast<int>(plan_.slices.size())), weights_,
                            field_key_, row_block, place.block);
    }
    const std::size_t width = field.size() / static_cast<std::size_t>(array_.rows);
    sum += spatial_ *
           field[static_cast<std::size_t>(row % array_.rows) * width + static_cast<std::size_t>(place.first + slice)];
  }
  return sum;
}

}  // namespace ohmic::values

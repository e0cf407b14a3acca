// SPDX-License-Identifier: Apache-2.0
#include "mapping/partial_sums.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace ohmic::mapping {

namespace {

using models::ConverterRange;
using models::kLevel;

/// Calls visit(begin, end) for the rows that every read takes at once.
template <class Visit>
void for_each_row_group(const models::ArraySpec& array, int rows, Visit&& visit) {
  const int together = array.rows_at_once();
  for (int block = 0; block < rows; block += array.rows) {
    const int block_end = std::min(rows, block + array.rows);
    for (int row = block; row < block_end; row += together) visit(row, std::min(block_end, row + together));
  }
}

/// Σ w · (x − zero point) comes back from the sum as (sum + constant) / 2^shift, without a remainder.
SumRange exact_range(const EncodedLayer& layer, const workloads::QuantizedConv& conv,
                     const workloads::QuantParams& input, int column) {
  SumRange product;
  const std::int16_t* weights = conv.weights.data() + static_cast<std::ptrdiff_t>(column) * conv.rows;
  for (int row = 0; row < conv.rows; ++row) {
    const std::int64_t ends[] = {std::int64_t{weights[row]} * (input.q_min() - input.zero_point),
                                 std::int64_t{weights[row]} * (input.q_max() - input.zero_point)};
    product.low += std::min(ends[0], ends[1]);
    product.high += std::max(ends[0], ends[1]);
  }
  const std::int64_t scale = std::int64_t{1} << layer.reconstruction.shift;
  const std::int64_t constant = layer.reconstruction.constant[static_cast<std::size_t>(column)];
  return {product.low * scale - constant, product.high * scale - constant};
}

class Converted {
 public:
  Converted(const ConverterRange& range, int bits)
      : low_(range.low), step_(range.step), last_((std::int64_t{1} << bits) - 1) {}

  [[nodiscard]] bool is_exact(const ConversionRange& values) const {
    return step_ == kLevel && low_ <= values.low * kLevel && values.high * kLevel <= low_ + last_ * step_;
  }
  /// Levels that codes of these values stand for.
  [[nodiscard]] SumRange range(const ConversionRange& values) const {
    const std::int64_t first = (values.low * kLevel - low_) / step_ - 1;  // a code below or the nearest
    const std::int64_t last = (values.high * kLevel - low_) / step_ + 1;
    return {value(first), value(last)};
  }

 private:
  [[nodiscard]] std::int64_t value(std::int64_t code) const {
    return (low_ + std::clamp<std::int64_t>(code, 0, last_) * step_) / kLevel;
  }
  std::int64_t low_, step_, last_;
};

}  // namespace

SumRange partial_sum_range(const EncodedLayer& layer, const workloads::QuantizedConv& conv,
                           const workloads::QuantParams& input, const models::ArraySpec& array,
                           const ConverterRange& range, int column) {
  const Converted converted(range, array.adc->bits);
  const std::int64_t sum_weight = layer.reconstruction.input_sum * conv.rows;
  const std::int64_t ends[] = {sum_weight * layer.inputs.v_min, sum_weight * layer.inputs.v_max};
  SumRange bound{std::min(ends[0], ends[1]), std::max(ends[0], ends[1])};
  bool is_exact = true;
  for (const Conversion& conversion : conversions_of(layer, array)) {
    for_each_row_group(array, conv.rows, [&](int begin, int end) {
      const ConversionRange values = reachable_range(layer, conversion, begin, end, column);
      is_exact = is_exact && converted.is_exact(values);
      const SumRange levels = converted.range(values);
      const std::int64_t a = conversion.weight * levels.low, b = conversion.weight * levels.high;
      bound.low += std::min(a, b);
      bound.high += std::max(a, b);
    });
  }
  return is_exact ? exact_range(layer, conv, input, column) : bound;
}

}  // namespace ohmic::mapping

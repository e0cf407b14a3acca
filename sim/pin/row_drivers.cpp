// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/row_drivers.hpp"

namespace ohmic::sim::pin {

using models::InputEncoding;

RowDrivers::RowDrivers(const mapping::InputPlan& inputs, const mapping::TokenFormat& token, int row_begin, int row_end)
    : encoding_(inputs.encoding),
      offset_(inputs.offset),
      element_bits_(token.bits),
      is_signed_(token.is_signed),
      row_begin_(row_begin),
      steps_(inputs.steps),
      values_(static_cast<std::size_t>(row_end - row_begin)) {}

void RowDrivers::load(const Bits& operand) {
  int bit = row_begin_ * element_bits_;
  for (std::int32_t& value : values_) {
    const std::int64_t x = is_signed_ ? operand.get_signed(bit, element_bits_)
                                      : static_cast<std::int64_t>(operand.get(bit, element_bits_));
    value = static_cast<std::int32_t>(x) - offset_;
    bit += element_bits_;
  }
}

int RowDrivers::digit(int value, const mapping::InputStep& step) const {
  if (encoding_ == InputEncoding::bipolar) return (value >> step.shift & 1) == 1 ? 1 : -1;
  if (encoding_ == InputEncoding::sign_magnitude) {
    if (step.negative_phase) value = -value;
    if (value < 0) return 0;
  }
  return value >> step.shift & ((1 << step.bits) - 1);
}

const std::vector<std::int32_t>& RowDrivers::drive(int begin, int end, int step_begin, int step_end) {
  drive_.assign(static_cast<std::size_t>(end - begin), 0);
  const std::int64_t unit = steps_[static_cast<std::size_t>(step_begin)].weight;
  for (int t = step_begin; t < step_end; ++t) {
    const mapping::InputStep& step = steps_[static_cast<std::size_t>(t)];
    const auto weight = static_cast<std::int32_t>(step.weight / unit);
    const std::int32_t* value = values_.data() + (begin - row_begin_);
    for (std::int32_t& total : drive_) total += weight * digit(*value++, step);
  }
  return drive_;
}

std::int64_t RowDrivers::sum(int begin, int end) const {
  std::int64_t total = 0;
  for (int row = begin; row < end; ++row) total += values_[static_cast<std::size_t>(row - row_begin_)];
  return total;
}

}  // namespace ohmic::sim::pin

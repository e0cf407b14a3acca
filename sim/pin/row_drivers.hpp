// SPDX-License-Identifier: Apache-2.0
// The digital side of a tile's rows: a register with the vector of drive values, and the digits that drive the rows.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/encoding.hpp"
#include "mapping/hardware.hpp"
#include "sim/pin/bits.hpp"

namespace ohmic::sim::pin {

class RowDrivers {
 public:
  RowDrivers(const mapping::InputPlan& inputs, const mapping::TokenFormat& token, int row_begin, int row_end);

  /// Takes the operand: the integers of all rows of the matrix, row 0 first; those of [row_begin, row_end) are kept.
  void load(const Bits& operand);

  /// What drives rows [begin, end) in steps [step_begin, step_end) together, in units of the first of these steps.
  /// Element 0 is of row `begin`; valid until the next call.
  const std::vector<std::int32_t>& drive(int begin, int end, int step_begin, int step_end);
  [[nodiscard]] std::int64_t sum(int begin, int end) const;

 private:
  [[nodiscard]] int digit(int value, const mapping::InputStep& step) const;

  const models::InputEncoding encoding_;
  const int offset_;
  const int element_bits_;
  const bool is_signed_;
  const int row_begin_;
  const std::vector<mapping::InputStep> steps_;
  std::vector<std::int32_t> values_;  // drive values, by row
  std::vector<std::int32_t> drive_;
};

}  // namespace ohmic::sim::pin

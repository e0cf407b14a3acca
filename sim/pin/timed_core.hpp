// SPDX-License-Identifier: Apache-2.0
// A core that only takes its time: its result is a digest of its operands, so that a Program alone makes a chip whose
// data say whether every token was where it belongs.
#pragma once

#include <span>

#include "sim/pin/clocked_core.hpp"

namespace ohmic::sim::pin {

struct CoreTimes {
  Cycle interval = 1, latency = 1;
};

class TimedCore : public ClockedCore {
 public:
  TimedCore(const sc_core::sc_module_name& name, int operands, int output_slots, const CoreTimes& times,
            int result_bits)
      : ClockedCore(name, operands, output_slots), times_(times), result_bits_(result_bits) {}

 private:
  void start() override;
  void work() override { left_ -= left_ > 0 ? 1 : 0; }
  [[nodiscard]] bool is_interval_over() const override { return left_ == 0; }

  const CoreTimes times_;
  const int result_bits_;
  Cycle left_ = 0;  // cycles of the interval that runs
  std::vector<Bits> operands_;
};

/// `width` bits that depend on every bit of every operand and on their order.
[[nodiscard]] Bits digest(std::span<const Bits> operands, int width);
[[nodiscard]] Bits all_ones(int width);

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
// The handshakes that all cores have in common: one clocked method, every output a register.
#pragma once

#include "sim/pin/core.hpp"
#include "sim/pin/result_slots.hpp"

namespace ohmic::sim::pin {

class ClockedCore : public Core {
 protected:
  ClockedCore(const sc_core::sc_module_name& name, int operands, int output_slots);

  /// A firing starts in the cycle that this edge ends; its operands are on in_data_i. work() of the same edge follows.
  virtual void start() = 0;
  /// What happens in every cycle. Results go to slots_.
  virtual void work() = 0;
  /// Whether another firing may start in the cycle that begins, as far as its interval goes.
  [[nodiscard]] virtual bool is_interval_over() const = 0;

  ResultSlots slots_;

 private:
  void on_clock();
  void drive_outputs(bool front_changed);

  // What is on the outputs.
  bool in_ready_ = true;
  int out_count_ = 0;
};

/// A core whose lanes work for a fixed number of cycles on each firing, followed by registers.
class LaneCore : public ClockedCore {
 protected:
  LaneCore(const sc_core::sc_module_name& name, int operands, int output_slots, Cycle lane_cycles, Cycle registers)
      : ClockedCore(name, operands, output_slots), lane_cycles_(lane_cycles), registers_(registers) {}

  /// The result of the firing whose operands are on in_data_i.
  [[nodiscard]] virtual Bits compute() = 0;

 private:
  void start() final;
  void work() final;
  [[nodiscard]] bool is_interval_over() const final { return left_ == 0; }

  const Cycle lane_cycles_;
  const Cycle registers_;
  Cycle left_ = 0;  // cycles of the lanes for the firing that they work on
  Bits result_;
};

}  // namespace ohmic::sim::pin

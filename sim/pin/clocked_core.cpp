// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/clocked_core.hpp"

namespace ohmic::sim::pin {

ClockedCore::ClockedCore(const sc_core::sc_module_name& name, int operands, int output_slots)
    : Core(name, operands), slots_(output_slots) {
  SC_HAS_PROCESS(ClockedCore);
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  in_ready_o.initialize(true);
  out_valid_o.initialize(false);
  out_count_o.initialize(0);
}

void ClockedCore::on_clock() {
  slots_.tick();
  const bool popped = out_count_ > 0 && out_ready_i.read();
  if (popped) slots_.pop();
  if (in_ready_ && in_valid_i.read()) {
    slots_.take();
    start();
  }
  work();
  drive_outputs(popped);
}

void ClockedCore::drive_outputs(bool front_changed) {
  const bool ready = slots_.has_free() && is_interval_over();
  if (ready != in_ready_) {
    in_ready_ = ready;
    in_ready_o.write(ready);
  }
  const int count = slots_.count();
  if (count > 0 && (front_changed || out_count_ == 0)) out_data_o.write(slots_.oldest());
  if (count == out_count_) return;
  out_count_ = count;
  out_count_o.write(count);
  out_valid_o.write(count > 0);
}

void LaneCore::start() {
  left_ = lane_cycles_;
  result_ = compute();
}

void LaneCore::work() {
  if (left_ > 0 && --left_ == 0) slots_.put(std::move(result_), registers_);
}

}  // namespace ohmic::sim::pin

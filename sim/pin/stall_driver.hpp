// SPDX-License-Identifier: Apache-2.0
// Drives the stall pin of one source or sink: a function of the cycle (sim/stalls.hpp).
#pragma once

#include <systemc>

#include "sim/stalls.hpp"

namespace ohmic::sim::pin {

class StallDriver : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_out<bool> stall_o{"stall_o"};

  StallDriver(const sc_core::sc_module_name& name, const StallSpec& spec, mapping::StageKind kind, int stage)
      : sc_module(name), stalls_(spec), kind_(kind), stage_(stage) {
    SC_HAS_PROCESS(StallDriver);
    SC_METHOD(on_clock);
    sensitive << clk_i.pos();
    dont_initialize();
    stall_o.initialize(stalls_.holds(kind_, stage_, 0));
  }

 private:
  void on_clock() { stall_o.write(stalls_.holds(kind_, stage_, ++cycle_)); }

  const Stalls stalls_;
  const mapping::StageKind kind_;
  const int stage_;
  Cycle cycle_ = 0;  // that begins
};

}  // namespace ohmic::sim::pin

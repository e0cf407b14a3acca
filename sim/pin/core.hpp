// SPDX-License-Identifier: Apache-2.0
// What every core shows its buffers and its port (docs/hardware.md, "Stage"). All outputs are registers: they change
// at the rising edge and are what the others see in the cycle after it.
#pragma once

#include <systemc>

#include "sim/pin/bits.hpp"

namespace ohmic::sim::pin {

class Core : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_in<bool> in_valid_i{"in_valid_i"};       // every operand is there
  sc_core::sc_out<bool> in_ready_o{"in_ready_o"};      // both high: a firing starts in this cycle
  sc_core::sc_vector<sc_core::sc_in<Bits>> in_data_i;  // operands, by input port: tokens under the window
  sc_core::sc_out<bool> out_valid_o{"out_valid_o"};    // out_count_o is not 0
  sc_core::sc_in<bool> out_ready_i{"out_ready_i"};     // both high: the oldest result passes
  sc_core::sc_out<Bits> out_data_o{"out_data_o"};      // the oldest result
  sc_core::sc_out<int> out_count_o{"out_count_o"};     // results that are there

 protected:
  Core(const sc_core::sc_module_name& name, int operands)
      : sc_module(name), in_data_i("in_data_i", static_cast<std::size_t>(operands)) {}
};

}  // namespace ohmic::sim::pin

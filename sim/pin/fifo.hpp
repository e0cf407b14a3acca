// SPDX-License-Identifier: Apache-2.0
// Words through valid and ready on both sides, every output a register.
#pragma once

#include <systemc>
#include <vector>

#include "sim/pin/core.hpp"

namespace ohmic::sim::pin {

/// A word that passes in cycle t is on the output from t + 1 on; the place of one that leaves in t is free from t + 1
/// on.
class Fifo : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_in<bool> in_valid_i{"in_valid_i"};
  sc_core::sc_out<bool> in_ready_o{"in_ready_o"};
  sc_core::sc_in<Bits> in_data_i{"in_data_i"};
  sc_core::sc_out<bool> out_valid_o{"out_valid_o"};
  sc_core::sc_in<bool> out_ready_i{"out_ready_i"};
  sc_core::sc_out<Bits> out_data_o{"out_data_o"};

  Fifo(const sc_core::sc_module_name& name, int capacity);

 private:
  void on_clock();

  std::vector<Bits> words_;  // a ring
  std::size_t first_ = 0, count_ = 0;
};

/// Cuts every path between two sides at full rate; it takes two places for that, ready being a register too.
class StreamRegister : public Fifo {
 public:
  explicit StreamRegister(const sc_core::sc_module_name& name) : Fifo(name, 2) {}
};

}  // namespace ohmic::sim::pin

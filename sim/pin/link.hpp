// SPDX-License-Identifier: Apache-2.0
// Ways of a fixed number of registers without ready: what goes in always has room where it comes out.
#pragma once

#include <systemc>
#include <vector>

#include "sim/pin/core.hpp"

namespace ohmic::sim::pin {

/// Beats or flits: what is on the inputs in cycle t is on the outputs in t + registers.
class Link : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_in<bool> in_valid_i{"in_valid_i"};
  sc_core::sc_in<Bits> in_data_i{"in_data_i"};
  sc_core::sc_out<bool> out_valid_o{"out_valid_o"};
  sc_core::sc_out<Bits> out_data_o{"out_data_o"};

  Link(const sc_core::sc_module_name& name, int registers);

 private:
  void on_clock();

  std::vector<char> valid_;  // a ring: `next_` is what comes out next, and what goes in takes its place
  std::vector<Bits> data_;
  std::size_t next_ = 0;
  int inside_ = 0;
  bool out_valid_ = false;
};

/// Counts of credits, or credits of virtual channels as bits; 0 is nothing.
class CreditLink : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_in<int> credit_i{"credit_i"};
  sc_core::sc_out<int> credit_o{"credit_o"};

  CreditLink(const sc_core::sc_module_name& name, int registers);

 private:
  void on_clock();

  std::vector<int> credits_;
  std::size_t next_ = 0;
  int inside_ = 0;  // registers that are not 0
  int out_ = 0;
};

}  // namespace ohmic::sim::pin

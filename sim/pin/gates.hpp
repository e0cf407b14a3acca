// SPDX-License-Identifier: Apache-2.0
// The AND gates between modules: a fork to several destinations, a join of several operands.
#pragma once

#include <systemc>

#include "sim/pin/core.hpp"

namespace ohmic::sim::pin {

/// A beat passes to all destinations in the same cycle. The data go past it.
class Fork : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> in_valid_i{"in_valid_i"};
  sc_core::sc_out<bool> in_ready_o{"in_ready_o"};    // every destination is ready
  sc_core::sc_out<bool> out_valid_o{"out_valid_o"};  // to each of them: the beat passes
  sc_core::sc_vector<sc_core::sc_in<bool>> out_ready_i;

  Fork(const sc_core::sc_module_name& name, int destinations)
      : sc_module(name), out_ready_i("out_ready_i", static_cast<std::size_t>(destinations)) {
    SC_HAS_PROCESS(Fork);
    SC_METHOD(gate);
    sensitive << in_valid_i;
    for (auto& ready : out_ready_i) sensitive << ready;
  }

 private:
  void gate() {
    bool ready = true;
    for (const auto& one : out_ready_i) ready = ready && one.read();
    in_ready_o.write(ready);
    out_valid_o.write(ready && in_valid_i.read());
  }
};

/// A firing starts when every operand is there.
class Join : public sc_core::sc_module {
 public:
  sc_core::sc_vector<sc_core::sc_in<bool>> in_valid_i;
  sc_core::sc_out<bool> in_ready_o{"in_ready_o"};    // to every buffer: the firing starts
  sc_core::sc_out<bool> out_valid_o{"out_valid_o"};  // every operand is there
  sc_core::sc_in<bool> out_ready_i{"out_ready_i"};

  Join(const sc_core::sc_module_name& name, int operands)
      : sc_module(name), in_valid_i("in_valid_i", static_cast<std::size_t>(operands)) {
    SC_HAS_PROCESS(Join);
    SC_METHOD(gate);
    sensitive << out_ready_i;
    for (auto& valid : in_valid_i) sensitive << valid;
  }

 private:
  void gate() {
    bool valid = true;
    for (const auto& one : in_valid_i) valid = valid && one.read();
    out_valid_o.write(valid);
    in_ready_o.write(valid && out_ready_i.read());
  }
};

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
// One medium for all flows: an arbiter that counts their offers, and hop_cycles registers to all destinations
// (docs/timing.md, "Bus").
#pragma once

#include <systemc>
#include <vector>

#include "base/units.hpp"
#include "sim/pin/core.hpp"

namespace ohmic::sim::pin {

struct BusSpec {
  std::vector<int> flits;  // of a token, by flow
  Cycle hop_cycles = 1;
  Cycle grant_cycles = 0;
};

class Bus : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_vector<sc_core::sc_in<bool>> offer_i;   // by flow: one more token may be taken
  sc_core::sc_vector<sc_core::sc_out<bool>> take_o;   // by flow: its flit passes in this cycle
  sc_core::sc_vector<sc_core::sc_in<Bits>> flit_i;    // by flow
  sc_core::sc_vector<sc_core::sc_out<bool>> valid_o;  // by flow: its flit is at its destinations
  sc_core::sc_out<Bits> data_o{"data_o"};

  Bus(const sc_core::sc_module_name& name, const BusSpec& spec);

 private:
  static constexpr int kNobody = -1;
  struct Place {  // a register of the medium
    int flow = kNobody;
    Bits flit;
  };
  void on_clock();
  Place pass_flit();
  void grant();
  void move_medium(Place in);

  const BusSpec spec_;
  std::vector<int> offers_;    // by flow: not granted yet
  int waiting_ = 0;            // offers of all flows
  std::size_t turn_ = 0;       // first at the next grant
  int granted_ = kNobody;      // flow whose flits pass
  int flits_left_ = 0;         // of its token
  Cycle busy_ = 0;             // cycles until the next grant may be made
  std::vector<Place> medium_;  // a ring without its last register, which is the output
  std::size_t next_ = 0;
  int inside_ = 0;           // flits in the ring
  int delivered_ = kNobody;  // flow on valid_o
};

}  // namespace ohmic::sim::pin

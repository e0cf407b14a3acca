// SPDX-License-Identifier: Apache-2.0
// The port behind a core: puts its oldest result on the tile's wires and on the flits of links, cycle by cycle
// (docs/hardware.md, "Stage"). What it shows follows from registers and the core's outputs.
#pragma once

#include <systemc>
#include <vector>

#include "sim/pin/core.hpp"
#include "sim/pin/signals.hpp"

namespace ohmic::sim::pin {

struct PortSpec {
  int token_bits = 1;
  int beat_bits = 1;            // of the tile's wires
  int flit_bits = 1;            // of the fabric
  bool local = false;           // has destinations in its own tile
  std::vector<int> capacities;  // room at each remote destination

  [[nodiscard]] int beats() const { return local ? (token_bits + beat_bits - 1) / beat_bits : 0; }
  [[nodiscard]] int flits() const { return capacities.empty() ? 0 : (token_bits + flit_bits - 1) / flit_bits; }
};

/// What ports to links and ports to an arbitrated fabric have in common: pins, counters of room, slices of the token.
class PortBase : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_in<bool> core_valid_i{"core_valid_i"};
  sc_core::sc_out<bool> core_ready_o{"core_ready_o"};
  sc_core::sc_in<Bits> core_data_i{"core_data_i"};
  sc_core::sc_out<bool> local_valid_o{"local_valid_o"};
  sc_core::sc_in<bool> local_ready_i{"local_ready_i"};
  sc_core::sc_out<Bits> local_data_o{"local_data_o"};
  sc_core::sc_out<Bits> flit_data_o{"flit_data_o"};
  sc_core::sc_vector<sc_core::sc_in<int>> credit_i;  // by remote destination

 protected:
  PortBase(const sc_core::sc_module_name& name, PortSpec spec);

  /// Counts what has come back and, when `taken`, what has been given away; a change of has_room shows.
  void count_room(bool taken);
  /// Has the outputs worked out again in this cycle: a register has changed.
  void registers_changed() { changed_.write(changed_.read() + 1); }
  [[nodiscard]] bool has_room() const { return has_room_; }
  [[nodiscard]] Bits slice(int index, int width) const;

  const PortSpec spec_;
  const int beats_, flits_;
  Signal<unsigned> changed_{"changed"};

 private:
  std::vector<int> room_;  // by remote destination
  bool has_room_ = true;   // everywhere
};

/// To wires and links: the first beat and flit pass when there is room everywhere, the others in the cycles after.
class StreamPort : public PortBase {
 public:
  sc_core::sc_out<bool> flit_valid_o{"flit_valid_o"};  // to all links: a flit passes

  StreamPort(const sc_core::sc_module_name& name, const PortSpec& spec);

 private:
  void drive();
  void on_clock();
  [[nodiscard]] bool passes() const;

  const int cycles_;  // of one token
  int cycle_ = 0;     // of the token under way
};

/// To an arbitrated fabric: offers results as it gets room, gives a flit in every cycle in which the fabric takes one.
class OfferPort : public PortBase {
 public:
  sc_core::sc_in<int> core_count_i{"core_count_i"};
  sc_core::sc_out<bool> offer_o{"offer_o"};  // one more token may be taken
  sc_core::sc_in<bool> take_i{"take_i"};     // the fabric takes the flit in this cycle

  OfferPort(const sc_core::sc_module_name& name, const PortSpec& spec);

 private:
  void drive();
  void on_clock();
  [[nodiscard]] bool wires_want() const;
  [[nodiscard]] bool leaves() const;
  [[nodiscard]] bool offers() const;

  int offered_ = 0;          // tokens that are offered and have not left
  int flit_ = 0, beat_ = 0;  // of the oldest that have passed; all of them: it waits for the other way
  bool offer_ = false;
};

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
// Where the flows of a tile (or of the global buffer) enter the mesh and leave it (docs/timing.md, "Mesh").
#pragma once

#include <array>
#include <systemc>
#include <vector>

#include "sim/pin/core.hpp"
#include "sim/pin/mesh_flit.hpp"
#include "sim/pin/signals.hpp"

namespace ohmic::sim::pin {

/// A flow that enters here.
struct InjectedFlow {
  int flow = 0;
  int channel = 0;       // virtual
  int flits = 1;         // of a token
  int packet_flits = 1;  // at most
};

struct InterfaceSpec {
  FlitFormat format;
  int buffer_flits = 2;  // of the router
  std::vector<InjectedFlow> flows;
  std::vector<int> delivered;  // flows that leave here
};

class MeshInterface : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_vector<sc_core::sc_in<bool>> offer_i;  // by flow that enters: one more token may be taken
  sc_core::sc_vector<sc_core::sc_out<bool>> take_o;  // its flit passes in this cycle
  sc_core::sc_vector<sc_core::sc_in<Bits>> flit_i;   // payload
  sc_core::sc_out<bool> out_valid_o{"out_valid_o"};  // to the router
  sc_core::sc_out<Bits> out_flit_o{"out_flit_o"};
  sc_core::sc_in<int> credit_i{"credit_i"};
  sc_core::sc_in<bool> in_valid_i{"in_valid_i"};  // from the router
  sc_core::sc_in<Bits> in_flit_i{"in_flit_i"};
  sc_core::sc_vector<sc_core::sc_out<bool>> valid_o;  // by flow that leaves
  sc_core::sc_out<Bits> data_o{"data_o"};

  MeshInterface(const sc_core::sc_module_name& name, InterfaceSpec spec);

 private:
  static constexpr int kNobody = -1;
  struct State {
    int offers = 0;                   // tokens, with the one under way
    int flits = 0, packet_flits = 0;  // of the token and packet under way that have passed
  };
  void choose();
  [[nodiscard]] bool may_pass(int place) const;
  void deliver();
  void on_clock();
  void pass();

  const InterfaceSpec spec_;
  std::vector<State> states_;
  std::array<int, kMeshChannels> credits_{};
  std::array<int, kMeshChannels> holder_{kNobody, kNobody};
  int turn_ = 0;
  int chosen_ = kNobody;  // flow on take_o
  bool out_valid_ = false;
  Signal<unsigned> changed_{"changed"};  // of the registers above
};

}  // namespace ohmic::sim::pin

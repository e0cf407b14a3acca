// SPDX-License-Identifier: Apache-2.0
// A router of the mesh (docs/timing.md, "Mesh"): a buffer for each input and virtual channel, outputs that take a flit
// a cycle, round robin. A flit that is on an input in a cycle may leave with the edge that ends it.
#pragma once

#include <array>
#include <systemc>
#include <vector>

#include "sim/pin/core.hpp"
#include "sim/pin/mesh_flit.hpp"

namespace ohmic::sim::pin {

struct RouterSpec {
  FlitFormat format;
  int buffer_flits = 2;
  std::vector<int> channel;       // by flow: virtual channel
  std::vector<unsigned> outputs;  // by flow: a bit for each port on which it leaves; 0: never comes here
};

/// Credits are bits of virtual channels: one place each is free again.
class MeshRouter : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_vector<sc_core::sc_in<bool>> in_valid_i;
  sc_core::sc_vector<sc_core::sc_in<Bits>> in_flit_i;
  sc_core::sc_vector<sc_core::sc_out<int>> credit_o;
  sc_core::sc_vector<sc_core::sc_out<bool>> out_valid_o;
  sc_core::sc_vector<sc_core::sc_out<Bits>> out_flit_o;
  sc_core::sc_vector<sc_core::sc_in<int>> credit_i;

  MeshRouter(const sc_core::sc_module_name& name, RouterSpec spec);

 private:
  static constexpr int kInputs = kMeshPorts * kMeshChannels;
  static constexpr int kNobody = -1;
  /// Each output takes the first packet at its own pace; a flit's place is free when all of them have it.
  struct Input {
    std::vector<Bits> flits;  // a ring
    int first = 0, count = 0;
    std::array<int, kMeshPorts> taken{};     // flits of those in the buffer, by output
    std::array<bool, kMeshPorts> has_all{};  // of the first packet
    std::array<bool, kMeshPorts> began{};    // that packet
  };
  struct Output {
    std::array<int, kMeshChannels> credits{};
    std::array<int, kMeshChannels> holder{kNobody, kNobody};  // input whose packet has the virtual channel
    int turn = 0;
    bool valid = false;  // on out_valid_o
  };

  void on_clock();
  [[nodiscard]] bool receive();
  bool pass(int port);
  [[nodiscard]] bool may_pass(const Output& output, int port, int input) const;
  void take(Output& output, int port, int input);
  void free_places();
  bool free_place(Input& input);

  [[nodiscard]] const Bits& flit_at(const Input& input, int index) const {
    const int place = input.first + index;
    return input.flits[static_cast<std::size_t>(place < spec_.buffer_flits ? place : place - spec_.buffer_flits)];
  }
  [[nodiscard]] unsigned outputs_of(const Input& input) const {
    return spec_.outputs[static_cast<std::size_t>(spec_.format.flow(flit_at(input, 0)))];
  }

  const RouterSpec spec_;
  std::array<Input, kInputs> inputs_;
  std::array<Output, kMeshPorts> outputs_;
  std::array<int, kMeshPorts> credits_{};  // on credit_o
  int inside_ = 0;                         // flits
  bool quiet_ = true;                      // nothing on the outputs
};

}  // namespace ohmic::sim::pin

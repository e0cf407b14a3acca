// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/mesh_interface.hpp"

#include <utility>

namespace ohmic::sim::pin {

namespace {
std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}
}  // namespace

MeshInterface::MeshInterface(const sc_core::sc_module_name& name, InterfaceSpec spec)
    : sc_module(name),
      offer_i("offer_i", spec.flows.size()),
      take_o("take_o", spec.flows.size()),
      flit_i("flit_i", spec.flows.size()),
      valid_o("valid_o", spec.delivered.size()),
      spec_(std::move(spec)),
      states_(spec_.flows.size()) {
  credits_.fill(spec_.buffer_flits);
  SC_HAS_PROCESS(MeshInterface);
  SC_METHOD(choose);
  sensitive << credit_i << changed_;
  for (auto& offer : offer_i) sensitive << offer;
  SC_METHOD(deliver);
  sensitive << in_valid_i << in_flit_i;
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
}

/// The flow whose flit passes in this cycle: the first in turn that may.
void MeshInterface::choose() {
  const int count = static_cast<int>(spec_.flows.size());
  int chosen = kNobody;
  for (int k = 0; k < count && chosen == kNobody; ++k) {
    const int place = (turn_ + k) % count;
    if (may_pass(place)) chosen = place;
  }
  if (chosen == chosen_) return;
  if (chosen_ != kNobody) take_o[at(chosen_)].write(false);
  if (chosen != kNobody) take_o[at(chosen)].write(true);
  chosen_ = chosen;
}

bool MeshInterface::may_pass(int place) const {
  const State& state = states_[at(place)];
  if (state.offers == 0 && !offer_i[at(place)].read()) return false;
  const int channel = spec_.flows[at(place)].channel;
  if (holder_[at(channel)] != (state.packet_flits == 0 ? kNobody : place)) return false;
  return credits_[at(channel)] > 0 || (credit_i.read() >> channel & 1) != 0;
}

void MeshInterface::on_clock() {
  bool changed = chosen_ != kNobody;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    if (!offer_i[i].read()) continue;
    ++states_[i].offers;
    changed = true;
  }
  if (const int credits = credit_i.read(); credits != 0) {
    for (int c = 0; c < kMeshChannels; ++c) credits_[at(c)] += credits >> c & 1;
    changed = true;
  }
  const bool valid = chosen_ != kNobody;
  if (valid) pass();
  if (valid != out_valid_) {
    out_valid_ = valid;
    out_valid_o.write(valid);
  }
  if (changed) changed_.write(changed_.read() + 1);
}

void MeshInterface::pass() {
  const InjectedFlow& flow = spec_.flows[at(chosen_)];
  State& state = states_[at(chosen_)];
  const bool ends_token = ++state.flits == flow.flits;
  const bool ends_packet = ++state.packet_flits == flow.packet_flits || ends_token;
  out_flit_o.write(spec_.format.pack(flit_i[at(chosen_)].read(), flow.flow, ends_packet));
  if (ends_packet) state.packet_flits = 0;
  if (ends_token) {
    state.flits = 0;
    --state.offers;
  }
  --credits_[at(flow.channel)];
  holder_[at(flow.channel)] = ends_packet ? kNobody : chosen_;
  turn_ = (chosen_ + 1) % static_cast<int>(spec_.flows.size());
}

void MeshInterface::deliver() {
  const bool valid = in_valid_i.read();
  const Bits& flit = in_flit_i.read();
  const int flow = valid ? spec_.format.flow(flit) : kNobody;
  for (std::size_t i = 0; i < valid_o.size(); ++i) valid_o[i].write(spec_.delivered[i] == flow);
  if (valid) data_o.write(spec_.format.payload(flit));
}

}  // namespace ohmic::sim::pin

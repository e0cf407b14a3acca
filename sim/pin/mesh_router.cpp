// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/mesh_router.hpp"

#include <algorithm>
#include <utility>

namespace ohmic::sim::pin {

namespace {
std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}
}  // namespace

MeshRouter::MeshRouter(const sc_core::sc_module_name& name, RouterSpec spec)
    : sc_module(name),
      in_valid_i("in_valid_i", kMeshPorts),
      in_flit_i("in_flit_i", kMeshPorts),
      credit_o("credit_o", kMeshPorts),
      out_valid_o("out_valid_o", kMeshPorts),
      out_flit_o("out_flit_o", kMeshPorts),
      credit_i("credit_i", kMeshPorts),
      spec_(std::move(spec)) {
  SC_HAS_PROCESS(MeshRouter);
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  for (Input& input : inputs_) input.flits.resize(at(spec_.buffer_flits));
  for (Output& output : outputs_) output.credits.fill(spec_.buffer_flits);
}

void MeshRouter::on_clock() {
  const bool news = receive();
  if (!news && inside_ == 0 && quiet_) return;
  quiet_ = true;
  for (int port = 0; port < kMeshPorts; ++port) {
    const bool valid = inside_ > 0 && pass(port);
    quiet_ = quiet_ && !valid;
    if (valid == outputs_[at(port)].valid) continue;
    outputs_[at(port)].valid = valid;
    out_valid_o[at(port)].write(valid);
  }
  free_places();
}

/// What is on the inputs; false: nothing.
bool MeshRouter::receive() {
  bool news = false;
  for (int port = 0; port < kMeshPorts; ++port) {
    if (const int credits = credit_i[at(port)].read(); credits != 0) {
      for (int c = 0; c < kMeshChannels; ++c) outputs_[at(port)].credits[at(c)] += credits >> c & 1;
    }
    if (!in_valid_i[at(port)].read()) continue;
    news = true;
    const Bits& flit = in_flit_i[at(port)].read();
    Input& input = inputs_[at(port * kMeshChannels + spec_.channel[at(spec_.format.flow(flit))])];
    input.flits[at((input.first + input.count++) % spec_.buffer_flits)] = flit;
    ++inside_;
  }
  return news;
}

/// Puts one flit on an output, that of the first input in turn that may.
bool MeshRouter::pass(int port) {
  Output& output = outputs_[at(port)];
  for (int k = 0; k < kInputs; ++k) {
    const int input = (output.turn + k) % kInputs;
    if (!may_pass(output, port, input)) continue;
    take(output, port, input);
    return true;
  }
  return false;
}

bool MeshRouter::may_pass(const Output& output, int port, int input) const {
  const Input& from = inputs_[at(input)];
  if (from.count == 0 || (outputs_of(from) >> port & 1) == 0) return false;
  if (from.has_all[at(port)] || from.taken[at(port)] == from.count) return false;
  const std::size_t channel = at(input % kMeshChannels);
  if (output.holder[channel] != (from.began[at(port)] ? input : kNobody)) return false;
  return port >= kLocal || output.credits[channel] > 0;
}

void MeshRouter::take(Output& output, int port, int input) {
  Input& from = inputs_[at(input)];
  const Bits& flit = flit_at(from, from.taken[at(port)]++);
  const bool ends = spec_.format.ends_packet(flit);
  const std::size_t channel = at(input % kMeshChannels);
  from.began[at(port)] = true;
  from.has_all[at(port)] = ends;
  output.holder[channel] = ends ? kNobody : input;
  output.turn = (input + 1) % kInputs;
  if (port < kLocal) --output.credits[channel];
  out_flit_o[at(port)].write(flit);
}

void MeshRouter::free_places() {
  for (int port = 0; port < kMeshPorts; ++port) {
    int credits = 0;
    for (int c = 0; c < kMeshChannels; ++c) {
      if (free_place(inputs_[at(port * kMeshChannels + c)])) credits |= 1 << c;
    }
    quiet_ = quiet_ && credits == 0;
    if (credits == credits_[at(port)]) continue;
    credits_[at(port)] = credits;
    credit_o[at(port)].write(credits);
  }
}

/// Outputs take one flit a cycle, so one place is free at most.
bool MeshRouter::free_place(Input& input) {
  if (input.count == 0) return false;
  const unsigned outputs = outputs_of(input);
  for (int o = 0; o < kMeshPorts; ++o) {
    if ((outputs >> o & 1) != 0 && input.taken[at(o)] == 0) return false;
  }
  const bool ends = spec_.format.ends_packet(flit_at(input, 0));
  input.first = (input.first + 1) % spec_.buffer_flits;
  --input.count;
  --inside_;
  for (int o = 0; o < kMeshPorts; ++o) {
    if ((outputs >> o & 1) != 0) --input.taken[at(o)];
  }
  if (ends) {
    input.began.fill(false);
    input.has_all.fill(false);
  }
  return true;
}

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
// Chip: streams. Where a token is one beat of the tile's wires the core is its own port, and a single destination needs
// no gate.
#include "sim/pin/chip.hpp"
#include "sim/pin/gates.hpp"
#include "sim/pin/stream_port.hpp"

namespace ohmic::sim::pin {

void Chip::add_stream(int stream) {
  const mapping::Stream& s = stream_at(stream);
  std::vector<int> local, remote;
  for (int d = 0; d < static_cast<int>(s.destinations.size()); ++d) (is_local(stream, d) ? local : remote).push_back(d);
  StreamSignals& out = *streams_[static_cast<std::size_t>(stream)];
  if (remote.empty() && s.token_bits <= architecture_.tile.bus_bits) {
    tie_local(stream, local, out.valid, out.ready, out.data);
  } else {
    add_port(stream, local, remote);
  }
}

void Chip::tie_local(int stream, const std::vector<int>& destinations, const Signal<bool>& valid, Signal<bool>& ready,
                     const Signal<Bits>& data) {
  const Signal<bool>* passes = &valid;
  Fork* fork = nullptr;
  if (destinations.size() > 1) {
    const std::string name = name_of(stream_at(stream).source, "_fork");
    fork = &parts_.make<Fork>(name.c_str(), static_cast<int>(destinations.size()));
    auto& out = parts_.make<Signal<bool>>();
    fork->in_valid_i(valid);
    fork->in_ready_o(ready);
    fork->out_valid_o(out);
    passes = &out;
  }
  std::size_t i = 0;
  for (const int d : destinations) {
    Signal<bool>& own = fork == nullptr ? ready : parts_.make<Signal<bool>>();
    WindowBuffer& buffer = *input(stream, d).buffer;
    if (fork != nullptr) fork->out_ready_i[i++](own);
    buffer.in_valid_i(*passes);
    buffer.in_data_i(data);
    buffer.in_ready_o(own);
    recorder_.watch_destination(stream, d, stream_at(stream).token_bits, architecture_.tile.bus_bits, *passes, &own,
                                data);
  }
}

void Chip::add_port(int stream, const std::vector<int>& local, const std::vector<int>& remote) {
  const mapping::Stream& s = stream_at(stream);
  PortSpec spec{s.token_bits, architecture_.tile.bus_bits, architecture_.fabric->link_bits, !local.empty(), {}};
  RemoteStream flow;
  flow.name = name_of(s.source, "");
  flow.from = stage_at(s.source).tile;
  flow.message_class = s.message_class;
  for (const int d : remote) {
    const mapping::Destination& to = destination_at(stream, d);
    spec.capacities.push_back(to.capacity);
    RemoteEnd end;
    end.name = name_of(to.stage, "_in" + std::to_string(to.port));
    end.tile = stage_at(to.stage).tile;
    end.freed = input(stream, d).freed;
    flow.ends.push_back(std::move(end));
  }
  flow.flits = spec.flits();
  flow.passes = &parts_.make<Signal<bool>>();
  const std::string name = name_of(s.source, "_port");
  PortBase* port = nullptr;
  if (remote.empty() || !fabric_->arbitrated()) {
    auto& direct = parts_.make<StreamPort>(name.c_str(), spec);
    direct.flit_valid_o(*flow.passes);
    port = &direct;
  } else {
    auto& offering = parts_.make<OfferPort>(name.c_str(), spec);
    auto& offer = parts_.make<Signal<bool>>();
    offering.core_count_i(*counts_[static_cast<std::size_t>(stream)]);
    offering.offer_o(offer);
    offering.take_i(*flow.passes);
    flow.offer = &offer;
    port = &offering;
  }
  tie_port(*port, stream, local, flow);
  if (remote.empty()) return;
  remote_.push_back(std::move(flow));
  ties_.push_back({stream, port, remote});
}

void Chip::tie_port(PortBase& port, int stream, const std::vector<int>& local, RemoteStream& remote) {
  StreamSignals& core = *streams_[static_cast<std::size_t>(stream)];
  auto& wires = parts_.make<StreamSignals>();
  auto& flit = parts_.make<Signal<Bits>>();
  port.clk_i(clock_);
  port.core_valid_i(core.valid);
  port.core_ready_o(core.ready);
  port.core_data_i(core.data);
  port.local_valid_o(wires.valid);
  port.local_ready_i(wires.ready);
  port.local_data_o(wires.data);
  port.flit_data_o(flit);
  remote.flit = &flit;
  if (!local.empty()) tie_local(stream, local, wires.valid, wires.ready, wires.data);
}

void Chip::tie_fabric() {
  fabric_->connect(architecture_, clock_, remote_, parts_);
  for (std::size_t i = 0; i < ties_.size(); ++i) {
    const FabricTie& tie = ties_[i];
    for (std::size_t e = 0; e < tie.destinations.size(); ++e) {
      const RemoteEnd& end = remote_[i].ends[e];
      const int d = tie.destinations[e];
      WindowBuffer& buffer = *input(tie.stream, d).buffer;
      buffer.in_valid_i(*end.valid);
      buffer.in_data_i(*end.data);
      buffer.in_ready_o(parts_.make<Signal<bool>>());
      tie.port->credit_i[e](*end.credit);
      recorder_.watch_destination(tie.stream, d, stream_at(tie.stream).token_bits, architecture_.fabric->link_bits,
                                  *end.valid, nullptr, *end.data);
    }
    recorder_.watch_departure(tie.stream, remote_[i].flits, *remote_[i].passes);
  }
}

}  // namespace ohmic::sim::pin

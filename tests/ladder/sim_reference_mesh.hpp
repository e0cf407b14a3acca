// SPDX-License-Identifier: Apache-2.0
// The mesh of docs/timing.md as a plain loop over cycles: flits carry the set of ports that they go to, routers
// look at their buffers every cycle. Part of the executable specification; it shares no code with the engine.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <vector>

#include "mapping/program.hpp"
#include "models/architecture.hpp"

namespace ohmic::test {

class ReferenceMesh {
 public:
  /// What the mesh reports: first flit out, last flit out, token in the buffer of a destination, a flit over a link.
  struct Listener {
    std::function<void(int stream, Cycle cycle)> first_out, last_out;
    std::function<void(int stream, int destination, Cycle arrived)> arrived;
    std::function<void(int stream)> hop;
    std::function<void(Cycle, std::function<void()>)> at;
  };

  ReferenceMesh(const mapping::Program& program, const models::ArchitectureSpec& chip, Listener listener)
      : program_(program),
        chip_(chip),
        mesh_(dynamic_cast<const models::Mesh&>(*chip.fabric)),
        listener_(std::move(listener)) {
    routers_.resize(static_cast<std::size_t>(chip.num_tiles()));
    interfaces_.resize(static_cast<std::size_t>(chip.num_tiles()) + 1);
    for (Router& r : routers_) {
      for (auto& port : r.outputs) port.credits = {mesh_.buffer_flits, mesh_.buffer_flits};
    }
    for (Interface& n : interfaces_) n.output.credits = {mesh_.buffer_flits, mesh_.buffer_flits};
    for (std::size_t i = 0; i < program.streams.size(); ++i) add_stream(static_cast<int>(i));
  }

  /// An offer has become visible.
  void offered(int stream) { ++sources_.at(stream).offers; }

  void step(Cycle now) {
    for (std::size_t n = 0; n < interfaces_.size(); ++n) inject(static_cast<int>(n), now);
    for (std::size_t r = 0; r < routers_.size(); ++r) {
      for (int o = 0; o < kPorts; ++o) pass(static_cast<int>(r), o, now);
    }
    for (std::size_t r = 0; r < routers_.size(); ++r) {
      for (int i = 0; i < kPorts; ++i) {
        for (int v = 0; v < 2; ++v) pop(static_cast<int>(r), i, v, now);
      }
    }
  }

 private:
  enum { kNorth, kEast, kSouth, kWest, kLocal, kGateway, kPorts };

  struct Flit {
    int stream = 0;
    std::set<int> destinations;  // indices in the stream
    bool ends_packet = false, ends_token = false;
  };
  struct Buffer {  // of one input and virtual channel
    std::deque<Flit> flits;
    std::map<int, int> taken;  // of the first packet, by output
    int popped = 0;            // of the first packet
  };
  struct Output {
    std::vector<int> credits;
    std::vector<int> holder = {-1, -1};
    int turn = 0;
  };
  struct Router {
    Buffer buffers[kPorts][2];
    Output outputs[kPorts];
  };
  struct Source {
    int vc = 0, flits = 0, packet = 0;  // flits of a token, largest packet
    std::set<int> remote;
    std::int64_t offers = 0;
    int sent = 0, sent_of_packet = 0;  // of the token under way
  };
  struct Interface {
    std::vector<int> streams;
    Output output;
  };

  void add_stream(int i) {
    const mapping::Stream& stream = program_.streams[static_cast<std::size_t>(i)];
    const int from = tile_of(stream.source);
    Source s;
    std::set<int> tiles;
    for (std::size_t d = 0; d < stream.destinations.size(); ++d) {
      const int tile = tile_of(stream.destinations[d].stage);
      if (tile == from) continue;
      s.remote.insert(static_cast<int>(d));
      tiles.insert(tile);
    }
    if (tiles.empty()) return;
    s.vc = static_cast<int>(stream.message_class);
    s.flits = (stream.token_bits + mesh_.link_bits - 1) / mesh_.link_bits;
    s.packet = tiles.size() > 1 ? std::min(s.flits, mesh_.buffer_flits) : s.flits;
    sources_[i] = s;
    interfaces_[static_cast<std::size_t>(from)].streams.push_back(i);
  }

  [[nodiscard]] int tile_of(int stage) const { return program_.stages[static_cast<std::size_t>(stage)].tile; }

  /// X first, then Y; the gateway hangs on router 0.
  [[nodiscard]] int direction(int router, int stream, int destination) const {
    const int tile = tile_of(
        program_.streams[static_cast<std::size_t>(stream)].destinations[static_cast<std::size_t>(destination)].stage);
    const bool out_of_chip = tile == chip_.gateway();
    const int target = out_of_chip ? 0 : tile;
    const int x = router % chip_.tiles.x, y = router / chip_.tiles.x;
    const int to_x = target % chip_.tiles.x, to_y = target / chip_.tiles.x;
    if (x < to_x) return kEast;
    if (x > to_x) return kWest;
    if (y < to_y) return kSouth;
    if (y > to_y) return kNorth;
    return out_of_chip ? kGateway : kLocal;
  }

  void inject(int tile, Cycle now) {
    Interface& n = interfaces_[static_cast<std::size_t>(tile)];
    const int count = static_cast<int>(n.streams.size());
    for (int k = 0; k < count; ++k) {
      const int which = (n.output.turn + k) % count;
      const int stream = n.streams[static_cast<std::size_t>(which)];
      Source& s = sources_.at(stream);
      const auto vc = static_cast<std::size_t>(s.vc);
      if (s.offers == 0 || n.output.credits[vc] == 0) continue;
      if (s.sent_of_packet == 0 ? n.output.holder[vc] != -1 : n.output.holder[vc] != stream) continue;
      if (s.sent == 0) listener_.first_out(stream, now);
      ++s.sent;
      ++s.sent_of_packet;
      Flit flit{stream, s.remote, s.sent_of_packet == s.packet || s.sent == s.flits, s.sent == s.flits};
      n.output.holder[vc] = flit.ends_packet ? -1 : stream;
      if (flit.ends_packet) s.sent_of_packet = 0;
      if (flit.ends_token) {
        s.sent = 0;
        --s.offers;
        listener_.last_out(stream, now);
      }
      --n.output.credits[vc];
      n.output.turn = which + 1;
      const bool out_of_chip = tile == chip_.gateway();
      arrive(out_of_chip ? 0 : tile, out_of_chip ? kGateway : kLocal, s.vc, flit, now);
      return;
    }
  }

  void arrive(int router, int input, int vc, const Flit& flit, Cycle now) {
    listener_.at(now + mesh_.hop_cycles, [this, router, input, vc, flit] {
      routers_[static_cast<std::size_t>(router)].buffers[input][vc].flits.push_back(flit);
    });
  }

  [[nodiscard]] std::set<int> destinations_by(int router, const Flit& flit, int output) const {
    std::set<int> those;
    for (const int d : flit.destinations) {
      if (direction(router, flit.stream, d) == output) those.insert(d);
    }
    return those;
  }

  void pass(int router, int o, Cycle now) {
    Router& r = routers_[static_cast<std::size_t>(router)];
    Output& output = r.outputs[o];
    const bool ejects = o == kLocal || o == kGateway;
    for (int k = 0; k < kPorts * 2; ++k) {
      const int which = (output.turn + k) % (kPorts * 2);
      const int vc = which % 2;
      Buffer& buffer = r.buffers[which / 2][vc];
      if (buffer.flits.empty()) continue;
      const std::set<int> targets = destinations_by(router, buffer.flits.front(), o);
      if (targets.empty()) continue;
      const int taken = buffer.taken[o];
      if (taken > 0 && taken - buffer.popped > 0 &&
          buffer.flits[static_cast<std::size_t>(taken - buffer.popped - 1)].ends_packet) {
        continue;  // this branch has the whole packet, others have not
      }
      if (taken - buffer.popped >= static_cast<int>(buffer.flits.size())) continue;
      const auto v = static_cast<std::size_t>(vc);
      if (output.holder[v] != (taken == 0 ? -1 : which)) continue;
      if (!ejects && output.credits[v] == 0) continue;
      Flit flit = buffer.flits[static_cast<std::size_t>(taken - buffer.popped)];
      flit.destinations = targets;
      ++buffer.taken[o];
      output.holder[v] = flit.ends_packet ? -1 : which;
      output.turn = which + 1;
      listener_.hop(flit.stream);
      if (ejects) {
        for (const int d : flit.ends_token ? targets : std::set<int>{}) {
          listener_.arrived(flit.stream, d, now + mesh_.hop_cycles);
        }
        return;
      }
      --output.credits[v];
      const int width = chip_.tiles.x;
      const int next = router + (o == kEast ? 1 : o == kWest ? -1 : o == kSouth ? width : -width);
      const int input = o == kEast ? kWest : o == kWest ? kEast : o == kSouth ? kNorth : kSouth;
      arrive(next, input, vc, flit, now);
      return;
    }
  }

  /// A flit that every branch has leaves the buffer; the sender learns of it.
  void pop(int router, int input, int vc, Cycle now) {
    Buffer& buffer = routers_[static_cast<std::size_t>(router)].buffers[input][vc];
    while (!buffer.flits.empty()) {
      const Flit& front = buffer.flits.front();
      for (int o = 0; o < kPorts; ++o) {
        if (!destinations_by(router, front, o).empty() && buffer.taken[o] == buffer.popped) return;
      }
      const bool ends_packet = front.ends_packet;
      buffer.flits.pop_front();
      ++buffer.popped;
      if (ends_packet) {
        buffer.popped = 0;
        buffer.taken.clear();
      }
      Output& sender = upstream(router, input);
      listener_.at(now + mesh_.hop_cycles, [&sender, vc] { ++sender.credits[static_cast<std::size_t>(vc)]; });
      if (ends_packet) return;
    }
  }

  Output& upstream(int router, int input) {
    const int width = chip_.tiles.x;
    switch (input) {
      case kNorth:
        return routers_[static_cast<std::size_t>(router - width)].outputs[kSouth];
      case kSouth:
        return routers_[static_cast<std::size_t>(router + width)].outputs[kNorth];
      case kEast:
        return routers_[static_cast<std::size_t>(router + 1)].outputs[kWest];
      case kWest:
        return routers_[static_cast<std::size_t>(router - 1)].outputs[kEast];
      case kGateway:
        return interfaces_[static_cast<std::size_t>(chip_.gateway())].output;
      default:
        return interfaces_[static_cast<std::size_t>(router)].output;
    }
  }

  const mapping::Program& program_;
  const models::ArchitectureSpec& chip_;
  const models::Mesh& mesh_;
  Listener listener_;
  std::vector<Router> routers_;
  std::vector<Interface> interfaces_;
  std::map<int, Source> sources_;
};

}  // namespace ohmic::test

// SPDX-License-Identifier: Apache-2.0
// Routers in a grid, an interface for every tile and one for the global buffer, and the ways between them.
#include <algorithm>
#include <bit>
#include <set>

#include "sim/pin/fabric.hpp"
#include "sim/pin/link.hpp"
#include "sim/pin/mesh_interface.hpp"
#include "sim/pin/mesh_router.hpp"

namespace ohmic::sim::pin {

namespace {

/// One direction between two modules: flits forth, credits back, as each end sees them.
struct Way {
  Signal<bool>* sent_valid = nullptr;
  Signal<Bits>* sent_flit = nullptr;
  const Signal<bool>* seen_valid = nullptr;
  const Signal<Bits>* seen_flit = nullptr;
  Signal<int>* freed = nullptr;         // by the receiver
  const Signal<int>* credit = nullptr;  // to the sender
};

class MeshFabric : public Fabric {
 public:
  [[nodiscard]] bool arbitrated() const override { return true; }

  void connect(const models::ArchitectureSpec& architecture, Clock& clock, std::vector<RemoteStream>& streams,
               Parts& parts) override {
    architecture_ = &architecture;
    mesh_ = &dynamic_cast<const models::Mesh&>(*architecture.fabric);
    clock_ = &clock;
    parts_ = &parts;
    format_ = {mesh_->link_bits, std::max(1, static_cast<int>(std::bit_width(streams.size())))};
    for (int r = 0; r < architecture.num_tiles(); ++r) add_router(r, streams);
    for (int r = 0; r < architecture.num_tiles(); ++r) tie_neighbours(r);
    for (int tile = 0; tile <= architecture.gateway(); ++tile) add_interface(tile, streams);
    for (RemoteStream& stream : streams) {
      for (RemoteEnd& end : stream.ends) {
        end.credit = credit_way(end.name, *end.freed, way_between(stream.from, end.tile, architecture), clock, parts);
      }
    }
  }

 private:
  [[nodiscard]] int router_of(int tile) const { return tile == architecture_->gateway() ? 0 : tile; }
  [[nodiscard]] int own_port(int tile) const { return tile == architecture_->gateway() ? kGateway : kLocal; }

  /// X first, then Y.
  [[nodiscard]] int port_towards(int router, int tile) const {
    const int width = architecture_->tiles.x;
    const int to = router_of(tile);
    if (router % width != to % width) return router % width < to % width ? kEast : kWest;
    if (router / width != to / width) return router / width < to / width ? kSouth : kNorth;
    return own_port(tile);
  }
  /// The router at the other end of one of the first four ports; −1: the edge of the grid.
  [[nodiscard]] int neighbour(int router, int port) const {
    const int width = architecture_->tiles.x, height = architecture_->tiles.y;
    const int x = router % width + (port == kEast ? 1 : port == kWest ? -1 : 0);
    const int y = router / width + (port == kSouth ? 1 : port == kNorth ? -1 : 0);
    return x < 0 || x >= width || y < 0 || y >= height ? -1 : y * width + x;
  }

  /// Ports by which a stream leaves a router; 0: it does not come there.
  [[nodiscard]] unsigned outputs(const RemoteStream& stream, int router) const {
    unsigned ports = 0;
    for (const RemoteEnd& end : stream.ends) {
      int here = router_of(stream.from);
      for (int port = port_towards(here, end.tile);; port = port_towards(here, end.tile)) {
        if (here == router) ports |= 1U << port;
        if (port >= kLocal) break;
        here = neighbour(here, port);
      }
    }
    return ports;
  }

  void add_router(int router, const std::vector<RemoteStream>& streams) {
    RouterSpec spec{format_, mesh_->buffer_flits, {}, {}};
    for (const RemoteStream& stream : streams) {
      spec.channel.push_back(static_cast<int>(stream.message_class));
      spec.outputs.push_back(outputs(stream, router));
    }
    routers_.push_back(&parts_->make<MeshRouter>(("router" + std::to_string(router)).c_str(), std::move(spec)));
    routers_.back()->clk_i(*clock_);
  }

  /// A way whose first register is the sender's output: hop_cycles of them in all, for flits and for credits.
  Way make_way(const std::string& name) {
    Way way = open_way();
    way.credit = credit_way(name, *way.freed, mesh_->hop_cycles, *clock_, *parts_);
    if (mesh_->hop_cycles == 1) return way;
    auto& link = parts_->make<Link>((name + "_link").c_str(), static_cast<int>(mesh_->hop_cycles - 1));
    auto& valid = parts_->make<Signal<bool>>();
    auto& flit = parts_->make<Signal<Bits>>();
    link.clk_i(*clock_);
    link.in_valid_i(*way.sent_valid);
    link.in_data_i(*way.sent_flit);
    link.out_valid_o(valid);
    link.out_data_o(flit);
    way.seen_valid = &valid;
    way.seen_flit = &flit;
    return way;
  }
  /// Signals without registers: for pins at the edge of the grid, where nothing ever comes.
  Way open_way() {
    Way way;
    way.seen_valid = way.sent_valid = &parts_->make<Signal<bool>>();
    way.seen_flit = way.sent_flit = &parts_->make<Signal<Bits>>();
    way.credit = way.freed = &parts_->make<Signal<int>>();
    return way;
  }

  void tie_output(int router, int port, const Way& way) {
    MeshRouter& from = *routers_[static_cast<std::size_t>(router)];
    const auto p = static_cast<std::size_t>(port);
    from.out_valid_o[p](*way.sent_valid);
    from.out_flit_o[p](*way.sent_flit);
    from.credit_i[p](*way.credit);
  }
  void tie_input(int router, int port, const Way& way) {
    MeshRouter& to = *routers_[static_cast<std::size_t>(router)];
    const auto p = static_cast<std::size_t>(port);
    to.in_valid_i[p](*way.seen_valid);
    to.in_flit_i[p](*way.seen_flit);
    to.credit_o[p](*way.freed);
  }

  void tie_neighbours(int router) {
    for (int port = 0; port < kLocal; ++port) {
      const int next = neighbour(router, port);
      if (next < 0) {
        tie_output(router, port, open_way());
        tie_input(router, port, open_way());
        continue;
      }
      const Way way = make_way("router" + std::to_string(router) + "_" + std::to_string(port));
      tie_output(router, port, way);
      tie_input(next, (port + 2) % kLocal, way);
    }
    if (router == 0) return;
    tie_output(router, kGateway, open_way());
    tie_input(router, kGateway, open_way());
  }

  /// A token that is to fork travels in packets that fit into one buffer.
  [[nodiscard]] int packet_flits(const RemoteStream& stream) const {
    std::set<int> tiles;
    for (const RemoteEnd& end : stream.ends) tiles.insert(end.tile);
    return tiles.size() > 1 ? std::min(stream.flits, mesh_->buffer_flits) : stream.flits;
  }

  void add_interface(int tile, std::vector<RemoteStream>& streams) {
    InterfaceSpec spec{format_, mesh_->buffer_flits, {}, {}};
    std::vector<const RemoteStream*> sent;
    std::vector<std::vector<RemoteEnd*>> received;
    for (std::size_t f = 0; f < streams.size(); ++f) {
      RemoteStream& stream = streams[f];
      const int flow = static_cast<int>(f);
      if (stream.from == tile) {
        spec.flows.push_back({flow, static_cast<int>(stream.message_class), stream.flits, packet_flits(stream)});
        sent.push_back(&stream);
      }
      std::vector<RemoteEnd*> ends;
      for (RemoteEnd& end : stream.ends) {
        if (end.tile == tile) ends.push_back(&end);
      }
      if (ends.empty()) continue;
      spec.delivered.push_back(flow);
      received.push_back(std::move(ends));
    }
    const std::string name = "interface" + std::to_string(tile);
    auto& interface = parts_->make<MeshInterface>(name.c_str(), std::move(spec));
    interface.clk_i(*clock_);
    tie_interface(interface, tile, name);
    for (std::size_t i = 0; i < sent.size(); ++i) {
      interface.offer_i[i](*sent[i]->offer);
      interface.take_o[i](*sent[i]->passes);
      interface.flit_i[i](*sent[i]->flit);
    }
    auto& data = parts_->make<Signal<Bits>>();
    interface.data_o(data);
    for (std::size_t i = 0; i < received.size(); ++i) {
      auto& valid = parts_->make<Signal<bool>>();
      interface.valid_o[i](valid);
      for (RemoteEnd* end : received[i]) {
        end->valid = &valid;
        end->data = &data;
      }
    }
  }

  void tie_interface(MeshInterface& interface, int tile, const std::string& name) {
    const Way in = make_way(name + "_in");
    interface.out_valid_o(*in.sent_valid);
    interface.out_flit_o(*in.sent_flit);
    interface.credit_i(*in.credit);
    tie_input(router_of(tile), own_port(tile), in);
    const Way out = make_way(name + "_out");
    tie_output(router_of(tile), own_port(tile), out);
    interface.in_valid_i(*out.seen_valid);
    interface.in_flit_i(*out.seen_flit);
  }

  const models::ArchitectureSpec* architecture_ = nullptr;
  const models::Mesh* mesh_ = nullptr;
  Clock* clock_ = nullptr;
  Parts* parts_ = nullptr;
  FlitFormat format_;
  std::vector<MeshRouter*> routers_;
};

const Registration<Fabric, MeshFabric> kMesh{"mesh"};

}  // namespace

}  // namespace ohmic::sim::pin

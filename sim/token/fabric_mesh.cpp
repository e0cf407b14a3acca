// SPDX-License-Identifier: Apache-2.0
// XY wormhole mesh, flit by flit: a virtual channel per message class, registered credits, round robin per output, an
// output's virtual channel held from the first to the last flit of a packet. A multicast forks in the routers; each
// branch takes the packet at its own pace, so packets with several branches are cut to what a buffer holds
// (docs/timing.md). A router or interface is looked at when a flit or credit reaches it and in the cycle after it
// has done something; in between nothing can change for it.
#include <deque>
#include <map>

#include "sim/token/fabric.hpp"
#include "sim/token/mesh_buffer.hpp"
#include "sim/token/mesh_tree.hpp"

namespace ohmic::sim {

namespace {

constexpr int kClasses = 2;
constexpr int kInputs = kMeshPorts * kClasses;

/// The sending end of a link.
struct Sender {
  std::array<int, kClasses> holder{-1, -1};  // who has each virtual channel: input (router) or place (interface)
  int turn = 0;                              // first in the next round
};

/// Routers and network interfaces have numbers of one kind: that of the wake-up.
struct Unit {
  Cycle woken_next = -1, woken_far = -1;  // latest wake-ups asked for
  Cycle looked_at = -1;
};

struct Router : Unit {
  std::vector<MeshBuffer> buffers;  // by port and class
  std::array<Sender, kMeshPorts> outputs;
};

struct Injection {
  int flow = 0;
  int packet = 1;                    // flits of a packet, the last of a token may be shorter
  std::deque<Cycle> offers;          // when they were made; the first is under way when sent > 0
  int sent = 0, sent_of_packet = 0;  // flits of the first
};

/// Where the flows of one tile enter the mesh.
struct Interface : Unit {
  std::vector<Injection> flows;
  Sender sender;
};

class MeshFabric : public Fabric {
 public:
  void connect(const models::ArchitectureSpec& architecture, const std::vector<Flow>& flows,
               FabricClient& client) override {
    const auto& mesh = dynamic_cast<const models::Mesh&>(*architecture.fabric);
    hop_cycles_ = mesh.hop_cycles;
    client_ = &client;
    grid_ = MeshGrid(architecture);
    flows_ = flows;
    routers_.resize(static_cast<std::size_t>(architecture.num_tiles()));
    for (Router& r : routers_) r.buffers.assign(kInputs, MeshBuffer(mesh.buffer_flits));
    interfaces_.resize(routers_.size() + 1);
    for (std::size_t f = 0; f < flows.size(); ++f) {
      trees_.push_back(grid_.tree(flows[f]));
      std::vector<Cycle>& credit = credit_delays_.emplace_back();
      for (const int tile : flows[f].to) {
        const int distance = models::tile_distance(flows[f].from, tile, architecture.tiles.x, architecture.gateway());
        credit.push_back(std::max(1, distance) * hop_cycles_);
      }
      add_injection(static_cast<int>(f), mesh.buffer_flits);
    }
  }

  [[nodiscard]] bool arbitrated() const override { return true; }
  [[nodiscard]] Cycle credit_delay(int flow, int index) const override {
    return credit_delays_.at(static_cast<std::size_t>(flow)).at(static_cast<std::size_t>(index));
  }

  void offer(int flow, Cycle now) override {
    const auto [tile, place] = injections_[static_cast<std::size_t>(flow)];
    interfaces_[tile].flows[place].offers.push_back(now);
    wake_next(static_cast<int>(routers_.size() + tile), now);
  }

  void wake(int unit, Cycle now) override {
    Unit& u = this->unit(unit);
    if (u.looked_at == now) return;
    u.looked_at = now;
    if (static_cast<std::size_t>(unit) < routers_.size()) {
      run_router(unit, now);
    } else {
      run_interface(unit, now);
    }
  }

  void write_state(Snapshot& snapshot) const override {
    for (const Router& r : routers_) {
      for (const MeshBuffer& buffer : r.buffers) buffer.write_state(snapshot);
      for (const Sender& output : r.outputs) write_state(output, snapshot);
    }
    for (const Interface& n : interfaces_) {
      write_state(n.sender, snapshot);
      for (const Injection& flow : n.flows) {
        snapshot.number(flow.sent);
        snapshot.number(flow.sent_of_packet);
        snapshot.number(static_cast<std::int64_t>(flow.offers.size()));
        for (const Cycle offer : flow.offers) snapshot.time(offer + 1);
      }
    }
  }

  [[nodiscard]] std::vector<ResourceLoad> loads(const std::vector<std::int64_t>& tokens) const override {
    std::map<std::string, Cycle> flits;
    for (std::size_t f = 0; f < flows_.size(); ++f) {
      const Cycle taken = tokens[f] * flows_[f].flits;
      flits[grid_.interface_name(flows_[f].from)] += taken;
      for (const MeshNode& node : trees_[f]) {
        for (unsigned rest = node.outputs; rest != 0; rest &= rest - 1) {
          flits[grid_.link_name(node.router, std::countr_zero(rest))] += taken;
        }
      }
    }
    std::vector<ResourceLoad> loads;
    for (const auto& [name, cycles] : flits) loads.push_back({name, cycles});
    return loads;
  }

 private:
  static void write_state(const Sender& sender, Snapshot& snapshot) {
    for (const int holder : sender.holder) snapshot.number(holder);
    snapshot.number(sender.turn);
  }

  void add_injection(int flow, int buffer_flits) {
    const Flow& f = flows_[static_cast<std::size_t>(flow)];
    bool forks = false;
    for (const MeshNode& node : trees_.back()) forks = forks || (node.outputs & (node.outputs - 1)) != 0;
    Interface& n = interfaces_[static_cast<std::size_t>(f.from)];
    injections_.emplace_back(static_cast<std::size_t>(f.from), n.flows.size());
    Injection injection;
    injection.flow = flow;
    injection.packet = forks ? std::min(f.flits, buffer_flits) : f.flits;
    n.flows.push_back(std::move(injection));
  }

  [[nodiscard]] Unit& unit(int id) {
    const auto i = static_cast<std::size_t>(id);
    if (i < routers_.size()) return routers_[i];
    return interfaces_[i - routers_.size()];
  }
  void wake_next(int id, Cycle now) {
    Unit& u = unit(id);
    if (u.woken_next == now + 1) return;
    u.woken_next = now + 1;
    client_->wake_fabric(now + 1, id);
  }
  /// When what has left a register now reaches the next one.
  void wake_far(int id, Cycle now) {
    Unit& u = unit(id);
    if (u.woken_far == now + hop_cycles_) return;
    u.woken_far = now + hop_cycles_;
    client_->wake_fabric(now + hop_cycles_, id);
  }

  [[nodiscard]] static std::size_t input(int port, int vc) {
    const int index = port * kClasses + vc;
    return static_cast<std::size_t>(index);
  }
  [[nodiscard]] int message_class(int flow) const {
    return static_cast<int>(flows_[static_cast<std::size_t>(flow)].message_class);
  }
  [[nodiscard]] const MeshNode& node(const Flit& flit) const {
    return trees_[static_cast<std::size_t>(flit.flow)][static_cast<std::size_t>(flit.node)];
  }

  // ---- network interface: one flit a cycle, flows in turn, packets in one piece per virtual channel

  void run_interface(int id, Cycle now) {
    const int tile = id - static_cast<int>(routers_.size());
    Interface& n = interfaces_[static_cast<std::size_t>(tile)];
    const int router = grid_.router(tile);
    const int count = static_cast<int>(n.flows.size());
    for (int k = 0; k < count; ++k) {
      const int place = (n.sender.turn + k) % count;
      Injection& flow = n.flows[static_cast<std::size_t>(place)];
      if (flow.offers.empty() || flow.offers.front() >= now) continue;
      const int vc = message_class(flow.flow);
      const int holder = n.sender.holder[static_cast<std::size_t>(vc)];
      if (holder != (flow.sent_of_packet == 0 ? -1 : place)) continue;
      MeshBuffer& buffer = routers_[static_cast<std::size_t>(router)].buffers[input(grid_.own_port(tile), vc)];
      if (!buffer.has_credit(now)) continue;
      buffer.push(inject(flow, now));
      n.sender.holder[static_cast<std::size_t>(vc)] = flow.sent_of_packet == 0 ? -1 : place;
      n.sender.turn = (place + 1) % count;
      wake_far(router, now);
      wake_next(id, now);
      return;
    }
  }

  /// The next flit of the flow's first offer.
  Flit inject(Injection& flow, Cycle now) {
    const int flits = flows_[static_cast<std::size_t>(flow.flow)].flits;
    if (flow.sent == 0) client_->flow_sent(flow.flow, now);
    ++flow.sent;
    ++flow.sent_of_packet;
    Flit flit{.usable = now + hop_cycles_, .flow = flow.flow, .node = 0};
    flit.ends_token = flow.sent == flits;
    flit.ends_packet = flit.ends_token || flow.sent_of_packet == flow.packet;
    if (flit.ends_packet) flow.sent_of_packet = 0;
    if (flit.ends_token) {
      flow.sent = 0;
      flow.offers.pop_front();
      client_->flow_left(flow.flow, now);
    }
    return flit;
  }

  // ---- router

  void run_router(int id, Cycle now) {
    Router& r = routers_[static_cast<std::size_t>(id)];
    std::array<unsigned, kMeshPorts> wanted{};  // bit per input and class
    std::array<unsigned, kInputs> outputs{};    // of the first packet of each
    for (int i = 0; i < kInputs; ++i) {
      const MeshBuffer& buffer = r.buffers[static_cast<std::size_t>(i)];
      const Flit* front = buffer.front(now);
      if (front == nullptr) continue;
      outputs[static_cast<std::size_t>(i)] = node(*front).outputs;
      for (unsigned rest = node(*front).outputs; rest != 0; rest &= rest - 1) {
        const int o = std::countr_zero(rest);
        if (buffer.next_for(o, now) != nullptr) wanted[static_cast<std::size_t>(o)] |= 1U << i;
      }
    }
    unsigned active = 0;  // inputs of which a flit was taken
    for (int o = 0; o < kMeshPorts; ++o) {
      if (wanted[static_cast<std::size_t>(o)] != 0) active |= pass(id, o, wanted[static_cast<std::size_t>(o)], now);
    }
    if (active == 0) return;
    for (; active != 0; active &= active - 1) {
      const int i = std::countr_zero(active);
      const bool freed =
          r.buffers[static_cast<std::size_t>(i)].pop(outputs[static_cast<std::size_t>(i)], now + hop_cycles_);
      if (freed) wake_far(upstream(id, i / kClasses), now);
    }
    wake_next(id, now);
  }

  /// One flit through output `o`, from the first in turn that may; the bit of its input, 0 when none may.
  unsigned pass(int id, int o, unsigned wanted, Cycle now) {
    Router& r = routers_[static_cast<std::size_t>(id)];
    Sender& output = r.outputs[static_cast<std::size_t>(o)];
    for (int k = 0; k < kInputs; ++k) {
      const int i = (output.turn + k) % kInputs;
      if ((wanted & 1U << i) == 0) continue;
      MeshBuffer& from = r.buffers[static_cast<std::size_t>(i)];
      const auto vc = static_cast<std::size_t>(i % kClasses);
      if (output.holder[vc] != (from.in_packet(o) ? i : -1)) continue;
      if (o < kLocal && !target(id, o, i % kClasses).has_credit(now)) continue;
      const Flit flit = *from.next_for(o, now);
      from.take(o, flit.ends_packet);
      output.holder[vc] = flit.ends_packet ? -1 : i;
      output.turn = (i + 1) % kInputs;
      client_->flit_hops(flit.flow, 1);
      forward(id, o, flit, now);
      return 1U << i;
    }
    return 0;
  }

  [[nodiscard]] MeshBuffer& target(int id, int o, int vc) {
    return routers_[static_cast<std::size_t>(grid_.neighbour(id, o))].buffers[input(MeshGrid::opposite(o), vc)];
  }

  void forward(int id, int o, Flit flit, Cycle now) {
    const MeshNode& here = node(flit);
    if (o < kLocal) {
      flit.usable = now + hop_cycles_;
      flit.node = here.next[static_cast<std::size_t>(o)];
      target(id, o, message_class(flit.flow)).push(flit);
      wake_far(grid_.neighbour(id, o), now);
      return;
    }
    if (!flit.ends_token) return;
    for (const int index : here.delivers[static_cast<std::size_t>(o - kLocal)]) {
      client_->flow_arrived(flit.flow, index, now + hop_cycles_);
    }
  }

  /// Unit that sends into an input port.
  [[nodiscard]] int upstream(int id, int port) const {
    if (port < kLocal) return grid_.neighbour(id, port);
    return static_cast<int>(routers_.size()) + (port == kLocal ? id : static_cast<int>(routers_.size()));
  }

  Cycle hop_cycles_ = 1;
  FabricClient* client_ = nullptr;
  MeshGrid grid_;
  std::vector<Flow> flows_;
  std::vector<std::vector<MeshNode>> trees_;                     // by flow
  std::vector<std::vector<Cycle>> credit_delays_;                // by flow and destination
  std::vector<std::pair<std::size_t, std::size_t>> injections_;  // by flow: interface, place in it
  std::vector<Router> routers_;
  std::vector<Interface> interfaces_;  // by tile, the gateway's last
};

const Registration<Fabric, MeshFabric> kMesh{"mesh"};

}  // namespace

}  // namespace ohmic::sim

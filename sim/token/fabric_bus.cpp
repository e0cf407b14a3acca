// SPDX-License-Identifier: Apache-2.0
// One medium for all. The arbiter sees an offer one cycle after it is made; when it may grant, it takes the next flow
// in turn that has one. The granted token's flits pass in the cycles after the grant, to all destinations at once,
// and grant_cycles idle ones follow; each flit arrives hop_cycles after it has left.
#include <algorithm>
#include <deque>

#include "sim/token/fabric.hpp"

namespace ohmic::sim {

namespace {

class BusFabric : public Fabric {
 public:
  void connect(const models::ArchitectureSpec& architecture, const std::vector<Flow>& flows,
               FabricClient& client) override {
    const auto& bus = dynamic_cast<const models::Bus&>(*architecture.fabric);
    hop_cycles_ = bus.hop_cycles;
    grant_cycles_ = bus.grant_cycles;
    flows_ = flows;
    offers_.resize(flows.size());
    client_ = &client;
  }

  [[nodiscard]] bool arbitrated() const override { return true; }
  [[nodiscard]] Cycle credit_delay(int /*flow*/, int /*index*/) const override { return hop_cycles_; }

  void offer(int flow, Cycle now) override {
    offers_[static_cast<std::size_t>(flow)].push_back(now);
    if (offered_++ == 0) client_->wake_fabric(std::max(now + 1, next_grant_), 0);
  }

  void wake(int /*unit*/, Cycle now) override {
    std::size_t flow = turn_;
    while (offers_[flow].empty() || offers_[flow].front() >= now) flow = after(flow);
    grant(static_cast<int>(flow), now);
    offers_[flow].pop_front();
    turn_ = after(flow);
    next_grant_ = now + flows_[flow].flits + grant_cycles_;
    if (--offered_ > 0) client_->wake_fabric(next_grant_, 0);
  }

  void write_state(Snapshot& snapshot) const override {
    snapshot.number(static_cast<std::int64_t>(turn_));
    snapshot.time(next_grant_);
    for (const auto& offers : offers_) {
      snapshot.number(static_cast<std::int64_t>(offers.size()));
      for (const Cycle offer : offers) snapshot.time(offer + 1);
    }
  }

  [[nodiscard]] std::vector<ResourceLoad> loads(const std::vector<std::int64_t>& tokens) const override {
    Cycle cycles = 0;
    for (std::size_t f = 0; f < flows_.size(); ++f) cycles += tokens[f] * (flows_[f].flits + grant_cycles_);
    return {{"bus", cycles}};
  }

 private:
  [[nodiscard]] std::size_t after(std::size_t flow) const { return flow + 1 == flows_.size() ? 0 : flow + 1; }

  void grant(int flow, Cycle now) {
    const Flow& f = flows_[static_cast<std::size_t>(flow)];
    const Cycle last = now + f.flits;
    client_->flow_sent(flow, now + 1);
    client_->flow_left(flow, last);
    client_->flit_hops(flow, f.flits);
    for (std::size_t i = 0; i < f.to.size(); ++i) client_->flow_arrived(flow, static_cast<int>(i), last + hop_cycles_);
  }

  Cycle hop_cycles_ = 1;
  Cycle grant_cycles_ = 1;
  std::vector<Flow> flows_;
  FabricClient* client_ = nullptr;
  std::vector<std::deque<Cycle>> offers_;  // per flow, when they were made
  std::int64_t offered_ = 0;               // tokens of all flows
  std::size_t turn_ = 0;                   // flow that is first at the next grant
  Cycle next_grant_ = 0;
};

const Registration<Fabric, BusFabric> kBus{"bus"};

}  // namespace

}  // namespace ohmic::sim

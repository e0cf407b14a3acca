// SPDX-License-Identifier: Apache-2.0
// The time of what connects tiles. One file per kind, registered under the name of its models::Topology.
#pragma once

#include <cstdint>
#include <vector>

#include "base/registry.hpp"
#include "mapping/program.hpp"
#include "models/architecture.hpp"
#include "sim/timing.hpp"
#include "sim/token/snapshot.hpp"

namespace ohmic::sim {

/// The remote part of a stream: its destinations in other tiles than its source's.
struct Flow {
  int stream = 0;
  int from = 0;         // tile
  std::vector<int> to;  // tiles of the remote destinations, in the order of the stream
  int flits = 1;        // of one token
  mapping::MessageClass message_class = mapping::MessageClass::activation;
};

/// What a fabric tells the engine.
class FabricClient {
 public:
  virtual ~FabricClient() = default;
  /// The next token of the flow (in order) leaves: first flit in cycle `sent`.
  virtual void flow_sent(int flow, Cycle sent) = 0;
  /// Its last flit leaves in cycle `last`.
  virtual void flow_left(int flow, Cycle last) = 0;
  /// The next token for remote destination `index` is in its buffer at the end of cycle `arrived`.
  virtual void flow_arrived(int flow, int index, Cycle arrived) = 0;
  /// `count` flits have been taken over links.
  virtual void flit_hops(int flow, std::int64_t count) = 0;
  /// Calls Fabric::wake(unit, cycle) in a later cycle.
  virtual void wake_fabric(Cycle cycle, int unit) = 0;
};

class Fabric {
 public:
  virtual ~Fabric() = default;

  virtual void connect(const models::ArchitectureSpec& architecture, const std::vector<Flow>& flows,
                       FabricClient& client) = 0;

  /// False: tokens never wait for each other beyond their own link, `delay` says all, and `offer` is never called.
  [[nodiscard]] virtual bool arbitrated() const = 0;
  /// Unarbitrated only: cycles from the first flit leaving to the last one arriving, for a remote destination.
  [[nodiscard]] virtual Cycle delay(int /*flow*/, int /*index*/) const { return 0; }
  /// Unarbitrated only: links that a token takes to a remote destination.
  [[nodiscard]] virtual int links(int /*flow*/, int /*index*/) const { return 1; }
  /// Cycles that a credit needs from a remote destination to the source, beyond the one of its register.
  [[nodiscard]] virtual Cycle credit_delay(int flow, int index) const = 0;

  /// One more token of the flow may travel: there is room for it at every destination. Seen one cycle later.
  virtual void offer(int /*flow*/, Cycle /*now*/) {}
  /// The cycle that wake_fabric asked for has come; at most once per unit and cycle does anything.
  virtual void wake(int /*unit*/, Cycle /*now*/) {}
  virtual void write_state(Snapshot& /*snapshot*/) const {}

  /// How long `tokens` (by flow) take what flows share.
  [[nodiscard]] virtual std::vector<ResourceLoad> loads(const std::vector<std::int64_t>& /*tokens*/) const {
    return {};
  }
};

}  // namespace ohmic::sim

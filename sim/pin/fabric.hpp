// SPDX-License-Identifier: Apache-2.0
// The modules of what connects tiles. One file per kind, registered under the name of its models::Topology.
#pragma once

#include <string>
#include <vector>

#include "base/registry.hpp"
#include "mapping/program.hpp"
#include "models/architecture.hpp"
#include "sim/pin/signals.hpp"

namespace ohmic::sim::pin {

/// A destination in another tile. The fabric says which signals its buffer and its counter of room are to be tied to.
struct RemoteEnd {
  std::string name;  // of its modules
  int tile = 0;
  const Signal<int>* freed = nullptr;   // credit_o of the buffer
  const Signal<bool>* valid = nullptr;  // set by the fabric: to the buffer
  const Signal<Bits>* data = nullptr;   // set by the fabric: to the buffer
  const Signal<int>* credit = nullptr;  // set by the fabric: to the port
};

/// The remote part of a stream, at its port.
struct RemoteStream {
  std::string name;
  int from = 0;  // tile
  int flits = 1;
  mapping::MessageClass message_class = mapping::MessageClass::activation;
  const Signal<Bits>* flit = nullptr;
  Signal<bool>* passes = nullptr;       // a flit passes: said by the port, or (arbitrated) by the fabric
  const Signal<bool>* offer = nullptr;  // arbitrated only
  std::vector<RemoteEnd> ends;
};

class Fabric {
 public:
  virtual ~Fabric() = default;
  [[nodiscard]] virtual bool arbitrated() const = 0;
  /// Makes the modules and ties them to the ports.
  virtual void connect(const models::ArchitectureSpec& architecture, Clock& clock, std::vector<RemoteStream>& streams,
                       Parts& parts) = 0;
};

/// A way of `registers` from `freed` to a counter of room, which is its last register.
[[nodiscard]] const Signal<int>* credit_way(const std::string& name, const Signal<int>& freed, Cycle registers,
                                            Clock& clock, Parts& parts);

/// Registers between two tiles.
[[nodiscard]] Cycle way_between(int from, int to, const models::ArchitectureSpec& architecture);

}  // namespace ohmic::sim::pin

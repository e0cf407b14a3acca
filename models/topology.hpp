// SPDX-License-Identifier: Apache-2.0
// How tiles are connected: the `fabric` section. The time of a fabric is modelled in sim/token/ under the same name.
#pragma once

#include <cstdint>

#include "base/fields.hpp"
#include "base/units.hpp"

namespace ohmic::models {

/// Keys that all fabrics have. A token of n bits travels as ceil(n / link_bits) flits, one a cycle over each link.
class Topology {
 public:
  virtual ~Topology() = default;
  virtual void fields(Fields& f);

  int link_bits = 32;
  Cycle hop_cycles = 1;  // from leaving one register to arriving in the next, at least 1
};

class PointToPoint : public Topology {
};  // a link of its own for every stream and destination; latency = hops · hop_cycles

class Bus : public Topology {  // one medium for all; round robin; a grant carries one token to all its destinations
 public:
  void fields(Fields& f) override;
  Cycle grant_cycles = 1;  // idle cycles between two tokens on the bus
};

class Mesh : public Topology {  // XY wormhole, one virtual channel per message class, credits between routers
 public:
  void fields(Fields& f) override;
  int buffer_flits = 8;  // per input port and virtual channel
};

/// Manhattan distance between tiles of a grid `width` tiles wide; the gateway (global buffer) sits beside tile 0
/// and counts as one hop from it.
[[nodiscard]] int tile_distance(int from, int to, int width, int gateway);

}  // namespace ohmic::models

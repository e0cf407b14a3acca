// SPDX-License-Identifier: Apache-2.0
// What a link of the mesh carries in a cycle, side by side: payload, number of the flow, whether the flit ends its
// packet.
#pragma once

#include "sim/pin/bits.hpp"

namespace ohmic::sim::pin {

/// Ports of a router; `gateway` is the second local port of router 0. Outputs serve inputs in this order.
enum MeshPort : int { kNorth, kEast, kSouth, kWest, kLocal, kGateway, kMeshPorts };
/// Virtual channels, one per message class.
constexpr int kMeshChannels = 2;

struct FlitFormat {
  int payload_bits = 1;
  int flow_bits = 1;

  [[nodiscard]] int width() const { return payload_bits + flow_bits + 1; }
  [[nodiscard]] Bits pack(const Bits& payload, int flow, bool ends_packet) const {
    Bits flit(width());
    flit.copy(0, payload, 0, payload_bits);
    flit.set(payload_bits, flow_bits, static_cast<std::uint64_t>(flow));
    flit.set(payload_bits + flow_bits, 1, ends_packet ? 1 : 0);
    return flit;
  }
  [[nodiscard]] Bits payload(const Bits& flit) const {
    Bits payload(payload_bits);
    payload.copy(0, flit, 0, payload_bits);
    return payload;
  }
  [[nodiscard]] int flow(const Bits& flit) const { return static_cast<int>(flit.get(payload_bits, flow_bits)); }
  [[nodiscard]] bool ends_packet(const Bits& flit) const { return flit.get(payload_bits + flow_bits, 1) != 0; }
};

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
// Ways through a mesh: X first, then Y. The ways of one flow to all its destinations form a tree, because those from
// one place that part never meet again.
#pragma once

#include <fmt/format.h>

#include <array>
#include <string>
#include <vector>

#include "models/architecture.hpp"
#include "sim/token/fabric.hpp"

namespace ohmic::sim {

/// Ports of a router. `gateway` is the second local port of router 0, to the global buffer.
enum MeshPort : int { kNorth, kEast, kSouth, kWest, kLocal, kGateway, kMeshPorts };

/// A router on the tree of a flow.
struct MeshNode {
  int router = 0;
  unsigned outputs = 0;                      // bit per port
  std::array<int, 4> next{-1, -1, -1, -1};   // node behind north … west
  std::array<std::vector<int>, 2> delivers;  // local, gateway: indices of destinations
};

class MeshGrid {
 public:
  MeshGrid() = default;
  explicit MeshGrid(const models::ArchitectureSpec& architecture)
      : width_(architecture.tiles.x), gateway_(architecture.gateway()) {}

  /// Router of a tile; the gateway's is that of tile 0.
  [[nodiscard]] int router(int tile) const { return tile == gateway_ ? 0 : tile; }
  /// Port on which a tile's own traffic enters and leaves.
  [[nodiscard]] int own_port(int tile) const { return tile == gateway_ ? kGateway : kLocal; }
  [[nodiscard]] int neighbour(int router, int port) const {
    const std::array<int, 4> step{-width_, 1, width_, -1};
    return router + step[static_cast<std::size_t>(port)];
  }
  /// The neighbour's port at the other end of a link.
  [[nodiscard]] static int opposite(int port) { return (port + 2) % 4; }
  /// Output port of `router` on the way to `tile`.
  [[nodiscard]] int output(int router, int tile) const {
    const int target = this->router(tile);
    if (router % width_ != target % width_) return router % width_ < target % width_ ? kEast : kWest;
    if (router / width_ != target / width_) return router / width_ < target / width_ ? kSouth : kNorth;
    return own_port(tile);
  }

  [[nodiscard]] std::string interface_name(int tile) const {
    return tile == gateway_ ? "mesh port of the global buffer" : fmt::format("mesh port of tile {}", tile);
  }
  [[nodiscard]] std::string link_name(int router, int port) const {
    if (port == kGateway) return "mesh link 0 -> global buffer";
    if (port == kLocal) return fmt::format("mesh link into tile {}", router);
    return fmt::format("mesh link {} -> {}", router, neighbour(router, port));
  }

  /// Nodes of the flow's tree; the first is the router of its source.
  [[nodiscard]] std::vector<MeshNode> tree(const Flow& flow) const {
    std::vector<MeshNode> nodes;
    std::vector<int> all;
    for (std::size_t i = 0; i < flow.to.size(); ++i) all.push_back(static_cast<int>(i));
    grow(flow, router(flow.from), all, nodes);
    return nodes;
  }

 private:
  int grow(const Flow& flow, int router, const std::vector<int>& destinations, std::vector<MeshNode>& nodes) const {
    const std::size_t here = nodes.size();
    nodes.emplace_back().router = router;
    std::array<std::vector<int>, kMeshPorts> by_port;
    for (const int d : destinations) {
      const int port = output(router, flow.to[static_cast<std::size_t>(d)]);
      by_port[static_cast<std::size_t>(port)].push_back(d);
      nodes[here].outputs |= 1U << port;
    }
    for (int port = 0; port < kLocal; ++port) {
      const std::vector<int>& beyond = by_port[static_cast<std::size_t>(port)];
      if (beyond.empty()) continue;
      const int next = grow(flow, neighbour(router, port), beyond, nodes);
      nodes[here].next[static_cast<std::size_t>(port)] = next;
    }
    nodes[here].delivers = {by_port[kLocal], by_port[kGateway]};
    return static_cast<int>(here);
  }

  int width_ = 1;
  int gateway_ = 1;
};

}  // namespace ohmic::sim

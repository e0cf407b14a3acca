// SPDX-License-Identifier: Apache-2.0
// A link of its own for every stream and destination: nothing to arbitrate, everything a closed form.
#include <algorithm>

#include "sim/token/fabric.hpp"

namespace ohmic::sim {

namespace {

class PointToPointFabric : public Fabric {
 public:
  void connect(const models::ArchitectureSpec& architecture, const std::vector<Flow>& flows,
               FabricClient& /*client*/) override {
    hop_cycles_ = architecture.fabric->hop_cycles;
    for (const Flow& flow : flows) {
      flits_.push_back(flow.flits);
      std::vector<int>& hops = hops_.emplace_back();
      for (const int tile : flow.to) {
        hops.push_back(
            std::max(1, models::tile_distance(flow.from, tile, architecture.tiles.x, architecture.gateway())));
      }
    }
  }

  [[nodiscard]] bool arbitrated() const override { return false; }
  [[nodiscard]] Cycle delay(int flow, int index) const override {
    return links(flow, index) * hop_cycles_ + flits_.at(static_cast<std::size_t>(flow)) - 1;
  }
  [[nodiscard]] int links(int flow, int index) const override {
    return hops_.at(static_cast<std::size_t>(flow)).at(static_cast<std::size_t>(index));
  }
  [[nodiscard]] Cycle credit_delay(int flow, int index) const override { return links(flow, index) * hop_cycles_; }

 private:
  Cycle hop_cycles_ = 1;
  std::vector<int> flits_;
  std::vector<std::vector<int>> hops_;
};

const Registration<Fabric, PointToPointFabric> kPointToPoint{"point_to_point"};

}  // namespace

}  // namespace ohmic::sim

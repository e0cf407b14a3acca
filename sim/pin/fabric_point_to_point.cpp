// SPDX-License-Identifier: Apache-2.0
// A link of its own for every stream and destination, and what the kinds of fabrics share.
#include <algorithm>

#include "sim/pin/fabric.hpp"
#include "sim/pin/link.hpp"

namespace ohmic::sim::pin {

const Signal<int>* credit_way(const std::string& name, const Signal<int>& freed, Cycle registers, Clock& clock,
                              Parts& parts) {
  if (registers == 1) return &freed;
  auto& link = parts.make<CreditLink>((name + "_credit").c_str(), static_cast<int>(registers - 1));
  auto& credit = parts.make<Signal<int>>();
  link.clk_i(clock);
  link.credit_i(freed);
  link.credit_o(credit);
  return &credit;
}

Cycle way_between(int from, int to, const models::ArchitectureSpec& architecture) {
  const int hops = models::tile_distance(from, to, architecture.tiles.x, architecture.gateway());
  return std::max(1, hops) * architecture.fabric->hop_cycles;
}

namespace {

class PointToPointFabric : public Fabric {
 public:
  [[nodiscard]] bool arbitrated() const override { return false; }

  void connect(const models::ArchitectureSpec& architecture, Clock& clock, std::vector<RemoteStream>& streams,
               Parts& parts) override {
    for (RemoteStream& stream : streams) {
      for (RemoteEnd& end : stream.ends) {
        const Cycle registers = way_between(stream.from, end.tile, architecture);
        auto& link = parts.make<Link>((end.name + "_link").c_str(), static_cast<int>(registers));
        auto& valid = parts.make<Signal<bool>>();
        auto& data = parts.make<Signal<Bits>>();
        link.clk_i(clock);
        link.in_valid_i(*stream.passes);
        link.in_data_i(*stream.flit);
        link.out_valid_o(valid);
        link.out_data_o(data);
        end.valid = &valid;
        end.data = &data;
        end.credit = credit_way(end.name, *end.freed, registers, clock, parts);
      }
    }
  }
};

const Registration<Fabric, PointToPointFabric> kPointToPoint{"point_to_point"};

}  // namespace

}  // namespace ohmic::sim::pin

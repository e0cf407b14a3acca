// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/bus.hpp"
#include "sim/pin/fabric.hpp"

namespace ohmic::sim::pin {

namespace {

class BusFabric : public Fabric {
 public:
  [[nodiscard]] bool arbitrated() const override { return true; }

  void connect(const models::ArchitectureSpec& architecture, Clock& clock, std::vector<RemoteStream>& streams,
               Parts& parts) override {
    if (streams.empty()) return;
    BusSpec spec;
    spec.hop_cycles = architecture.fabric->hop_cycles;
    spec.grant_cycles = dynamic_cast<const models::Bus&>(*architecture.fabric).grant_cycles;
    for (const RemoteStream& stream : streams) spec.flits.push_back(stream.flits);
    auto& bus = parts.make<Bus>("bus", spec);
    auto& data = parts.make<Signal<Bits>>();
    bus.clk_i(clock);
    bus.data_o(data);
    for (std::size_t f = 0; f < streams.size(); ++f) {
      RemoteStream& stream = streams[f];
      auto& valid = parts.make<Signal<bool>>();
      bus.offer_i[f](*stream.offer);
      bus.take_o[f](*stream.passes);
      bus.flit_i[f](*stream.flit);
      bus.valid_o[f](valid);
      for (RemoteEnd& end : stream.ends) {
        end.valid = &valid;
        end.data = &data;
        end.credit = credit_way(end.name, *end.freed, spec.hop_cycles, clock, parts);
      }
    }
  }
};

const Registration<Fabric, BusFabric> kBus{"bus"};

}  // namespace

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/bus.hpp"

#include <utility>

namespace ohmic::sim::pin {

Bus::Bus(const sc_core::sc_module_name& name, const BusSpec& spec)
    : sc_module(name),
      offer_i("offer_i", spec.flits.size()),
      take_o("take_o", spec.flits.size()),
      flit_i("flit_i", spec.flits.size()),
      valid_o("valid_o", spec.flits.size()),
      spec_(spec),
      offers_(spec.flits.size(), 0),
      medium_(static_cast<std::size_t>(spec.hop_cycles - 1)) {
  SC_HAS_PROCESS(Bus);
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
}

void Bus::on_clock() {
  for (std::size_t f = 0; f < offers_.size(); ++f) {
    if (!offer_i[f].read()) continue;
    ++offers_[f];
    ++waiting_;
  }
  move_medium(pass_flit());
  if (busy_ > 0) --busy_;
  if (busy_ == 0 && waiting_ > 0) grant();
}

/// The flit that passes in the cycle that ends.
Bus::Place Bus::pass_flit() {
  if (granted_ == kNobody) return {};
  const auto f = static_cast<std::size_t>(granted_);
  Place flit{granted_, flit_i[f].read()};
  if (--flits_left_ == 0) {
    take_o[f].write(false);
    granted_ = kNobody;
  }
  return flit;
}

/// To the next flow in turn that has an offer; its flits pass in the cycles from the next one on.
void Bus::grant() {
  std::size_t f = turn_;
  while (offers_[f] == 0) f = f + 1 == offers_.size() ? 0 : f + 1;
  --offers_[f];
  --waiting_;
  turn_ = f + 1 == offers_.size() ? 0 : f + 1;
  granted_ = static_cast<int>(f);
  flits_left_ = spec_.flits[f];
  busy_ = spec_.flits[f] + spec_.grant_cycles;
  take_o[f].write(true);
}

void Bus::move_medium(Place in) {
  if (in.flow == kNobody && inside_ == 0 && delivered_ == kNobody) return;
  if (!medium_.empty()) {
    inside_ += in.flow != kNobody ? 1 : 0;
    std::swap(in, medium_[next_]);
    next_ = next_ + 1 == medium_.size() ? 0 : next_ + 1;
    inside_ -= in.flow != kNobody ? 1 : 0;
  }
  if (in.flow != kNobody) data_o.write(in.flit);
  if (in.flow == delivered_) return;
  if (delivered_ != kNobody) valid_o[static_cast<std::size_t>(delivered_)].write(false);
  if (in.flow != kNobody) valid_o[static_cast<std::size_t>(in.flow)].write(true);
  delivered_ = in.flow;
}

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/link.hpp"

namespace ohmic::sim::pin {

// The last register of a way is the output signal itself; the ring holds the others.

Link::Link(const sc_core::sc_module_name& name, int registers)
    : sc_module(name),
      valid_(static_cast<std::size_t>(registers - 1), 0),
      data_(static_cast<std::size_t>(registers - 1)) {
  SC_HAS_PROCESS(Link);
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  out_valid_o.initialize(false);
}

void Link::on_clock() {
  const bool comes = in_valid_i.read();
  if (!comes && inside_ == 0 && !out_valid_) return;
  bool leaves = comes;
  if (valid_.empty()) {
    if (comes) out_data_o.write(in_data_i.read());
  } else {
    leaves = valid_[next_] != 0;
    if (leaves) out_data_o.write(data_[next_]);
    valid_[next_] = comes ? 1 : 0;
    if (comes) data_[next_] = in_data_i.read();
    next_ = next_ + 1 == valid_.size() ? 0 : next_ + 1;
    inside_ += (comes ? 1 : 0) - (leaves ? 1 : 0);
  }
  if (leaves == out_valid_) return;
  out_valid_ = leaves;
  out_valid_o.write(leaves);
}

CreditLink::CreditLink(const sc_core::sc_module_name& name, int registers)
    : sc_module(name), credits_(static_cast<std::size_t>(registers - 1), 0) {
  SC_HAS_PROCESS(CreditLink);
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  credit_o.initialize(0);
}

void CreditLink::on_clock() {
  const int comes = credit_i.read();
  if (comes == 0 && inside_ == 0 && out_ == 0) return;
  int leaves = comes;
  if (!credits_.empty()) {
    leaves = credits_[next_];
    credits_[next_] = comes;
    next_ = next_ + 1 == credits_.size() ? 0 : next_ + 1;
    inside_ += (comes != 0 ? 1 : 0) - (leaves != 0 ? 1 : 0);
  }
  if (leaves == out_) return;
  out_ = leaves;
  credit_o.write(leaves);
}

}  // namespace ohmic::sim::pin

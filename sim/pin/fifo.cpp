// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/fifo.hpp"

namespace ohmic::sim::pin {

Fifo::Fifo(const sc_core::sc_module_name& name, int capacity)
    : sc_module(name), words_(static_cast<std::size_t>(capacity)) {
  SC_HAS_PROCESS(Fifo);
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  in_ready_o.initialize(true);
  out_valid_o.initialize(false);
}

void Fifo::on_clock() {
  const bool comes = count_ < words_.size() && in_valid_i.read();
  const bool leaves = count_ > 0 && out_ready_i.read();
  if (!comes && !leaves) return;
  if (comes) words_[(first_ + count_) % words_.size()] = in_data_i.read();
  if (leaves) first_ = (first_ + 1) % words_.size();
  count_ += comes ? 1 : 0;
  count_ -= leaves ? 1 : 0;
  in_ready_o.write(count_ < words_.size());
  out_valid_o.write(count_ > 0);
  if (count_ > 0) out_data_o.write(words_[first_]);
}

}  // namespace ohmic::sim::pin

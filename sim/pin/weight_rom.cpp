// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/weight_rom.hpp"

#include <utility>

namespace ohmic::sim::pin {

WeightRom::WeightRom(const sc_core::sc_module_name& name, std::vector<Bits> words)
    : sc_module(name), words_(std::move(words)) {
  SC_HAS_PROCESS(WeightRom);
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  out_valid_o.initialize(true);
  out_data_o.initialize(words_.front());
}

void WeightRom::on_clock() {
  if (next_ == words_.size() || !out_ready_i.read()) return;
  ++next_;
  if (next_ < words_.size()) {
    out_data_o.write(words_[next_]);
  } else {
    out_valid_o.write(false);
  }
}

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
// Weights of a tile as a ROM shows them: a row of an array a word, one after the other (docs/hardware.md, "Writing").
#pragma once

#include <systemc>
#include <vector>

#include "sim/pin/bits.hpp"

namespace ohmic::sim::pin {

class WeightRom : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_out<bool> out_valid_o{"out_valid_o"};  // there is another word
  sc_core::sc_in<bool> out_ready_i{"out_ready_i"};
  sc_core::sc_out<Bits> out_data_o{"out_data_o"};

  /// At least one word.
  WeightRom(const sc_core::sc_module_name& name, std::vector<Bits> words);

 private:
  void on_clock();

  const std::vector<Bits> words_;
  std::size_t next_ = 0;  // the word that is shown
};

}  // namespace ohmic::sim::pin

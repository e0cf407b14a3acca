// SPDX-License-Identifier: Apache-2.0
// The memory beside multiply lanes: words of weights, read ahead, the first again after the last (docs/hardware.md,
// "Multiply lanes").
#pragma once

#include <optional>
#include <systemc>
#include <vector>

#include "base/units.hpp"
#include "sim/pin/bits.hpp"
#include "sim/pin/delay_line.hpp"

namespace ohmic::sim::pin {

/// A word taken in every cycle finds the next one in the next. In the first cycle the first word is there.
class WeightStream : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_out<bool> word_valid_o{"word_valid_o"};
  sc_core::sc_in<bool> word_ready_i{"word_ready_i"};
  sc_core::sc_out<Bits> word_data_o{"word_data_o"};

  /// At least one word; `latency`: registers from address to word.
  WeightStream(const sc_core::sc_module_name& name, std::vector<Bits> words, Cycle latency);

 private:
  void on_clock();
  [[nodiscard]] std::size_t next_address();

  const std::vector<Bits> words_;  // the memory
  std::size_t address_ = 0;        // of the next word
  DelayLine<std::optional<std::size_t>> reads_;
  std::vector<std::size_t> fifo_;  // a ring of words by their addresses
  std::size_t first_ = 0, count_ = 0;
  std::size_t reserved_ = 0;  // places of words that are there or under way
};

}  // namespace ohmic::sim::pin

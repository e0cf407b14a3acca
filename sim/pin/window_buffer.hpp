// SPDX-License-Identifier: Apache-2.0
// The buffer of one input port of a stage: tokens come in beats, operands go out whole (docs/hardware.md, "Stage").
#pragma once

#include <algorithm>
#include <systemc>
#include <vector>

#include "sim/pin/core.hpp"
#include "sim/pin/window_schedule.hpp"

namespace ohmic::sim::pin {

struct BufferSpec {
  int capacity = 1;
  int token_bits = 1;
  int beat_bits = 1;             // of a beat or flit
  Bits padding;                  // one token of padding elements
  bool waits_for_first = false;  // the first window of every port of the stage is padding: wait for a token here
};

class WindowBuffer : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_in<bool> in_valid_i{"in_valid_i"};
  sc_core::sc_out<bool> in_ready_o{"in_ready_o"};  // room for a whole token, or in the middle of one
  sc_core::sc_in<Bits> in_data_i{"in_data_i"};
  sc_core::sc_out<bool> out_valid_o{"out_valid_o"};  // the next firing's tokens are there
  sc_core::sc_in<bool> out_ready_i{"out_ready_i"};   // both high: that firing starts
  sc_core::sc_out<Bits> out_data_o{"out_data_o"};    // its operand; 0 when it takes none from this port
  sc_core::sc_out<int> credit_o{"credit_o"};         // tokens that have left in the cycle before

  WindowBuffer(const sc_core::sc_module_name& name, BufferSpec spec, WindowSchedule schedule);

  // Of a chip at rest, for the watchdog: the image of the next firing, tokens of it that are there, tokens of it that
  // the firing needs.
  [[nodiscard]] std::int64_t image() const { return first_ / schedule_.tokens(); }
  [[nodiscard]] std::int64_t has() const { return written_ - first_; }
  [[nodiscard]] std::int64_t needs() const {
    return std::max<std::int64_t>(schedule_.needed(firing_), spec_.waits_for_first ? 1 : 0);
  }
  [[nodiscard]] bool is_full() const { return written_ - freed_ == spec_.capacity; }

 private:
  void on_clock();
  void take_firing();
  int free_tokens();
  void write_beat();
  void drive_outputs(bool new_firing);
  void drive_operand();
  [[nodiscard]] std::size_t slot(std::int64_t token) const { return static_cast<std::size_t>(token % spec_.capacity); }

  const BufferSpec spec_;
  const WindowSchedule schedule_;
  const int beats_;
  std::vector<Bits> memory_;  // token k of all images in slot k mod capacity
  Bits operand_;
  std::int64_t first_ = 0;     // token of the image of the next firing
  std::int64_t firing_ = 0;    // of that image
  std::int64_t written_ = 0;   // tokens of all images
  std::int64_t released_ = 0;  // that no later firing needs, there or not
  std::int64_t freed_ = 0;     // that have left
  int beat_ = 0;               // of the token under way
  // What is on the outputs.
  bool in_ready_ = true, out_valid_ = false;
  int credit_ = 0;
};

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
// A Verilog tile that lives beside a tile of the pin level: it sees the same inputs in every cycle, and every one of
// its outputs is compared with the tile's before it can have an effect. In a chip (not on a bench) the simulation ends
// when enough has been seen of a divergence.
#pragma once

#include <optional>
#include <systemc>

#include "sim/cosim/diagnosis.hpp"
#include "sim/cosim/waveform.hpp"
#include "sim/pin/core.hpp"

namespace ohmic::sim::cosim {

/// Where a Verilog tile and its model went apart first.
struct Divergence {
  std::int64_t cycle = 0;           // of the chip or the bench
  std::string signal;               // "" when a promise was broken
  std::string what;                 // expected and got, or the promise
  std::vector<std::string> before;  // the last tokens
  std::int64_t handshakes = 0;      // before it
  std::size_t results = 0;          // of them
  pin::Bits got{};                  // of out_data_o
};

class TileShadow : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};

  /// `origin`: cycles of the clock before cycle 0 of the chip.
  TileShadow(const sc_core::sc_module_name& name, const pin::Core& core, TileDut& dut, const TileInterface& interface,
             std::int64_t origin, bool is_in_chip);

  [[nodiscard]] const std::optional<Divergence>& divergence() const { return divergence_; }
  /// Of a divergence and what came after it.
  [[nodiscard]] bool has_seen_enough() const;
  [[nodiscard]] std::int64_t cycles() const { return cycle_; }
  [[nodiscard]] std::int64_t handshakes() const {
    return divergence_ ? divergence_->handshakes : static_cast<std::int64_t>(operands_.size() + results_.size());
  }
  /// Of the model, also after the divergence: a lost result is told from a wrong one by those that follow.
  [[nodiscard]] const std::vector<pin::Bits>& operands() const { return operands_; }
  [[nodiscard]] const std::vector<pin::Bits>& results() const { return results_; }
  [[nodiscard]] const Waveform& waveform() const { return waveform_; }

 private:
  void clock();
  [[nodiscard]] TileInputs inputs() const;
  [[nodiscard]] TileOutputs reference() const;
  void compare(const TileOutputs& expected, const TileOutputs& got);
  void note_tokens(const TileInputs& in, const TileOutputs& out);
  void draw(const TileInputs& in, const TileOutputs& expected, const TileOutputs& got);
  void diverge(std::string signal, std::string what);

  const pin::Core& core_;
  TileDut& dut_;
  TileInterface interface_;
  std::int64_t origin_;
  bool is_in_chip_;
  std::int64_t cycle_ = 0;
  std::optional<Divergence> divergence_;
  std::vector<pin::Bits> operands_, results_;
  std::deque<std::string> last_;
  Waveform waveform_;
};

}  // namespace ohmic::sim::cosim

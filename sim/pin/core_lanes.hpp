// SPDX-License-Identifier: Apache-2.0
// Multipliers of a layer whose weights stream: one word of weights a cycle, and behind them the units that make
// integers of the sums (docs/hardware.md, "Multiply lanes").
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mapping/hardware.hpp"
#include "models/architecture.hpp"
#include "sim/pin/activation_unit.hpp"
#include "sim/pin/clocked_core.hpp"
#include "sim/pin/delay_line.hpp"
#include "sim/pin/digital_arithmetic.hpp"
#include "sim/pin/weight_stream.hpp"

namespace ohmic::sim::pin {

class CoreLanes : public ClockedCore {
 public:
  sc_core::sc_in<bool> word_valid_i{"word_valid_i"};
  sc_core::sc_out<bool> word_ready_o{"word_ready_o"};  // a word passes in this cycle; there must be one
  sc_core::sc_in<Bits> word_data_i{"word_data_i"};

  CoreLanes(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
            const models::ArchitectureSpec& architecture);

 private:
  /// What a word of weights has come to.
  struct Sums {
    bool is_there = false;
    bool is_first = false;             // of the rows of its columns
    bool is_last = false;              // likewise
    int first_column = 0;              // of the matrix
    std::vector<std::int64_t> values;  // products, column by column; then one sum a column
  };

  void start() override;
  void work() override;
  [[nodiscard]] bool is_interval_over() const override { return words_left_ <= 1; }

  void put_out_beat();
  void accumulate(const Sums& sums);
  [[nodiscard]] Sums add_rows(Sums products) const;
  [[nodiscard]] Sums multiply();

  const mapping::WeightStream weights_;
  const int rows_;
  const int sum_bits_;
  const Cycle registers_;  // behind the activation, the slot among them
  const std::vector<std::int64_t> bias_;
  const mapping::TokenFormat operand_format_;
  const int zero_point_;  // of the operands
  const mapping::TokenFormat result_format_;
  const Accumulator accumulator_;
  const Requantizer requantizer_;
  const OutputRange output_;
  ActivationUnit activation_;

  bool starts_ = false;                 // in the cycle that this edge ends
  std::vector<std::int64_t> operands_;  // of the vector whose words pass, zero beyond the last row
  std::int64_t words_left_ = 0;         // to pass, this cycle's among them
  int row_step_ = 0, column_step_ = 0;  // of the word of this cycle
  bool shows_ready_ = false;
  DelayLine<Sums> products_;
  DelayLine<Sums> sums_;
  Sums accumulators_;  // there: they hold the sums of all rows
  Bits result_;        // of the beats so far
};

/// The memory beside a stage that is a LanesCore.
[[nodiscard]] std::unique_ptr<WeightStream> make_weight_stream(const std::string& name,
                                                               const mapping::Hardware& hardware, int stage,
                                                               const models::ArchitectureSpec& architecture);

}  // namespace ohmic::sim::pin

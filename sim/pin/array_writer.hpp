// SPDX-License-Identifier: Apache-2.0
// Programs the arrays of one tile, row by row (docs/hardware.md, "Writing").
#pragma once

#include <systemc>
#include <vector>

#include "mapping/hardware.hpp"
#include "models/architecture.hpp"
#include "sim/pin/bits.hpp"

namespace ohmic::sim::pin {

/// What is written in one tile, in this order.
struct TileWriting {
  struct Array {
    int core = 0;   // index in `stages`
    int array = 0;  // of the core
    int rows = 0;
  };
  std::vector<int> stages;  // that have arrays in the tile
  std::vector<Array> arrays;
  std::vector<Bits> words;  // their rows, for the ROM
  Cycle cycles_per_row = 1;
};

/// Nothing to write where the tile has no arrays.
[[nodiscard]] TileWriting tile_writing(const mapping::Hardware& hardware, int tile,
                                       const models::ArchitectureSpec& architecture);

class ArrayWriter : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_in<bool> in_valid_i{"in_valid_i"};
  sc_core::sc_out<bool> in_ready_o{"in_ready_o"};  // both high: the writing of a row begins in this cycle
  sc_core::sc_in<Bits> in_data_i{"in_data_i"};
  // To the cores, by TileWriting::stages: a pulse for one of them, in the cycle after; the others are for all.
  sc_core::sc_vector<sc_core::sc_out<bool>> write_valid_o;
  sc_core::sc_out<int> write_array_o{"write_array_o"};
  sc_core::sc_out<int> write_row_o{"write_row_o"};
  sc_core::sc_out<Bits> write_data_o{"write_data_o"};
  sc_core::sc_out<bool> done_o{"done_o"};  // the time of the last row is over

  ArrayWriter(const sc_core::sc_module_name& name, const TileWriting& writing);

 private:
  void on_clock();
  void write_row();
  void end_pulse();

  const std::vector<TileWriting::Array> arrays_;
  const Cycle cycles_per_row_;
  std::size_t array_ = 0;  // that is written
  int row_ = 0;            // of it, next
  Cycle left_ = 0;         // cycles of the row that is written
  int pulsed_ = -1;        // core that sees a pulse in this cycle
  bool is_ready_ = true;
};

}  // namespace ohmic::sim::pin

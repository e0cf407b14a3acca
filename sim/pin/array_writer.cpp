// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/array_writer.hpp"

#include <algorithm>

#include "sim/pin/cell_array.hpp"
#include "sim/pin/tile_build.hpp"

namespace ohmic::sim::pin {

TileWriting tile_writing(const mapping::Hardware& hardware, int tile, const models::ArchitectureSpec& architecture) {
  TileWriting writing;
  const models::ArraySpec& array = architecture.array;
  writing.cycles_per_row = models::row_write_cycles(array, architecture.clock);
  for (std::size_t s = 0; s < hardware.cores.size(); ++s) {
    const auto* core = std::get_if<mapping::TileCore>(&hardware.cores[s]);
    if (core == nullptr || hardware.program.stages[s].tile != tile) continue;
    const mapping::WeightPlan& weights = hardware.layers[static_cast<std::size_t>(core->layer)].weights;
    for (std::size_t a = 0; a < core->arrays.size(); ++a) {
      const mapping::ArrayBlock& block = core->arrays[a];
      const RowFormat format = row_format(weights, block, array.cell.bits);
      writing.arrays.push_back(
          {static_cast<int>(writing.stages.size()), static_cast<int>(a), block.row_end - block.row_begin});
      for (int row = block.row_begin; row < block.row_end; ++row) {
        writing.words.push_back(row_word(weights, format, row, block.column_begin));
      }
    }
    writing.stages.push_back(static_cast<int>(s));
  }
  return writing;
}

ArrayWriter::ArrayWriter(const sc_core::sc_module_name& name, const TileWriting& writing)
    : sc_module(name),
      write_valid_o("write_valid_o", writing.stages.size()),
      arrays_(writing.arrays),
      cycles_per_row_(writing.cycles_per_row) {
  SC_HAS_PROCESS(ArrayWriter);
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  in_ready_o.initialize(true);
}

void ArrayWriter::on_clock() {
  end_pulse();
  if (is_ready_ && in_valid_i.read()) write_row();
  if (left_ > 0) --left_;
  const bool has_more = array_ < arrays_.size();
  is_ready_ = left_ == 0 && has_more;
  in_ready_o.write(is_ready_);
  done_o.write(left_ == 0 && !has_more);
}

void ArrayWriter::write_row() {
  const TileWriting::Array& array = arrays_[array_];
  left_ = cycles_per_row_;
  pulsed_ = array.core;
  write_valid_o[static_cast<std::size_t>(pulsed_)].write(true);
  write_array_o.write(array.array);
  write_row_o.write(row_);
  write_data_o.write(in_data_i.read());
  if (++row_ < array.rows) return;
  row_ = 0;
  ++array_;
}

void ArrayWriter::end_pulse() {
  if (pulsed_ >= 0) write_valid_o[static_cast<std::size_t>(pulsed_)].write(false);
  pulsed_ = -1;
}

}  // namespace ohmic::sim::pin

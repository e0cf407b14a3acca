// SPDX-License-Identifier: Apache-2.0
// Parts of a chip's text: one core, the global buffer with source and sink, the writers of the arrays.
#pragma once

#include "emit/rtl_chip.hpp"
#include "sim/cosim/tile_dut.hpp"

namespace ohmic::emit {

/// The first stage of a kind; std::logic_error when there is none.
[[nodiscard]] int stage_of_kind(const mapping::Program& program, mapping::StageKind kind);

/// The core of a stage; source and sink among them.
void add_core(StructuralModule& top, const RtlInput& input, int stage, const CoreNets& nets);

/// The memory that source and sink ask.
void add_memory(StructuralModule& top, const RtlInput& input);

/// ROMs and writers of all tiles, and programmed_o.
void add_programming(StructuralModule& top, const RtlInput& input);

/// A token that a window reads outside of the image.
[[nodiscard]] sim::pin::Bits padding_token(const mapping::Hardware& hardware, int stage, int port);

/// Widths of the ports of the tile at a stage.
[[nodiscard]] sim::cosim::TileInterface tile_interface(const RtlInput& input, int stage);

/// Bits of the write port of a tile.
struct WriteWidths {
  int array_bits = 1;
  int row_bits = 1;
  int word_bits = 1;
};
[[nodiscard]] WriteWidths write_widths(const RtlInput& input, const mapping::TileCore& tile);

/// Rows of an array as its ROM holds them: a word is slice by slice, in it p, n, in it column by column, a cell each.
[[nodiscard]] std::vector<sim::pin::Bits> array_rom(const RtlInput& input, int layer, const mapping::ArrayBlock& array);

/// File of a streamed layer's words.
[[nodiscard]] std::string stream_rom_file(const mapping::Hardware& hardware, int layer);

/// File of an array's ROM, relative to the folder of the chip; replicas share it.
[[nodiscard]] std::string rom_file(const mapping::Hardware& hardware, int layer, const mapping::ArrayBlock& array);

}  // namespace ohmic::emit

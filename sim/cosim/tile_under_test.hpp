// SPDX-License-Identifier: Apache-2.0
// The pin level with a user's tile beside some of its tiles, in the chip and on a bench.
#pragma once

#include "mapping/hardware.hpp"
#include "sim/cosim/tile_dut.hpp"
#include "sim/pin/simulate_pin.hpp"

namespace ohmic::sim::cosim {

/// A tile that a Verilog tile is compared with.
struct TilePlace {
  int stage = 0;
  std::string name;
  TileInterface interface;
  std::vector<RowWrite> rows;  // its weights
};

struct TileVerdict {
  std::string name;
  bool is_on_bench = false;     // else in the chip
  std::int64_t handshakes = 0;  // that were equal
  std::string difference;       // the first, with the tokens before it, a diagnosis and a waveform; empty: none
};

/// Runs `simulation.images` images, and beside them a bench for every place (tile_bench.hpp); ends early at a
/// difference in the chip. What a bench has to say comes after the place's verdict in the chip, when there is no
/// difference there. InputError for ports that are not those of a tile, and for sources that do not compile. One call
/// per process.
[[nodiscard]] std::vector<TileVerdict> simulate_beside(
    const mapping::Hardware& hardware, const models::ArchitectureSpec& architecture, const SimulationSpec& simulation,
    const std::vector<pin::PinImage>& images, const VerilogSources& sources, const std::vector<TilePlace>& places,
    const std::filesystem::path& work);

}  // namespace ohmic::sim::cosim

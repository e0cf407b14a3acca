// SPDX-License-Identifier: Apache-2.0
// The pin level: the chip of docs/hardware.md as SystemC modules, run for a fixed number of images.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mapping/hardware.hpp"
#include "models/architecture.hpp"
#include "sim/pin/pin_hop.hpp"
#include "sim/pin/tile_options.hpp"
#include "sim/timing.hpp"

namespace sc_core {
class sc_clock;
}

namespace ohmic::sim::pin {

class Chip;

/// Tokens of one image in the order in which the source sends them; with several sources those of the first stage
/// first.
using PinImage = std::vector<Bits>;

struct PinOptions {
  PinHopSink hops;  // every hop with its data
  /// Called when the chip is made, before time begins: may tie more modules to it.
  std::function<void(const Chip&, sc_core::sc_clock&)> attach;
  std::function<bool()> goes_on;  // of what is tied to it: time goes on while it holds, though all images are done
  std::string vcd;                // file for valid, ready and data of all streams; empty: none
  Cycle quiet_cycles = 1 << 20;   // without a beat or flit anywhere: nothing will happen any more
};

/// Cycles count from cycle 0 of the token level.
struct PinResult {
  bool deadlock = false;                   // images are unfinished and nothing happens any more
  std::string waiting;                     // of a deadlock: who waits for whom, in lines as sim::Deadlock has them
  std::vector<Cycle> result_cycles;        // last beat of each image's result
  std::vector<std::vector<Bits>> results;  // by sink: tokens of all images one after another
  std::int64_t token_hops = 0;
  Cycle cycles = 0;  // simulated
};

/// `simulation.images` images; more than `images` gives: from the first one again. One call per process (a SystemC
/// kernel cannot start twice).
[[nodiscard]] PinResult simulate_pin(const mapping::Hardware& hardware, const models::ArchitectureSpec& architecture,
                                     const SimulationSpec& simulation, const std::vector<PinImage>& images,
                                     const PinOptions& options = {}, const TileOptions& tile = {});

/// A Program alone: cores that only take the time of their stage and put out digests (timed_core.hpp). The padding
/// element is all ones.
[[nodiscard]] PinResult simulate_pin(const mapping::Program& program, const models::ArchitectureSpec& architecture,
                                     const SimulationSpec& simulation, const std::vector<PinImage>& images,
                                     const PinOptions& options = {});

}  // namespace ohmic::sim::pin

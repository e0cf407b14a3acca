// SPDX-License-Identifier: Apache-2.0
// A chip as files: the modules it uses, its top module, the contents of its ROMs, images for its global buffer, and
// around it what checks it. docs/rtl.md lists the files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "emit/rtl_testbench.hpp"
#include "sim/cosim/verilog.hpp"
#include "sim/pin/simulate_pin.hpp"

namespace ohmic::emit {

/// Writes `rtl/`, `rom/` and `images.mem` into `folder`, which is made; what a simulator needs to compile it with the
/// probes. RuleError, before anything is written, for what has no RTL.
[[nodiscard]] sim::cosim::VerilogSources write_chip(const RtlInput& input,
                                                    const std::vector<sim::pin::PinImage>& images,
                                                    const std::filesystem::path& folder);

/// What a whole emission is made of beside the chip.
struct ChipCheck {
  std::vector<sim::pin::PinImage> images;
  std::vector<GoldenTokens> golden;  // by stream
  std::int64_t cycles = 0;           // that the test bench waits at most, from the first image on
  std::int64_t latency_cycles = 0;   // of the first image
};

/// write_chip, then `tiles/`, `golden/`, `tb/`, `files.f`, `synth.ys`, ROMs as `.bin` and `.h`, `weights.h` that
/// includes them, and `chip.json` with the SHA-256 of every file. One file is in memory at a time.
void emit_chip(const RtlInput& input, const ChipCheck& check, const std::filesystem::path& folder);

/// Reads every ROM back, in all its forms, and compares every word with the cells; every golden file and `chip.json`
/// likewise. CheckFailed names the file, what was expected and what is there. Returns the words compared.
std::int64_t verify_chip(const RtlInput& input, const ChipCheck& check, const std::filesystem::path& folder);

/// A module with exactly the ports of the tile at a stage, named tile_<stage_identifier>: what a tile of one's own
/// begins with.
[[nodiscard]] std::string tile_text(const RtlInput& input, int stage);

/// The modules of the library, into `folder`.
void write_library(const std::filesystem::path& folder);

}  // namespace ohmic::emit

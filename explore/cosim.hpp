// SPDX-License-Identifier: Apache-2.0
// One machine at three levels: the token level, the modules of the pin level, and the emitted RTL under Verilator run
// the same images, and every arrival of every token is compared: its cycle and its bits.
#pragma once

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "explore/pipeline.hpp"
#include "sim/cosim/verilog.hpp"

namespace ohmic::explore {

struct CosimOptions {
  int images = 1;
  bool rtl = true;                         // false: token and pin level only, Verilator is not needed
  std::vector<std::filesystem::path> dut;  // a tile of the user's and what it needs before it; empty: none
  std::string dut_top;                     // its module; empty: the name of the last file
  std::vector<std::string> tiles;          // stages that it stands beside; empty: the first tile
  std::filesystem::path work;              // where sources and models are made
  std::filesystem::path vcd;               // waveform of the pin level's streams; empty: none
};

/// A comparison and what came out of it.
struct CosimCheck {
  std::string name;           // "token level = pin level"
  std::int64_t compared = 0;  // arrivals
  std::string difference;     // the first one, in words; empty: none
};

struct CosimReport {
  std::vector<CosimCheck> checks;
  Cycle latency_cycles = 0;      // of the first image
  Cycle programming_cycles = 0;  // as the RTL took them; 0: it did not run
  Cycle rtl_cycles = 0;          // simulated

  [[nodiscard]] bool holds() const {
    return std::all_of(checks.begin(), checks.end(), [](const CosimCheck& check) { return check.difference.empty(); });
  }
};

/// What the levels run.
struct LevelsInput {
  const BuiltChip& chip;
  const models::ArchitectureSpec& architecture;
  sim::SimulationSpec simulation;                       // of `images` images, with their stalls
  const sim::cosim::VerilogLibrary* library = nullptr;  // of emit::write_chip for these images; nullptr: no RTL
  std::filesystem::path vcd;
};

/// Uses the SystemC kernel: once per process.
[[nodiscard]] CosimReport compare_levels(const LevelsInput& levels);

/// Maps, builds, compiles and compares. Uses the SystemC kernel: once per process.
[[nodiscard]] CosimReport cosimulate(const RunConfig& config, const PipelineOptions& options,
                                     const CosimOptions& cosim);

}  // namespace ohmic::explore

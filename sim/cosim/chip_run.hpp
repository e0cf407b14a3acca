// SPDX-License-Identifier: Apache-2.0
// A whole chip in Verilog, run from reset to its last result. Its top module shows every arrival of a token in a buffer
// (`probe_valid_o`, bit k of destination k; `probe_<k>_data_o`), so that it is compared hop by hop.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sim/cosim/verilog.hpp"
#include "sim/stalls.hpp"

namespace ohmic::sim::cosim {

/// One destination of one stream, in the order of the top module's probes.
struct Probe {
  int stream = 0;
  int destination = 0;
  int token_bits = 1;
};

/// The last beat of a token is written at the end of cycle `arrived`.
struct Arrival {
  int probe = 0;
  std::int64_t token = 0;  // counted over all images
  Cycle arrived = 0;       // of the engine's count: 0 is the first cycle with run_i high
  pin::Bits data;
};

struct ChipRun {
  std::int64_t programming_cycles = 0;  // reset to programmed_o
  std::int64_t cycles = 0;              // run_i to the last result
  bool finished = false;
};

struct ChipRunOptions {
  StallSpec stalls;
  int source_stage = 0, sink_stage = 0;  // of the Program: whom stalls belong to
  std::int64_t arrivals = 0;             // tokens that no window needs may arrive after the last result: waits for all
  std::int64_t max_cycles = 0;           // then the run is given up
  std::int64_t max_programming_cycles = 0;
};

/// Calls `arrival` in the order of cycles, within one by probe. It returns false to end the run.
[[nodiscard]] ChipRun run_chip(const VerilogLibrary& library, const std::vector<Probe>& probes,
                               const ChipRunOptions& options, const std::function<bool(const Arrival&)>& arrival);

}  // namespace ohmic::sim::cosim

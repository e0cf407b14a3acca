// SPDX-License-Identifier: Apache-2.0
// The top module of a chip: an instance of the library's modules for every buffer, core and port of a Hardware, and the
// wires between them (docs/hardware.md, docs/rtl.md).
#pragma once

#include <string>
#include <vector>

#include "emit/rtl_text.hpp"
#include "mapping/hardware.hpp"
#include "models/architecture.hpp"

namespace ohmic::emit {

/// What a chip's parts are made from.
struct RtlInput {
  const mapping::Hardware& hardware;
  const models::ArchitectureSpec& architecture;
  int images = 1;            // that the global buffer holds and the chip computes
  int images_in_flight = 0;  // as simulation.images_in_flight
};

/// Names of the nets around one core.
struct CoreNets {
  std::string in_valid, in_ready;
  std::vector<std::string> in_data;  // by input port
  std::string out_valid, out_ready, out_data, out_count;
};

/// Defined by simulators that want to see every arrival of a token: `probe_valid_o`, `probe_<k>_data_o`.
constexpr const char* kProbeMacro = "OHMIC_PROBES";

/// A destination of a stream in the order of the probes.
struct RtlProbe {
  int stream = 0;
  int destination = 0;
};
[[nodiscard]] std::vector<RtlProbe> rtl_probes(const mapping::Hardware& hardware);

/// Name of a stage in the text: unique, and a reader's.
[[nodiscard]] std::string stage_identifier(const mapping::Hardware& hardware, int stage);

/// Verilator's --unroll-count: a whole chip compiles in a third of the time when its loops stay loops, but its constant
/// functions walk over the firings of an image and its generate loops over lanes, rows, columns and elements, 16 steps
/// for each that is allowed.
[[nodiscard]] int unroll_count(const RtlInput& input);

/// Module name of the chip.
[[nodiscard]] std::string chip_module(const mapping::Hardware& hardware);

/// The text of the top module. RuleError for what has no RTL: a mesh, additions, requantization in float.
[[nodiscard]] std::string chip_text(const RtlInput& input);

}  // namespace ohmic::emit

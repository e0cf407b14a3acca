// SPDX-License-Identifier: Apache-2.0
// A chip as files: the modules it uses, its top module, the contents of its ROMs, images for its global buffer.
#pragma once

#include <filesystem>
#include <vector>

#include "emit/rtl_chip.hpp"
#include "sim/cosim/verilog.hpp"
#include "sim/pin/simulate_pin.hpp"

namespace ohmic::emit {

/// Writes `rtl/`, `rom/` and `images.mem` into `folder`, which is made; what a simulator needs to compile it with the
/// probes. One file is in memory at a time.
[[nodiscard]] sim::cosim::VerilogSources write_chip(const RtlInput& input,
                                                    const std::vector<sim::pin::PinImage>& images,
                                                    const std::filesystem::path& folder);

}  // namespace ohmic::emit

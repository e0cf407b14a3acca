// SPDX-License-Identifier: Apache-2.0
// A chip as files with golden vectors: every stream's tokens as the pin level has them, those that the integer network
// knows compared with it first.
#pragma once

#include <filesystem>

#include "emit/emit.hpp"
#include "explore/pipeline.hpp"

namespace ohmic::explore {

/// Weight images with their manifest, written and read back; what was read and compared. CheckFailed when files differ.
emit::EmitReport emit_weights(const RunConfig& config, const MappedNetwork& mapped,
                              const std::filesystem::path& folder);

struct Emission {
  std::int64_t words = 0;  // read back and compared
  std::int64_t golden_tokens = 0;
};

/// Of the run's network as map_run gave it: RTL, ROMs, golden vectors of the first `images` test images, test bench,
/// scripts (emit/rtl.hpp). Uses the SystemC kernel: once per process. RuleError, located, for what has no RTL;
/// CheckFailed when levels or files differ.
Emission emit_rtl(const RunConfig& config, const PipelineOptions& options, MappedNetwork mapped, int images,
                  const std::filesystem::path& folder);

}  // namespace ohmic::explore

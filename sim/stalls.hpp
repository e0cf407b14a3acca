// SPDX-License-Identifier: Apache-2.0
// Random stalls of sources and sinks: the same function of (cycle, stage) at every level.
#pragma once

#include "base/draws.hpp"
#include "sim/timing.hpp"

namespace ohmic::sim {

class Stalls {
 public:
  explicit Stalls(const StallSpec& spec)
      : spec_(spec), key_(stream_key({.seed = spec.seed, .purpose = Purpose::stall})) {}

  /// Whether stage `stage` of the Program must not start in `cycle`, counted from the source's first access.
  [[nodiscard]] bool holds(mapping::StageKind kind, int stage, Cycle cycle) const {
    const int percent = kind == mapping::StageKind::source ? spec_.source
                        : kind == mapping::StageKind::sink ? spec_.sink
                                                           : 0;
    if (percent == 0) return false;
    const auto at = static_cast<std::uint64_t>(cycle);
    const std::uint64_t draw = philox(
        {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at >> 32), static_cast<std::uint32_t>(stage), 0},
        key_)[0];
    return draw * 100 >> 32 < static_cast<std::uint64_t>(percent);
  }

 private:
  StallSpec spec_;
  PhiloxKey key_;
};

}  // namespace ohmic::sim

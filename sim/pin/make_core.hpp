// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "mapping/hardware.hpp"
#include "models/architecture.hpp"
#include "sim/pin/core.hpp"
#include "sim/pin/core_tile.hpp"

namespace ohmic::sim::pin {

/// The core of any stage but source and sink; `tile` is for those that are tiles. A CoreLanes (core_lanes.hpp) needs
/// the memory of its weights beside it.
[[nodiscard]] std::unique_ptr<Core> make_core(const std::string& name, const mapping::Hardware& hardware, int stage,
                                              const models::ArchitectureSpec& architecture,
                                              const TileOptions& tile = {});

}  // namespace ohmic::sim::pin

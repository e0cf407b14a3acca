// SPDX-License-Identifier: Apache-2.0
// What bounds the interval from below, resource by resource.
#pragma once

#include <vector>

#include "sim/timing.hpp"
#include "sim/token/model.hpp"

namespace ohmic::sim {

/// Of one image, the largest first (docs/timing.md, "What sets the interval"). The model's fabric is connected.
[[nodiscard]] std::vector<ResourceLoad> resource_loads(const mapping::Program& program,
                                                       const models::ArchitectureSpec& architecture,
                                                       const Model& model);

}  // namespace ohmic::sim

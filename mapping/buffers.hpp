// SPDX-License-Identifier: Apache-2.0
// How large every buffer must be, and whether they fit their tiles.
#pragma once

#include "mapping/program.hpp"

namespace ohmic::mapping {

/// Sets minimum and capacity = minimum + slack of every destination. The minima are exact together: an image
/// completes with them, and none of them can be one token less.
void size_buffers(Program& program, int output_slots, int slack);

/// RuleError when the buffers of a tile are larger than it has room for.
void require_fitting_buffers(const Program& program, const models::ArchitectureSpec& architecture);

}  // namespace ohmic::mapping

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>

namespace ohmic::mapping {

/// Levels of an adder tree over n values, a register each.
[[nodiscard]] inline int adder_tree_levels(int n) {
  return static_cast<int>(std::bit_width(static_cast<unsigned>(n - 1)));
}

}  // namespace ohmic::mapping

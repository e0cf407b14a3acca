// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them.
#pragma once

#include <fmt/format.h>

#include <string>

namespace ohmic {

/// "91.25 %" of 0.9125.
[[nodiscard]] inline std::string percent(double fraction) {
  return fmt::format("{:.2f} %", 100 * fraction);
}

}  // namespace ohmic

// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace ohmic::explore {

/// Version of Ohmic, as CMakeLists.txt gives it.
[[nodiscard]] std::string version();

}  // namespace ohmic::explore

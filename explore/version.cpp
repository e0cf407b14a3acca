// SPDX-License-Identifier: Apache-2.0
#include "explore/version.hpp"

namespace ohmic::explore {

std::string version() {
  return OHMIC_VERSION;
}

}  // namespace ohmic::explore

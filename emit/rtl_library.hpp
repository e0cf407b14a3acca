// SPDX-License-Identifier: Apache-2.0
// The modules of sim/rtl as the program carries them, so that it needs no source tree.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ohmic::emit {

struct RtlFile {
  std::string name;  // ohmic_fifo.sv
  std::string_view text;
};

/// By name.
[[nodiscard]] const std::vector<RtlFile>& rtl_library();

}  // namespace ohmic::emit

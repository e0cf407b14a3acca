// SPDX-License-Identifier: Apache-2.0
// Other programs: run to their end, with all that they print.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace ohmic {

struct Finished {
  int status = 0;      // as the program left it; 127: it could not be started; 128 + n: signal n
  std::string output;  // standard output and error, as they came
};

/// Runs `arguments` (the program first, looked for along PATH) in `folder`, without a shell.
[[nodiscard]] Finished run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder);

/// Whether a program of this name is found along PATH.
[[nodiscard]] bool has_program(const std::string& name);

}  // namespace ohmic

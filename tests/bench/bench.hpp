// SPDX-License-Identifier: Apache-2.0
// What a program of this folder defines; main.cpp prints it as one JSON object, name → number.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace ohmic::bench {

using Numbers = std::vector<std::pair<std::string, double>>;

/// Measures; `arguments` are those of the command line.
[[nodiscard]] Numbers measure(const std::vector<std::string>& arguments);

}  // namespace ohmic::bench

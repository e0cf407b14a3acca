// SPDX-License-Identifier: Apache-2.0
// Text around a chip: a test bench that checks itself, a file list, a synthesis script, the weights as a C header.
#pragma once

#include <string>
#include <vector>

#include "emit/rtl_chip.hpp"

namespace ohmic::emit {

/// Tokens of a stream of all images, in order.
using GoldenTokens = std::vector<sim::pin::Bits>;

/// File of a stream's tokens, relative to the folder of the chip.
[[nodiscard]] std::string golden_file(const mapping::Hardware& hardware, int stream);

/// Runs the chip on its images from the folder of the chip, compares every token that arrives in any buffer with its
/// golden file, and the results in the global buffer; prints PASS or what was wrong. Times out after `cycles`.
[[nodiscard]] std::string testbench_text(const RtlInput& input, std::int64_t cycles);

/// Modules of the library that `top` needs, directly or not, by name.
[[nodiscard]] std::vector<std::string> needed_modules(const std::string& top);

/// For yosys: models of cells and converters, and memories that are read from files, stay black boxes.
[[nodiscard]] std::string synthesis_text(const RtlInput& input, const std::vector<std::string>& modules);

}  // namespace ohmic::emit

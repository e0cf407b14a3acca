// SPDX-License-Identifier: Apache-2.0
// Strict reader of weight images. It shares no code with their writer, so that one can be checked by the other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ohmic::emit {

/// Cell codes of one image; of a stream the weights of its words.
struct ReadImage {
  int columns = 0;
  std::vector<std::uint16_t> codes;  // [row][column]

  [[nodiscard]] int code(int row, int column) const {
    return codes[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column)];
  }
};

/// Exactly `rows` lines of lowercase hex, each as wide as a word, bits above the last column zero, a line feed after
/// each. CheckFailed "file:line: …" otherwise.
[[nodiscard]] ReadImage read_image(const std::string& file, const std::string& text, int rows, int columns,
                                   int cell_bits);

}  // namespace ohmic::emit

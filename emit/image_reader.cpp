// SPDX-License-Identifier: Apache-2.0
#include "emit/image_reader.hpp"

#include <fmt/format.h>

#include <string_view>

#include "base/error.hpp"
#include "base/units.hpp"

namespace ohmic::emit {

namespace {

constexpr int kBitsPerDigit = 4;

/// A word as text, most significant digit first.
class HexWord {
 public:
  explicit HexWord(std::string_view digits) : digits_(digits) {}

  [[nodiscard]] bool bit(int position) const {
    const auto from_end = static_cast<std::size_t>(position / kBitsPerDigit);
    const char digit = digits_[digits_.size() - 1 - from_end];
    const int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
    return ((value >> (position % kBitsPerDigit)) & 1) != 0;
  }
  [[nodiscard]] int field(int first, int width) const {
    int value = 0;
    for (int i = 0; i < width; ++i) value += bit(first + i) ? 1 << i : 0;
    return value;
  }
  [[nodiscard]] int bits() const { return static_cast<int>(digits_.size()) * kBitsPerDigit; }

 private:
  std::string_view digits_;
};

[[noreturn]] void fail(const std::string& file, int line, const std::string& what) {
  throw CheckFailed(fmt::format("{}:{}: {}", file, line, what));
}

void require_hex(const std::string& file, int line, std::string_view word) {
  const std::size_t wrong = word.find_first_not_of("0123456789abcdef");
  if (wrong == std::string_view::npos) return;
  const auto byte = static_cast<unsigned char>(word[wrong]);
  fail(file, line, fmt::format("expected lowercase hex digits, got byte 0x{:02x} at column {}", byte, wrong + 1));
}

}  // namespace

ReadImage read_image(const std::string& file, const std::string& text, int rows, int columns, int cell_bits) {
  const int used_bits = columns * cell_bits;
  const auto width = static_cast<std::size_t>(ceil_div(used_bits, kBitsPerDigit));
  ReadImage image;
  image.columns = columns;
  image.codes.reserve(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns));
  std::string_view rest = text;
  for (int line = 1; line <= rows; ++line) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) fail(file, line, fmt::format("expected {} words, got {}", rows, line - 1));
    const std::string_view digits = rest.substr(0, end);
    require_hex(file, line, digits);
    if (digits.size() != width) fail(file, line, fmt::format("expected {} digits, got {}", width, digits.size()));
    const HexWord word(digits);
    for (int column = 0; column < columns; ++column) {
      image.codes.push_back(static_cast<std::uint16_t>(word.field(column * cell_bits, cell_bits)));
    }
    for (int bit = used_bits; bit < word.bits(); ++bit) {
      if (word.bit(bit)) fail(file, line, fmt::format("expected zero above bit {}, got bit {}", used_bits - 1, bit));
    }
    rest.remove_prefix(end + 1);
  }
  if (!rest.empty()) fail(file, rows + 1, fmt::format("expected the end after {} words, got more", rows));
  return image;
}

}  // namespace ohmic::emit

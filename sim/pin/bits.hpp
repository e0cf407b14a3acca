// SPDX-License-Identifier: Apache-2.0
// What is on a bundle of wires: a fixed number of bits, bit 0 first, as the pins of RTL have them.
#pragma once

#include <array>
#include <cstdint>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace sc_core {
class sc_trace_file;
}

namespace ohmic::sim::pin {

/// Up to 256 bits lie in the object itself. Bits beyond the width are 0.
class Bits {
 public:
  Bits() = default;
  explicit Bits(int width) : width_(width) {
    if (words() > kInline) more_.resize(static_cast<std::size_t>(words()));
  }

  [[nodiscard]] int width() const { return width_; }

  /// Bits [first, first + count), count ≤ 64, as an unsigned number.
  [[nodiscard]] std::uint64_t get(int first, int count) const {
    if (count == 0) return 0;
    const std::uint64_t* w = data();
    const int word = first / 64, shift = first % 64;
    std::uint64_t value = w[word] >> shift;
    if (shift + count > 64) value |= w[word + 1] << (64 - shift);
    return count == 64 ? value : value & ((std::uint64_t{1} << count) - 1);
  }
  /// The same in two's complement.
  [[nodiscard]] std::int64_t get_signed(int first, int count) const {
    const std::uint64_t value = get(first, count);
    if (count == 64 || (value >> (count - 1) & 1) == 0) return static_cast<std::int64_t>(value);
    return static_cast<std::int64_t>(value | ~((std::uint64_t{1} << count) - 1));
  }
  /// The low `count` ≤ 64 bits of `value` to [first, first + count).
  void set(int first, int count, std::uint64_t value) {
    if (count == 0) return;
    std::uint64_t* w = data();
    const std::uint64_t mask = count == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << count) - 1;
    value &= mask;
    const int word = first / 64, shift = first % 64;
    w[word] = (w[word] & ~(mask << shift)) | value << shift;
    if (shift + count > 64) {
      const int rest = 64 - shift;
      w[word + 1] = (w[word + 1] & ~(mask >> rest)) | value >> rest;
    }
  }
  /// `count` bits from `from`, of any number, to [first, first + count).
  void copy(int first, const Bits& from, int from_first, int count) {
    for (int done = 0; done < count; done += 64) {
      const int part = count - done < 64 ? count - done : 64;
      set(first + done, part, from.get(from_first + done, part));
    }
  }

  bool operator==(const Bits& other) const {
    if (width_ != other.width_) return false;
    const std::uint64_t* a = data();
    const std::uint64_t* b = other.data();
    for (int i = 0; i < words(); ++i) {
      if (a[i] != b[i]) return false;
    }
    return true;
  }

  /// Hexadecimal, lowercase, the highest digit first, ceil(width / 4) digits.
  [[nodiscard]] std::string hex() const {
    std::string text;
    for (int digit = (width_ + 3) / 4; digit-- > 0;) {
      text += "0123456789abcdef"[get(digit * 4, width_ - digit * 4 < 4 ? width_ - digit * 4 : 4)];
    }
    return text;
  }

 private:
  static constexpr int kInline = 4;
  [[nodiscard]] int words() const { return (width_ + 63) / 64; }
  [[nodiscard]] const std::uint64_t* data() const { return words() > kInline ? more_.data() : few_.data(); }
  [[nodiscard]] std::uint64_t* data() { return words() > kInline ? more_.data() : few_.data(); }

  int width_ = 0;
  std::array<std::uint64_t, kInline> few_{};
  std::vector<std::uint64_t> more_;
};

inline std::ostream& operator<<(std::ostream& out, const Bits& bits) {
  return out << bits.hex();
}

/// SystemC asks for one of every type on a signal; bundles of wires are not traced.
inline void sc_trace(sc_core::sc_trace_file* /*file*/, const Bits& /*bits*/, const std::string& /*name*/) {}

}  // namespace ohmic::sim::pin

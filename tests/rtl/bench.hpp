// SPDX-License-Identifier: Apache-2.0
// What the benches of the RTL share: bits of verilated ports, random numbers, the report of a difference.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <vector>

namespace ohmic::rtl {

/// Bit vectors as Verilator has them: a word up to 64 bits, an array of 32-bit words beyond.
template <class Port>
std::uint32_t get_word(const Port& port, int word) {
  if constexpr (std::is_integral_v<Port>) {
    return static_cast<std::uint32_t>(static_cast<std::uint64_t>(port) >> (32 * word));
  } else {
    return port[static_cast<std::size_t>(word)];
  }
}
template <class Port>
void set_word(Port& port, int word, std::uint32_t value) {
  if constexpr (std::is_integral_v<Port>) {
    const std::uint64_t mask = std::uint64_t{0xFFFFFFFF} << (32 * word);
    port = static_cast<Port>((static_cast<std::uint64_t>(port) & ~mask) | std::uint64_t{value} << (32 * word));
  } else {
    port[static_cast<std::size_t>(word)] = value;
  }
}
template <class Port>
bool get_bit(const Port& port, int bit) {
  return (get_word(port, bit / 32) >> (bit % 32) & 1) != 0;
}
template <class Port>
void set_bit(Port& port, int bit, bool value) {
  const std::uint32_t mask = std::uint32_t{1} << (bit % 32);
  set_word(port, bit / 32, (get_word(port, bit / 32) & ~mask) | (value ? mask : 0));
}
/// `count` ≤ 32 bits from `first`.
template <class Port>
std::uint32_t get_bits(const Port& port, int first, int count) {
  std::uint32_t value = 0;
  for (int i = 0; i < count; ++i) value |= std::uint32_t{get_bit(port, first + i)} << i;
  return value;
}

/// Hexadecimal, highest digit first, to bits [first, first + count).
template <class Port>
void set_hex(Port& port, int first, int count, const std::string& hex) {
  for (int i = 0; i < count; ++i) {
    const int at = static_cast<int>(hex.size()) - 1 - i / 4;
    const char digit = at < 0 ? '0' : hex[static_cast<std::size_t>(at)];
    const int value = digit <= '9' ? digit - '0' : digit - 'a' + 10;
    set_bit(port, first + i, (value >> (i % 4) & 1) != 0);
  }
}
template <class Port>
std::string get_hex(const Port& port, int first, int count) {
  std::string hex;
  for (int digit = (count + 3) / 4; digit-- > 0;) {
    const int bits = count - digit * 4 < 4 ? count - digit * 4 : 4;
    hex += "0123456789abcdef"[get_bits(port, first + digit * 4, bits)];
  }
  return hex;
}

/// A fraction of cycles, and bursts: what a stall pattern does.
class Stalls {
 public:
  explicit Stalls(std::mt19937& random) : random_(random) {
    percent_ = std::vector<unsigned>{0, 10, 50, 90, 100}[random() % 5];
  }
  bool high() { return random_() % 100 >= percent_ || percent_ == 0; }
  /// Never for good: 100 % becomes 95 %.
  bool ready() { return random_() % 100 >= (percent_ == 100 ? 95 : percent_); }

 private:
  std::mt19937& random_;
  unsigned percent_ = 0;
};

[[noreturn]] inline void fail(const std::string& what, unsigned seed, long cycle, const std::string& expected,
                              const std::string& got) {
  std::fprintf(stderr, "seed %u, cycle %ld, %s: expected %s, got %s\n", seed, cycle, what.c_str(), expected.c_str(),
               got.c_str());
  std::exit(1);
}
inline void expect(const std::string& what, unsigned seed, long cycle, long expected, long got) {
  if (expected != got) fail(what, seed, cycle, std::to_string(expected), std::to_string(got));
}

}  // namespace ohmic::rtl

// SPDX-License-Identifier: Apache-2.0
// Random designs for laws: draws from Philox, so that a seed printed by a failing test repeats it anywhere.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "base/draws.hpp"

namespace ohmic::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : key_(stream_key({.seed = seed, .purpose = Purpose::test})) {}

  std::uint32_t bits() { return philox({count_++, 0, 0, 0}, key_)[0]; }
  /// Uniform in [low, high], both included.
  int between(int low, int high) {
    return low + static_cast<int>(bits() % (static_cast<std::uint32_t>(high - low) + 1));
  }
  bool flip() { return (bits() & 1U) != 0; }
  template <class T>
  T pick(std::initializer_list<T> choices) {
    return choices.begin()[between(0, static_cast<int>(choices.size()) - 1)];
  }

 private:
  PhiloxKey key_;
  std::uint32_t count_ = 0;
};

}  // namespace ohmic::test

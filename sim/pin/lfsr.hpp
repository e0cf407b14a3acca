// SPDX-License-Identifier: Apache-2.0
// The register that draws slopes of randomized leaky ReLU: x^8 + x^6 + x^5 + x^4 + 1 (docs/hardware.md, "Leaky ReLU").
#pragma once

#include <cstdint>

namespace ohmic::sim::pin {

class Lfsr {
 public:
  explicit Lfsr(int seed) : state_(static_cast<std::uint8_t>(seed)) {}

  /// 8/64 … 20/64 of the state that is there now, Q2.6.
  [[nodiscard]] int alpha() const { return 8 + ((state_ & 15) * 13 >> 4); }
  /// At the end of a cycle in which a beat enters the activation unit.
  void step() {
    const int bit = (state_ >> 7 ^ state_ >> 5 ^ state_ >> 4 ^ state_ >> 3) & 1;
    state_ = static_cast<std::uint8_t>(state_ << 1 | bit);
  }

 private:
  std::uint8_t state_;
};

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/timed_core.hpp"

#include <algorithm>

namespace ohmic::sim::pin {

namespace {

constexpr int kWordBits = 64;

/// A bijection of 64-bit words whose every input bit changes half of the output bits (the finalizer of SplitMix64).
std::uint64_t mix(std::uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

}  // namespace

Bits digest(std::span<const Bits> operands, int width) {
  std::uint64_t state = 0x9E3779B97F4A7C15;
  for (const Bits& operand : operands) {
    state = mix(state + static_cast<std::uint64_t>(operand.width()));
    for (int at = 0; at < operand.width(); at += kWordBits) {
      state = mix(state ^ operand.get(at, std::min(kWordBits, operand.width() - at)));
    }
  }
  Bits result(width);
  for (int at = 0; at < width; at += kWordBits) {
    state = mix(state + 1);
    result.set(at, std::min(kWordBits, width - at), state);
  }
  return result;
}

Bits all_ones(int width) {
  Bits bits(width);
  for (int at = 0; at < width; at += kWordBits) bits.set(at, std::min(kWordBits, width - at), ~std::uint64_t{0});
  return bits;
}

void TimedCore::start() {
  left_ = times_.interval;
  operands_.clear();
  for (const auto& operand : in_data_i) operands_.push_back(operand.read());
  slots_.put(digest(operands_, result_bits_), times_.latency - 1);
}

}  // namespace ohmic::sim::pin

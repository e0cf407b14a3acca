// SPDX-License-Identifier: Apache-2.0
// Arithmetic of the digital units: rounded quotients, requantization, saturation. What it gives is defined in
// workloads/quantized_graph.hpp (Requant).
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>

#include "workloads/quantized_graph.hpp"

namespace ohmic::sim::pin {

__extension__ using Wide = __int128;

/// value / 2^shift rounded; a negative shift multiplies. Saturates at the ends of int64.
[[nodiscard]] std::int64_t shift_right(Wide value, int shift, workloads::Rounding rounding);

/// The low `bits` of `value` in two's complement.
[[nodiscard]] inline std::int64_t wrapped(std::int64_t value, int bits) {
  const int unused = 64 - bits;
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) << unused) >> unused;
}

/// The multiplier and shifter behind an accumulator.
class Requantizer {
 public:
  Requantizer() = default;
  explicit Requantizer(workloads::Requant factors) : factors_(std::move(factors)) {}

  /// The rounded quotient of one channel, before zero point and saturation.
  [[nodiscard]] std::int64_t quotient(std::int64_t accumulator, int channel) const;
  /// The same of a sum of two integers, each with its own factor.
  [[nodiscard]] std::int64_t quotient_of_sum(std::int64_t a, std::int64_t b) const;

 private:
  workloads::Requant factors_;
};

/// What an accumulator of `bits` holds of a sum. Where the network says that an overflow is an error there is none.
class Accumulator {
 public:
  explicit Accumulator(const workloads::AccumulatorSpec& spec)
      : bits_(spec.bits), saturates_(spec.overflow == workloads::Overflow::saturate) {}

  [[nodiscard]] std::int64_t hold(std::int64_t sum) const {
    const std::int64_t limit = std::int64_t{1} << (bits_ - 1);
    return saturates_ ? std::clamp(sum, -limit, limit - 1) : wrapped(sum, bits_);
  }

 private:
  int bits_;
  bool saturates_;
};

/// Zero point and saturation of an output integer.
class OutputRange {
 public:
  explicit OutputRange(const workloads::QuantParams& params)
      : zero_point_(params.zero_point), low_(params.q_min()), high_(params.q_max()) {}

  [[nodiscard]] int low() const { return low_; }
  [[nodiscard]] int zero_point() const { return zero_point_; }
  [[nodiscard]] int saturate(std::int64_t quotient) const;

 private:
  int zero_point_;
  int low_;
  int high_;
};

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
// The one source of random numbers: Philox4x32-10 (Salmon et al., SC 2011, doi 10.1145/2063384.2063405), used as a
// function of coordinates. A draw depends on (seed, purpose, trial, write, epoch) and on where in the network it
// belongs, never on the order of evaluation, on threads, kernels or placement: sweeps are paired.
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace ohmic {

using PhiloxCounter = std::array<std::uint32_t, 4>;
using PhiloxKey = std::array<std::uint32_t, 2>;

/// Ten rounds of Philox4x32.
[[nodiscard]] constexpr PhiloxCounter philox(PhiloxCounter c, PhiloxKey k) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53} * c[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(product1 >> 32) ^ c[1] ^ k[0], static_cast<std::uint32_t>(product1),
         static_cast<std::uint32_t>(product0 >> 32) ^ c[3] ^ k[1], static_cast<std::uint32_t>(product0)};
    k[0] += 0x9E3779B9;
    k[1] += 0xBB67AE85;
  }
  return c;
}

/// What a draw is for. The numbers are part of every result: append, never renumber.
enum class Purpose : std::uint32_t {
  programming_error = 1,
  read_noise = 2,
  test = 3,
  stall = 4,
  // memory cells: 10 … 29
  drift_exponent = 10,
  slow_noise = 11,
  stuck_cell = 12,
  capacitor_mismatch = 13,
  column_variation = 14,
  spatial_field = 15,
  // circuits: 30 … 49
  adc_error = 30,
  dac_error = 31,
  calibration_noise = 32,
  test_vector = 33
};

/// Lifetime and owner of a stream of draws.
struct DrawScope {
  std::uint64_t seed = 0;
  Purpose purpose = Purpose::test;
  std::uint32_t trial = 0;  // one trial = one chip
  std::uint32_t write = 0;  // again at each rewrite
  std::uint32_t epoch = 0;  // evaluation time
  std::uint32_t layer = 0;
};

/// Key of the stream that belongs to a scope: counters under it are free for coordinates within the layer.
[[nodiscard]] constexpr PhiloxKey stream_key(const DrawScope& scope) {
  const PhiloxKey seed{static_cast<std::uint32_t>(scope.seed), static_cast<std::uint32_t>(scope.seed >> 32)};
  const PhiloxCounter first =
      philox({static_cast<std::uint32_t>(scope.purpose), scope.trial, scope.write, scope.epoch}, seed);
  const PhiloxCounter second = philox({scope.layer, first[2], first[3], 0}, {first[0], first[1]});
  return {second[0], second[1]};
}

namespace detail {
/// Standard normal quantiles at the edges of 32 octaves of 64 segments, 2^-16 units (scripts/make_gaussian_table.py).
extern const std::array<std::array<std::int32_t, 65>, 32> kGaussianEdges;
}  // namespace detail

constexpr int kGaussianFractionBits = 16;

/// Standard normal deviate in units of 2^-16 from 32 uniform bits: the inverse distribution function in integer
/// arithmetic, piecewise linear in the tail probability (bit 0 is the sign, the rest the tail). |z| <= 6.34.
[[nodiscard]] inline std::int32_t gaussian(std::uint32_t bits) {
  const std::uint32_t tail = bits | 1U;  // tail probability = tail / 2^33
  const int octave = std::countl_zero(tail);
  const std::uint32_t normal = tail << octave;
  const std::uint32_t segment = (normal >> 25) & 63U;
  const std::int64_t fraction = normal & ((1U << 25) - 1);
  const auto& edges = detail::kGaussianEdges[static_cast<std::size_t>(octave)];
  const std::int32_t from = edges[segment];
  const std::int32_t to = edges[segment + 1];
  const auto z = static_cast<std::int32_t>(from + (((to - from) * fraction) >> 25));
  return (bits & 1U) != 0 ? -z : z;
}

}  // namespace ohmic

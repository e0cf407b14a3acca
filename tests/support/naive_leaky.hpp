// SPDX-License-Identifier: Apache-2.0
// Leaky ReLU in integers from its words: a register of eight single bits, slopes as fractions, rounding by division.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "workloads/quantized_graph.hpp"

namespace ohmic::test {

/// Stages 1 to 8 of the register, the polynomial's exponents being stage numbers; stage 1 is bit 0.
class NaiveLfsr {
 public:
  explicit NaiveLfsr(int seed) {
    for (std::size_t i = 0; i < 8; ++i) stages_[i] = ((seed >> i) & 1) != 0;
  }
  void update() {
    const bool fed_back = (stage(8) != stage(6)) != (stage(5) != stage(4));
    for (std::size_t i = 7; i > 0; --i) stages_[i] = stages_[i - 1];
    stages_[0] = fed_back;
  }
  [[nodiscard]] int value(std::size_t bits) const {
    int sum = 0;
    for (std::size_t i = 0; i < bits; ++i) sum += stages_[i] ? 1 << i : 0;
    return sum;
  }

 private:
  [[nodiscard]] bool stage(std::size_t number) const { return stages_[number - 1]; }
  std::array<bool, 8> stages_{};
};

inline std::int64_t naive_leaky_quotient(std::int64_t q, int alpha, workloads::LeakyRounding rounding) {
  if (q >= 0) return q;
  const double exact = static_cast<double>(q) * alpha / 64.0;
  const double half = rounding == workloads::LeakyRounding::half_up ? 0.5 : 0.0;
  return static_cast<std::int64_t>(std::floor(exact + half));
}

/// `pixel` of the whole run; the register runs from its seed to the beat.
inline std::int64_t naive_leaky(const workloads::Leaky& leaky, std::int64_t q, std::int64_t pixel, int channel,
                                int channels) {
  int alpha = leaky.alpha;
  if (leaky.randomized) {
    const int lanes = leaky.randomized->lanes;
    std::int64_t beats_of_pixel = 0;
    for (int c = 0; c < channels; c += lanes) ++beats_of_pixel;
    NaiveLfsr lfsr(leaky.randomized->seed);
    for (std::int64_t beat = 0; beat < pixel * beats_of_pixel + channel / lanes; ++beat) lfsr.update();
    alpha = 8 + static_cast<int>(std::floor(lfsr.value(4) * 13 / 16.0));
  }
  return naive_leaky_quotient(q, alpha, leaky.rounding);
}

}  // namespace ohmic::test

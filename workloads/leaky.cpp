// SPDX-License-Identifier: Apache-2.0
#include "workloads/leaky.hpp"

#include <algorithm>
#include <array>

namespace ohmic::workloads {

namespace {

/// All states in the order in which they follow 1, and where each stands among them.
struct LfsrTable {
  std::array<std::uint8_t, kLfsrPeriod> states{};
  std::array<std::uint8_t, kLfsrPeriod + 1> position{};
};

constexpr LfsrTable make_table() {
  LfsrTable table;
  int state = 1;
  for (std::size_t i = 0; i < table.states.size(); ++i) {
    table.states[i] = static_cast<std::uint8_t>(state);
    table.position[static_cast<std::size_t>(state)] = static_cast<std::uint8_t>(i);
    state = next_lfsr_state(state);
  }
  return table;
}

constexpr LfsrTable kTable = make_table();

}  // namespace

int lfsr_state(int seed, std::int64_t steps) {
  const std::int64_t begin = kTable.position[static_cast<std::size_t>(seed)];
  return kTable.states[static_cast<std::size_t>((begin + steps % kLfsrPeriod) % kLfsrPeriod)];
}

std::int64_t apply_leaky(std::int64_t quotient, int alpha, LeakyRounding rounding) {
  if (quotient >= 0) return quotient;
  // Beyond this bound every slope but 0 gives less than any output of 16 bits can stand for.
  constexpr std::int64_t kBound = std::int64_t{1} << 40;
  const std::int64_t product = std::max(quotient, -kBound) * alpha;
  const std::int64_t half = rounding == LeakyRounding::half_up ? 1 << (kAlphaFractionBits - 1) : 0;
  return (product + half) >> kAlphaFractionBits;
}

LeakyUnit::LeakyUnit(const Leaky& leaky, int channels) : leaky_(leaky) {
  if (leaky.randomized) beats_of_pixel_ = ceil_div(channels, leaky.randomized->lanes);
}

int LeakyUnit::alpha(std::int64_t pixel, int channel) const {
  if (!leaky_.randomized) return leaky_.alpha;
  const std::int64_t beat = pixel * beats_of_pixel_ + channel / leaky_.randomized->lanes;
  return random_alpha(lfsr_state(leaky_.randomized->seed, beat));
}

}  // namespace ohmic::workloads

// SPDX-License-Identifier: Apache-2.0
// Pending events by cycle: a ring of buckets for the near future, a heap for what lies beyond it.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <queue>
#include <stdexcept>
#include <utility>
#include <vector>

#include "base/units.hpp"

namespace ohmic::sim {

/// Events are opaque 32-bit codes. Those of one cycle come out together; their order within it means nothing.
class Calendar {
 public:
  static constexpr Cycle kNone = -1;

  Calendar() : buckets_(kRing) {}

  /// Adds an event to a cycle that lies after the one last taken.
  void schedule(Cycle cycle, std::uint32_t code) {
    if (cycle <= now_) throw std::logic_error("an event in a cycle that is over");
    if (cycle - now_ < kRing) {
      insert(cycle, code);
    } else {
      far_.emplace(cycle, code);
    }
  }

  /// The next cycle that has events, kNone when there is none.
  [[nodiscard]] Cycle next() const {
    if (near_count_ == 0) return far_.empty() ? kNone : far_.top().first;
    const auto from = static_cast<std::size_t>(now_ + 1) & (kRing - 1);
    std::uint64_t word = occupied_[from / 64] & (~std::uint64_t{0} << (from % 64));
    for (std::size_t i = from / 64, steps = 0; steps <= occupied_.size(); ++steps) {
      if (word != 0) {
        const std::size_t slot = i * 64 + static_cast<std::size_t>(std::countr_zero(word));
        return now_ + 1 + static_cast<Cycle>((slot - from) & (kRing - 1));
      }
      i = (i + 1) % occupied_.size();
      word = occupied_[i];
    }
    throw std::logic_error("the calendar has lost an event");
  }

  /// Moves to cycle next() and hands its events over in `events` (what that held is dropped).
  void take(Cycle cycle, std::vector<std::uint32_t>& events) {
    now_ = cycle;
    while (!far_.empty() && far_.top().first - now_ < kRing) {
      insert(far_.top().first, far_.top().second);
      far_.pop();
    }
    const auto slot = static_cast<std::size_t>(cycle) & (kRing - 1);
    events.clear();
    events.swap(buckets_[slot]);
    occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    near_count_ -= events.size();
  }

 private:
  static constexpr Cycle kRing = 1024;  // covers the usual latencies, and its buckets stay in the cache
  using Far = std::pair<Cycle, std::uint32_t>;

  void insert(Cycle cycle, std::uint32_t code) {
    const auto slot = static_cast<std::size_t>(cycle) & (kRing - 1);
    buckets_[slot].push_back(code);
    occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
    ++near_count_;
  }

  std::vector<std::vector<std::uint32_t>> buckets_;
  std::array<std::uint64_t, kRing / 64> occupied_{};
  std::size_t near_count_ = 0;
  std::priority_queue<Far, std::vector<Far>, std::greater<>> far_;
  Cycle now_ = -1;
};

}  // namespace ohmic::sim

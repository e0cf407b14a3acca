// SPDX-License-Identifier: Apache-2.0
// The output slots of a core: a slot is taken when a firing starts, filled when its result has come through the last
// registers, and given back when the result has passed. Results leave in order.
#pragma once

#include <utility>
#include <vector>

#include "base/units.hpp"
#include "sim/pin/bits.hpp"

namespace ohmic::sim::pin {

class ResultSlots {
 public:
  explicit ResultSlots(int slots) : entries_(static_cast<std::size_t>(slots)) {}

  /// A clock edge: what is in the registers moves on. Before anything else at that edge.
  void tick() {
    ++now_;
    while (there_ < filled_ && entry(there_).due <= now_) ++there_;
  }

  [[nodiscard]] bool has_free() const { return held_ < static_cast<int>(entries_.size()); }
  void take() { ++held_; }
  /// The result of the oldest firing that has none: it is there after `registers` more edges. All of a core pass the
  /// same registers.
  void put(Bits result, Cycle registers) {
    entry(filled_) = {std::move(result), now_ + registers};
    ++filled_;
    if (registers == 0) there_ = filled_;
  }

  /// Results that are there.
  [[nodiscard]] int count() const { return there_; }
  [[nodiscard]] const Bits& oldest() const { return entries_[first_].result; }
  void pop() {
    first_ = first_ + 1 == entries_.size() ? 0 : first_ + 1;
    --held_;
    --filled_;
    --there_;
  }

 private:
  struct Entry {
    Bits result;
    Cycle due = 0;
  };
  /// The i-th oldest.
  [[nodiscard]] Entry& entry(int i) {
    const std::size_t place = first_ + static_cast<std::size_t>(i);
    return entries_[place < entries_.size() ? place : place - entries_.size()];
  }

  std::vector<Entry> entries_;
  std::size_t first_ = 0;
  int held_ = 0;    // firings that have started and not left
  int filled_ = 0;  // of these, whose result is in the last registers or there
  int there_ = 0;   // of these, whose result is there
  Cycle now_ = 0;
};

}  // namespace ohmic::sim::pin

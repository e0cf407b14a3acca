// SPDX-License-Identifier: Apache-2.0
// The buffer of one input port and virtual channel of a router, with the credits that its sender holds.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "sim/token/mesh_tree.hpp"
#include "sim/token/snapshot.hpp"

namespace ohmic::sim {

struct Flit {
  Cycle usable = 0;  // first cycle in which the router sees it
  std::int32_t flow = 0;
  std::int32_t node = 0;  // of the flow's tree, this router
  bool ends_packet = false;
  bool ends_token = false;
};

/// A ring of flits. The first packet is taken branch by branch: each output has its own place in it, a flit leaves
/// when every output has it.
class MeshBuffer {
 public:
  explicit MeshBuffer(int capacity)
      : flits_(static_cast<std::size_t>(capacity)), credit_(static_cast<std::size_t>(capacity), 0) {}

  /// The sender's side: may it send a flit in this cycle?
  [[nodiscard]] bool has_credit(Cycle now) const {
    return pushed_ < popped_ + static_cast<std::int64_t>(flits_.size()) && credit_[slot(pushed_)] <= now;
  }
  void push(const Flit& flit) { flits_[slot(pushed_++)] = flit; }

  /// The first flit when the router sees one, else nullptr.
  [[nodiscard]] const Flit* front(Cycle now) const {
    return popped_ < pushed_ && flits_[slot(popped_)].usable <= now ? &flits_[slot(popped_)] : nullptr;
  }
  /// The flit that an output takes next, nullptr when it is not there yet or the output has the whole packet.
  [[nodiscard]] const Flit* next_for(int output, Cycle now) const {
    const auto o = static_cast<std::size_t>(output);
    const std::int64_t index = popped_ + taken_[o] - packet_popped_;
    if ((done_ & 1U << output) != 0 || index >= pushed_ || flits_[slot(index)].usable > now) return nullptr;
    return &flits_[slot(index)];
  }
  [[nodiscard]] bool in_packet(int output) const { return taken_[static_cast<std::size_t>(output)] > 0; }
  void take(int output, bool ends_packet) {
    ++taken_[static_cast<std::size_t>(output)];
    if (ends_packet) done_ |= 1U << output;
  }

  /// Frees what all `outputs` of the first packet have taken; the sender may use the room from `credit` on. Returns
  /// whether anything was freed.
  bool pop(unsigned outputs, Cycle credit) {
    int common = taken_[static_cast<std::size_t>(std::countr_zero(outputs))];
    for (unsigned rest = outputs; rest != 0; rest &= rest - 1) {
      common = std::min(common, taken_[static_cast<std::size_t>(std::countr_zero(rest))]);
    }
    const bool freed = packet_popped_ < common;
    for (; packet_popped_ < common; ++packet_popped_) credit_[slot(popped_++)] = credit;
    if (done_ == outputs) {
      taken_.fill(0);
      done_ = 0;
      packet_popped_ = 0;
    }
    return freed;
  }

  void write_state(Snapshot& snapshot) const {
    snapshot.number(pushed_ - popped_);
    snapshot.number(packet_popped_);
    snapshot.number(done_);
    for (const int taken : taken_) snapshot.number(taken);
    for (std::int64_t i = popped_; i < pushed_; ++i) {
      const Flit& flit = flits_[slot(i)];
      snapshot.time(flit.usable);
      snapshot.number(flit.flow);
      snapshot.number(flit.node);
      snapshot.number((flit.ends_packet ? 1 : 0) + (flit.ends_token ? 2 : 0));
    }
    const auto capacity = static_cast<std::int64_t>(flits_.size());
    for (std::int64_t i = pushed_; i < popped_ + capacity; ++i) snapshot.time(credit_[slot(i)]);
  }

 private:
  [[nodiscard]] std::size_t slot(std::int64_t n) const { return static_cast<std::size_t>(n) % flits_.size(); }

  std::vector<Flit> flits_;
  std::vector<Cycle> credit_;             // per slot: from when on the sender may use it
  std::int64_t pushed_ = 0, popped_ = 0;  // flits of all time
  int packet_popped_ = 0;                 // of the first packet
  std::array<int, kMeshPorts> taken_{};   // of the first packet, per output
  unsigned done_ = 0;                     // outputs that have all of it
};

}  // namespace ohmic::sim

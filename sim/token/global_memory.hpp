// SPDX-License-Identifier: Apache-2.0
// The global buffer as the engine sees it: one access at a time, each answered with the cycles that it takes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "models/architecture.hpp"

namespace ohmic::sim {

/// One token read from or written to the global buffer.
struct MemoryAccess {
  bool write = false;
  std::uint64_t address = 0;  // bytes
  std::int64_t bytes = 0;
};

class GlobalMemory {
 public:
  virtual ~GlobalMemory() = default;

  /// Cycles from `now` until the access is complete: its last beat passes in cycle now + result − 1. Calls come in
  /// the order of their cycles; an access waits for those before it.
  virtual Cycle access(Cycle now, const MemoryAccess& access) = 0;

  /// First cycle in which the memory is free again (state, for the proof of a period).
  [[nodiscard]] virtual Cycle free_at() const = 0;
};

/// Cycles of one access to a memory that is free: latency_cycles, then a beat per width_bits.
[[nodiscard]] inline Cycle access_cycles(const models::GlobalBufferSpec& spec, std::int64_t bytes) {
  return spec.latency_cycles + ceil_div(bytes * 8, spec.width_bits);
}

/// The same timing as the TLM-2.0 target, without bytes and without SystemC.
class PlainMemory : public GlobalMemory {
 public:
  explicit PlainMemory(const models::GlobalBufferSpec& spec) : spec_(spec) {}

  Cycle access(Cycle now, const MemoryAccess& access) override {
    free_at_ = std::max(now, free_at_) + access_cycles(spec_, access.bytes);
    return free_at_ - now;
  }
  [[nodiscard]] Cycle free_at() const override { return free_at_; }

 private:
  models::GlobalBufferSpec spec_;
  Cycle free_at_ = 0;
};

/// Where images and results lie: the places of all images one after another, then those of the results. There are
/// as many places as the memory holds, at most one per image; image i takes place i mod places.
struct MemoryLayout {
  std::int64_t image_bytes = 0;
  std::int64_t result_bytes = 0;
  std::int64_t places = 1;

  [[nodiscard]] std::int64_t image(std::int64_t i) const { return i % places * image_bytes; }
  [[nodiscard]] std::int64_t result(std::int64_t i) const { return places * image_bytes + i % places * result_bytes; }
};

}  // namespace ohmic::sim

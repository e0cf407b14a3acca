// SPDX-License-Identifier: Apache-2.0
// A tile of the pin level without a chip around it, so that it comes where its chip's traffic may never take it:
// results are held back until all slots are full while vectors come without a pause; vectors start in each of the
// cycles around the end of the one before; results pass in each cycle of a vector under way (of a long one: in those
// around the next result, and some between), first any, then where as many wait as can; then pauses and holds are
// random, but for a long pause with and without a result that waits. Vectors are of integers that the layer may get,
// the smallest, the largest, then random ones. The same traffic for the same stage in every run.
#pragma once

#include <memory>

#include "base/draws.hpp"
#include "mapping/hardware.hpp"
#include "models/architecture.hpp"
#include "sim/pin/core.hpp"
#include "sim/pin/signals.hpp"

namespace ohmic::sim::cosim {

class TileBench : public sc_core::sc_module {
 public:
  /// `in_bits`: of one vector.
  TileBench(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
            const models::ArchitectureSpec& architecture, int in_bits, sc_core::sc_clock& clock);

  [[nodiscard]] const pin::Core& core() const { return *core_; }
  /// Whether every result has passed, long enough ago for one too many to have come.
  [[nodiscard]] bool is_done() const { return quiet_ > longest_; }

 private:
  void on_clock();
  void offer_next();
  [[nodiscard]] bool takes_next(int waiting);
  [[nodiscard]] Cycle pause_before(int vector) const;  // counted from the start of the one before
  [[nodiscard]] Cycle hold_of(int result) const;
  [[nodiscard]] Cycle cycle_of(int turn) const;  // of a vector, in which a result leaves
  [[nodiscard]] bool is_turn_of_any(int turn) const;
  [[nodiscard]] bool is_turn_of_full(int turn, int waiting) const;
  [[nodiscard]] pin::Bits vector(int index) const;

  const PhiloxKey key_;
  const int in_bits_, slots_;
  const Cycle interval_, latency_, longest_;  // longest_: pause or hold at random
  // The first vectors of the parts after the first, and how many there are.
  const int starts_, passes_, full_passes_, random_, vectors_;
  int element_bits_ = 1;
  std::int64_t lowest_ = 0, highest_ = 0;  // integer of a vector

  std::unique_ptr<pin::Core> core_;
  pin::Signal<bool> in_valid_, in_ready_, out_valid_, out_ready_;
  pin::Signal<pin::Bits> in_data_, out_data_;
  pin::Signal<int> out_count_;

  int taken_ = 0, passed_ = 0;
  Cycle pause_ = 0;  // cycles before the next vector is offered
  Cycle held_ = 0;   // for which the oldest result has been held back
  Cycle age_ = 0;    // cycles since a vector started
  Cycle quiet_ = 0;  // after the last result
};

}  // namespace ohmic::sim::cosim

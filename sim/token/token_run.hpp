// SPDX-License-Identifier: Apache-2.0
// One simulation from the first image to the last: how many images there are to be, the period, the watchdog. Whoever
// hosts it asks for the next cycle and runs it.
#pragma once

#include <optional>

#include "sim/timing.hpp"
#include "sim/token/engine.hpp"

namespace ohmic::sim {

class TokenRun {
 public:
  TokenRun(const mapping::Program& program, const models::ArchitectureSpec& architecture, const SimulationSpec& spec,
           GlobalMemory& memory, const HopSink& hops, bool reversed = false);

  [[nodiscard]] Cycle next_cycle() const { return engine_.next_cycle(); }
  void run_cycle(Cycle cycle);

  /// After the last cycle; Deadlock when images are unfinished.
  [[nodiscard]] TimingResult finish();

 private:
  void image_ends();

  SimulationSpec spec_;
  Engine engine_;
  PeriodFinder finder_;
  std::optional<Period> period_;
  Cycle now_ = 0;
  int images_seen_ = 0;
};

}  // namespace ohmic::sim

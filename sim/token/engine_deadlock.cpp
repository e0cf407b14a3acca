// SPDX-License-Identifier: Apache-2.0
// Engine: the watchdog's message, who waits for whom when nothing is left that could happen.
#include <fmt/format.h>

#include "sim/token/engine.hpp"
#include "sim/wait_report.hpp"

namespace ohmic::sim {

std::string Engine::describe_deadlock(Cycle now) const {
  WaitReport report(program_,
                    fmt::format("deadlock in cycle {}: {} of {} images are done and no stage can go on",
                                now - architecture_.global_buffer.latency_cycles, images_done_, options_.image_limit));
  for (std::size_t i = 0; i < model_.stages.size(); ++i) {
    const StageState& s = model_.stages[i];
    const auto stage = static_cast<int>(i);
    if (s.blocked == kBlockedByImages && s.image < options_.image_limit) {
      report.image(stage, s.image - options_.images_in_flight, options_.images_in_flight);
    }
    for (int port = 0; s.blocked >= 0 && s.image < options_.image_limit && port < s.num_channels; ++port) {
      const Channel& c = model_.channels[static_cast<std::size_t>(s.first_channel + port)];
      const std::int64_t need = (*c.table)[static_cast<std::size_t>(s.firing)].need;
      const std::int64_t has = c.known - c.base;
      if (has < need) report.tokens(stage, c.stream, has, need);
    }
    if (s.output < 0) continue;
    const StreamState& out = model_.streams[static_cast<std::size_t>(s.output)];
    for (const int id : out.channels) {
      const Channel& c = model_.channels[static_cast<std::size_t>(id)];
      if (out.blocked < 0 || out.sent < c.freed + c.capacity) continue;
      report.room(stage, c.stage, id - model_.stages[static_cast<std::size_t>(c.stage)].first_channel, c.capacity);
    }
  }
  return report.text();
}

}  // namespace ohmic::sim

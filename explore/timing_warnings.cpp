// SPDX-License-Identifier: Apache-2.0
#include "explore/timing_warnings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ohmic::explore {

Warnings timing_warnings(const mapping::Program& program, const sim::TimingResult& timing, double interval_cycles) {
  Warnings warnings;
  if (timing.period_images == 0) {
    warnings.emplace_back(
        "no repeating period of results was found within simulation.max_images: "
        "interval_cycles is the mean between the simulated results");
  }
  constexpr double kNotable = 1.2;
  Cycle arrays = 0;
  for (const mapping::LayerMapping& l : program.layers) {
    if (!l.is_streamed()) arrays = std::max(arrays, ceil_div(l.pixels, l.replicas) * l.timing.interval);
  }
  const sim::ResourceLoad& most = timing.loads.front();
  if (interval_cycles > kNotable * static_cast<double>(most.cycles)) {
    warnings.push_back(
        fmt::format("nothing is busy all of the interval of {:g} cycles, most of it {} ({}): places in buffers and "
                    "output slots, or images in flight, hold it up",
                    interval_cycles, most.resource, most.cycles));
  } else if (arrays > 0 && interval_cycles > kNotable * static_cast<double>(arrays)) {
    warnings.push_back(fmt::format(
        "the interval of {:g} cycles is {:.1f} times what the arrays alone need ({}): more replicas will "
        "not help, {} sets it ({} cycles an image)",
        interval_cycles, interval_cycles / static_cast<double>(arrays), arrays, most.resource, most.cycles));
  }
  return warnings;
}

}  // namespace ohmic::explore

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
  bool has_replicas = false;
  for (const mapping::LayerMapping& l : program.layers) {
    if (l.is_streamed()) continue;
    arrays = std::max(arrays, ceil_div(l.pixels, l.replicas) * l.timing.interval);
    has_replicas = has_replicas || l.replicas > 1;
  }
  // Each copy of a layer takes a copy of its input from the fabric, and gives results that wait for one another.
  const std::string fewer = has_replicas ? fmt::format(
                                               "; fewer replicas may be faster and take less energy "
                                               "(mapping.replication.array_budget below the {} arrays in use)",
                                               program.arrays_used)
                                         : "";
  const sim::ResourceLoad& most = timing.loads.front();
  if (interval_cycles > kNotable * static_cast<double>(most.cycles)) {
    warnings.push_back(
        fmt::format("nothing is busy all of the interval of {:g} cycles, most of it {} ({}): places in buffers and "
                    "output slots, or images in flight, hold it up{}",
                    interval_cycles, most.resource, most.cycles, fewer));
  } else if (arrays > 0 && interval_cycles > kNotable * static_cast<double>(arrays)) {
    warnings.push_back(fmt::format(
        "the interval of {:g} cycles is {:.1f} times what the arrays alone need ({}): more replicas will "
        "not help, {} sets it ({} cycles an image){}",
        interval_cycles, interval_cycles / static_cast<double>(arrays), arrays, most.resource, most.cycles, fewer));
  }
  return warnings;
}

}  // namespace ohmic::explore

// SPDX-License-Identifier: Apache-2.0
// Engine: what has been counted.
#include "sim/token/engine.hpp"
#include "sim/token/resource_loads.hpp"

namespace ohmic::sim {

namespace {

using models::Component;

StageTiming stage_timing(const StageState& s, Cycle origin) {
  StageTiming timing;
  timing.first_start = s.first_start - origin;
  timing.first_output = s.first_output - origin;
  timing.last_end = s.last_end - origin;
  timing.busy = s.busy;
  timing.stalled_input = s.stalled_input;
  timing.stalled_output = s.stalled_output;
  timing.stalled_network = s.stalled_network;
  return timing;
}

/// Counts of all images are multiples of those of one: every image sends the same tokens over the same ways.
models::ActionCounts per_image(const models::ActionCounts& all, int images) {
  models::ActionCounts one;
  for (int i = 0; i < models::kComponents && images > 0; ++i) {
    const auto component = static_cast<Component>(i);
    if (all[component] % images != 0) throw std::logic_error("images differ in what they move");
    one[component] = all[component] / images;
  }
  return one;
}

}  // namespace

TimingResult Engine::result() const {
  const Cycle origin = architecture_.global_buffer.latency_cycles;
  TimingResult result;
  result.images = images_done_;
  for (const Cycle cycle : result_cycles_) result.result_cycles.push_back(cycle - origin);
  if (!result.result_cycles.empty()) result.latency_cycles = result.result_cycles.front();
  models::ActionCounts& all = result.fabric_actions;
  for (const StageState& s : model_.stages) {
    result.stages.push_back(stage_timing(s, origin));
    const std::int64_t bits = (s.reads_memory ? s.results : s.written) * s.memory_bits;
    all[Component::global_buffer] += bits;
    all[Component::chip_link] += bits;
  }
  for (std::size_t i = 0; i < model_.streams.size(); ++i) {
    const StreamState& s = model_.streams[i];
    const int bits = program_.streams[i].token_bits;
    StreamTiming timing;
    timing.sent = s.sent;
    timing.flit_hops = s.arbitrated ? s.flit_hops : s.sent * s.flits_per_token;
    for (const int id : s.channels) {
      timing.received.push_back(model_.channels[static_cast<std::size_t>(id)].known);
      result.token_hops += timing.received.back();
      all[Component::buffer] += timing.received.back() * bits;
    }
    all[Component::tile_bus] += s.sent * s.local_destinations * bits;
    all[Component::router] += timing.flit_hops * architecture_.fabric->link_bits;
    result.streams.push_back(std::move(timing));
  }
  all = per_image(all, images_done_);
  result.loads = resource_loads(program_, architecture_, model_);
  return result;
}

}  // namespace ohmic::sim

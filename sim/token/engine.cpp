// SPDX-License-Identifier: Apache-2.0
#include "sim/token/engine.hpp"

#include <algorithm>

namespace ohmic::sim {

Engine::Engine(const mapping::Program& program, const models::ArchitectureSpec& architecture,
               const EngineOptions& options, GlobalMemory& memory, const HopSink& hops)
    : program_(program),
      architecture_(architecture),
      options_(options),
      stalls_(options.stalls),
      memory_(memory),
      hops_(hops),
      model_(build_model(program, architecture, options.image_limit)) {
  model_.fabric->connect(architecture, model_.flows, *this);
  flow_sent_.resize(model_.flows.size());
  for (Channel& c : model_.channels) {
    if (c.flow_index < 0) continue;
    StreamState& s = stream(c.stream);
    c.credit_delay = 1 + model_.fabric->credit_delay(s.flow, c.flow_index);
    c.delay = model_.fabric->delay(s.flow, c.flow_index);
    const int flits = model_.flows[static_cast<std::size_t>(s.flow)].flits;
    s.flits_per_token += std::int64_t{1} * flits * model_.fabric->links(s.flow, c.flow_index);
  }
  for (StreamState& s : model_.streams) {
    s.arbitrated = s.flow >= 0 && model_.fabric->arbitrated();
    const int flits = s.flow < 0 || s.arbitrated ? 1 : model_.flows[static_cast<std::size_t>(s.flow)].flits;
    s.occupancy = std::max(s.local_beats, flits);
  }
  for (std::size_t i = 0; i < model_.stages.size(); ++i) {
    if (model_.stages[i].reads_memory) sources_.push_back(static_cast<int>(i));
    if (model_.stages[i].writes_memory) sinks_.push_back(static_cast<int>(i));
  }
  for (std::size_t i = 0; i < model_.stages.size(); ++i) plan_start(static_cast<int>(i));
}

void Engine::run_cycle(Cycle cycle) {
  calendar_.take(cycle, events_);
  if (hops_) flush_hops(cycle - architecture_.global_buffer.latency_cycles);
  if (options_.reversed) std::reverse(events_.begin(), events_.end());
  for (const std::uint32_t event : events_) dispatch(event, cycle);
  if (!requests_.empty()) serve_memory(cycle);
}

void Engine::dispatch(std::uint32_t code, Cycle now) {
  const int id = static_cast<int>(code >> kEventBits);
  switch (static_cast<Event>(code & ((1U << kEventBits) - 1))) {
    case kStart:
      start(id, now);
      break;
    case kSend:
      send(id, now);
      break;
    case kWrite:
      requests_.push_back({id, 0});
      break;
    case kImageDone:
      ++images_done_;
      break;
    case kFabric:
      model_.fabric->wake(id, now);
      break;
  }
}

void Engine::flush_hops(Cycle before) {
  for (; !pending_hops_.empty() && pending_hops_.top().arrived < before; pending_hops_.pop()) {
    hops_(pending_hops_.top());
  }
}

int Engine::images_begun() const {
  std::int64_t begun = 0;
  for (const int id : sources_) {
    const StageState& s = model_.stages[static_cast<std::size_t>(id)];
    begun = std::max(begun, s.image + (s.firing > 0 || s.blocked == kPlanned ? 1 : 0));
  }
  return static_cast<int>(begun);
}

Snapshot Engine::snapshot(Cycle now) const {
  Snapshot snapshot(now);
  const std::int64_t done = images_done_;
  for (const StageState& s : model_.stages) {
    snapshot.number(s.fired - done * s.firings);
    snapshot.number(s.fired - s.results);
    snapshot.number(s.fired - s.completed);
    snapshot.time(s.next_start);
    const std::int64_t oldest = std::max<std::int64_t>(s.fired - s.slots, 0);
    for (std::int64_t n = oldest; n < s.completed; ++n) snapshot.time(s.slot_free[slot_of(s, n)]);
    for (std::int64_t n = s.completed; n < s.results; ++n) snapshot.time(s.ready[slot_of(s, n)]);
    if (s.writes_memory) snapshot.number(s.results - s.written);
  }
  for (const Channel& c : model_.channels) {
    const StreamState& s = model_.streams[static_cast<std::size_t>(c.stream)];
    snapshot.number(c.known - done * c.tokens);
    snapshot.number(c.known - c.freed);
    snapshot.number(c.needed - done * c.tokens);
    snapshot.number(c.released - done * c.tokens);
    snapshot.time(c.last_freed_usable);
    for (std::int64_t k = c.freed; k < c.known; ++k) snapshot.time(c.usable[c.slot(k)]);
    for (std::int64_t k = s.sent; k < c.freed + c.capacity; ++k) snapshot.time(c.credit[c.slot(k)]);
  }
  for (const StreamState& s : model_.streams) {
    const StageState& source = model_.stages[static_cast<std::size_t>(s.stage)];
    snapshot.number(source.results - s.sent);
    snapshot.time(s.next_send);
    if (!s.arbitrated) continue;
    snapshot.number(s.sent - s.left);
    for (std::int64_t k = s.left; k < s.sent; ++k) snapshot.time(source.offered[slot_of(source, k)] + s.local_beats);
  }
  snapshot.number(static_cast<std::int64_t>(images_known_) - done);
  for (auto i = static_cast<std::size_t>(done); i < result_cycles_.size(); ++i) {
    snapshot.time(result_cycles_[i] + 1);
    snapshot.number(sinks_open_[i]);
  }
  snapshot.time(memory_.free_at());
  model_.fabric->write_state(snapshot);
  return snapshot;
}

}  // namespace ohmic::sim

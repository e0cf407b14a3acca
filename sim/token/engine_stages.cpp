// SPDX-License-Identifier: Apache-2.0
// Engine: when stages start, what their starts set free, and where their waiting went.
#include <algorithm>

#include "sim/token/engine.hpp"

namespace ohmic::sim {

void Engine::plan_start(int id) {
  StageState& s = stage(id);
  s.partial = s.next_start;
  if (s.fired >= s.slots) {
    const std::int64_t before = s.fired - s.slots;  // the result whose slot the next firing takes
    if (s.completed <= before) {
      s.blocked = kBlockedBySlots;
      return;
    }
    s.partial = std::max(s.partial, s.slot_free[slot_of(s, before)]);
  }
  if (s.reads_memory && !may_begin_image(s)) {
    s.blocked = kBlockedByImages;
    return;
  }
  resume_start(id, 0);
}

/// Goes on with input `port`, those before it being known.
void Engine::resume_start(int id, int port) {
  StageState& s = stage(id);
  for (; port < s.num_channels; ++port) {
    const Channel& c = channel(s.first_channel + port);
    const std::int64_t need = c.base + (*c.table)[static_cast<std::size_t>(s.firing)].need;
    if (need <= c.needed) continue;
    if (need > c.known) {
      s.blocked = s.first_channel + port;
      return;
    }
    s.partial = std::max(s.partial, c.usable_from(need));
  }
  if (s.reads_memory || s.writes_memory) {
    while (stalls_.holds(program_.stages[static_cast<std::size_t>(id)].kind, id, s.partial)) ++s.partial;
  }
  s.blocked = kPlanned;
  schedule(s.partial, kStart, id);
}

/// Image i may begin when image i − images_in_flight is done, and never beyond the limit.
bool Engine::may_begin_image(StageState& s) {
  if (s.firing > 0) return true;
  if (s.image >= options_.image_limit) {
    source_held_ = true;
    return false;
  }
  const std::int64_t before = s.image - options_.images_in_flight;
  if (options_.images_in_flight == 0 || before < 0) return true;
  if (before >= static_cast<std::int64_t>(images_known_)) return false;
  s.partial = std::max(s.partial, result_cycles_[static_cast<std::size_t>(before)] + 1);
  return true;
}

void Engine::start(int id, Cycle now) {
  StageState& s = stage(id);
  if (s.fired == 0) {
    s.first_start = now;
  } else {
    account_wait(s, now);
  }
  s.busy += s.interval;
  s.last_end = now + s.interval;
  const bool image_ends = s.firing + 1 == s.firings;
  for (int i = s.first_channel; i < s.first_channel + s.num_channels; ++i) {
    Channel& c = channel(i);
    const ConsumptionStep step = (*c.table)[static_cast<std::size_t>(s.firing)];
    const std::int64_t base = c.base;
    c.needed = std::max(c.needed, base + step.need);
    if (image_ends) c.base += c.tokens;
    give_back(c, i, base + step.release, now);
  }
  s.firing = image_ends ? 0 : s.firing + 1;
  s.image += image_ends ? 1 : 0;
  s.next_start = now + s.interval;
  const std::int64_t result = s.fired++;
  if (s.reads_memory) {
    requests_.push_back({id, result});
  } else {
    result_known(id, now + s.latency);
  }
  plan_start(id);
}

/// Where the cycles [next_start, now) went: until the slot that was missing came back, to its result being computed,
/// then to there being no room for it, then to its way out; after that to missing inputs.
void Engine::account_wait(StageState& s, Cycle now) {
  const Cycle from = s.next_start;
  if (now == from) return;
  Cycle slots_full = from;
  if (s.fired >= s.slots) {
    const std::size_t slot = slot_of(s, s.fired);  // shared with result fired − slots
    slots_full = std::clamp(s.slot_free[slot], from, now);
    const Cycle ready = std::clamp(s.ready[slot], from, slots_full);
    const Cycle offered = std::clamp(s.offered[slot], ready, slots_full);
    s.busy += ready - from;
    s.stalled_output += offered - ready;
    s.stalled_network += slots_full - offered;
  }
  s.stalled_input += now - slots_full;
}

/// The stage no longer needs the first `released` tokens.
void Engine::give_back(Channel& c, int id, std::int64_t released, Cycle now) {
  if (released <= c.released) return;
  c.released = released;
  if (c.freed < c.known) free_tokens(c, id, now);
}

/// Tokens that have been given back and whose arrival is known leave the buffer, the sender learns of it.
void Engine::free_tokens(Channel& c, int id, Cycle now) {
  for (const std::int64_t end = std::min(c.released, c.known); c.freed < end; ++c.freed) {
    const auto slot = static_cast<std::size_t>(c.freed_slot);
    c.credit[slot] = std::max(now, c.usable[slot]) + c.credit_delay;
    c.last_freed_usable = c.usable[slot];
    if (++c.freed_slot == c.capacity) c.freed_slot = 0;
  }
  const StreamState& s = stream(c.stream);
  if (s.blocked == id) resume_send(c.stream, s.blocked_destination);
}

/// The stage's next result may leave from cycle `ready` on.
void Engine::result_known(int id, Cycle ready) {
  StageState& s = stage(id);
  if (s.results == 0) s.first_output = ready;
  const std::size_t slot = slot_of(s, s.results++);
  s.ready[slot] = ready;
  if (s.writes_memory) {
    schedule(ready, kWrite, id);
  } else if (s.output < 0) {
    s.offered[slot] = ready;
    slot_returns(id, ready);
  } else if (stream(s.output).blocked == kBlockedByResults) {
    plan_send(s.output);
  }
}

/// The oldest result whose slot is still taken gives it back: usable from `cycle` on.
void Engine::slot_returns(int id, Cycle cycle) {
  StageState& s = stage(id);
  s.slot_free[slot_of(s, s.completed++)] = cycle;
  if (s.blocked == kBlockedBySlots) plan_start(id);
}

/// The accesses of one cycle: results before inputs, then by stage.
void Engine::serve_memory(Cycle now) {
  const auto order = [this](const Request& a, const Request& b) {
    const bool a_reads = stage(a.stage).reads_memory;
    const bool b_reads = stage(b.stage).reads_memory;
    return a_reads != b_reads ? b_reads : a.stage < b.stage;
  };
  std::sort(requests_.begin(), requests_.end(), order);
  for (const Request& request : requests_) {
    StageState& s = stage(request.stage);
    const std::int64_t n = s.reads_memory ? request.result : s.written;
    const std::int64_t image = n / s.firings;
    const std::int64_t place = s.reads_memory ? model_.memory.image(image) : model_.memory.result(image);
    const std::int64_t bytes = s.memory_bytes;
    const auto address = static_cast<std::uint64_t>(place + s.memory_offset + n % s.firings * bytes);
    const Cycle cycles = memory_.access(now, {.write = s.writes_memory, .address = address, .bytes = bytes});
    if (s.reads_memory) {
      result_known(request.stage, now + cycles + s.latency);
      continue;
    }
    s.offered[slot_of(s, s.written++)] = now;
    slot_returns(request.stage, now + cycles);
    if (s.written % s.firings == 0) image_written(static_cast<int>(image), now + cycles - 1);
  }
  requests_.clear();
}

/// One sink's part of an image ends with the beat of cycle `last`.
void Engine::image_written(int image, Cycle last) {
  const auto i = static_cast<std::size_t>(image);
  if (i >= result_cycles_.size()) {
    result_cycles_.resize(i + 1, 0);
    sinks_open_.resize(i + 1, static_cast<int>(sinks_.size()));
  }
  result_cycles_[i] = std::max(result_cycles_[i], last);
  if (--sinks_open_[i] > 0) return;
  schedule(result_cycles_[i] + 1, kImageDone, image);
  while (images_known_ < sinks_open_.size() && sinks_open_[images_known_] == 0) ++images_known_;
  for (const int source : sources_) {
    if (stage(source).blocked == kBlockedByImages) plan_start(source);
  }
}

}  // namespace ohmic::sim

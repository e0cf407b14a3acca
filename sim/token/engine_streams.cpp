// SPDX-License-Identifier: Apache-2.0
// Engine: when tokens leave, when they are where they go, and what the fabric reports.
#include <algorithm>
#include <tuple>

#include "sim/token/engine.hpp"

namespace ohmic::sim {

void Engine::plan_send(int id) {
  StreamState& s = stream(id);
  const StageState& source = stage(s.stage);
  if (s.sent >= source.results) {
    s.blocked = kBlockedByResults;
    return;
  }
  if (s.offers_one() && s.sent > s.left) {
    s.blocked = kBlockedByOffer;
    return;
  }
  s.partial = std::max(s.next_send, source.ready[slot_of(source, s.sent)]);
  resume_send(id, 0);
}

/// Goes on with the room in `destination`, that in those before it being known.
void Engine::resume_send(int id, std::size_t destination) {
  StreamState& s = stream(id);
  for (; destination < s.channels.size(); ++destination) {
    const Channel& c = channel(s.channels[destination]);
    if (s.sent >= c.freed + c.capacity) {
      s.blocked = s.channels[destination];
      s.blocked_destination = destination;
      return;
    }
    s.partial = std::max(s.partial, c.credit[c.slot(s.sent)]);
  }
  s.blocked = kPlanned;
  schedule(s.partial, kSend, id);
}

void Engine::send(int id, Cycle now) {
  StreamState& s = stream(id);
  StageState& source = stage(s.stage);
  source.offered[slot_of(source, s.sent++)] = now;
  s.next_send = now + s.occupancy;
  for (const int i : s.channels) {
    Channel& c = channel(i);
    if (!s.arbitrated || c.flow_index < 0) deliver(c, i, now, now + c.delay);
  }
  if (s.arbitrated) {
    model_.fabric->offer(s.flow, now);
  } else {
    slot_returns(s.stage, now + s.occupancy);
  }
  plan_send(id);
}

/// The channel's next token is in its buffer at the end of cycle `arrived`.
void Engine::deliver(Channel& c, int id, Cycle sent, Cycle arrived) {
  const std::int64_t token = c.known++;
  c.usable[c.slot(token)] = arrived + 1;
  if (hops_) trace(c, token, sent, arrived);
  if (token < c.released) free_tokens(c, id, arrived + 1);
  if (stage(c.stage).blocked == id) resume_start(c.stage, id - stage(c.stage).first_channel);
}

bool Engine::ArrivedLater::operator()(const Hop& a, const Hop& b) const {
  return std::tie(a.arrived, a.stream, a.destination, a.token) > std::tie(b.arrived, b.stream, b.destination, b.token);
}

void Engine::trace(const Channel& c, std::int64_t token, Cycle sent, Cycle arrived) {
  const Cycle origin = architecture_.global_buffer.latency_cycles;
  pending_hops_.push({.stream = c.stream,
                      .destination = c.destination,
                      .token = token,
                      .sent = sent - origin,
                      .arrived = arrived - origin});
}

void Engine::flow_sent(int flow, Cycle sent) {
  if (hops_) flow_sent_[static_cast<std::size_t>(flow)].push_back(sent);
}

void Engine::flow_left(int flow, Cycle last) {
  StreamState& s = stream(model_.flows[static_cast<std::size_t>(flow)].stream);
  const StageState& source = stage(s.stage);
  const Cycle local = source.offered[slot_of(source, s.left++)] + s.local_beats;
  const Cycle gone = std::max(last + 1, local);
  slot_returns(s.stage, gone);
  if (!s.offers_one()) return;
  s.next_send = gone;
  if (s.blocked == kBlockedByOffer) plan_send(model_.flows[static_cast<std::size_t>(flow)].stream);
}

void Engine::flow_arrived(int flow, int index, Cycle arrived) {
  const auto f = static_cast<std::size_t>(flow);
  for (const int i : stream(model_.flows[f].stream).channels) {
    Channel& c = channel(i);
    if (c.flow_index != index) continue;
    deliver(c, i, hops_ ? flow_sent_[f][static_cast<std::size_t>(c.known)] : 0, arrived);
    return;
  }
}

void Engine::flit_hops(int flow, std::int64_t count) {
  stream(model_.flows[static_cast<std::size_t>(flow)].stream).flit_hops += count;
}

}  // namespace ohmic::sim

// SPDX-License-Identifier: Apache-2.0
// Engine: the watchdog's message, who waits for whom when nothing is left that could happen.
#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "sim/token/engine.hpp"

namespace ohmic::sim {

namespace {

using Graph = std::vector<std::vector<int>>;  // stage → stages that it waits for

/// The shortest way from `start` back to it, `start` first; empty when there is none.
std::vector<int> shortest_circle(const Graph& waits_for, int start) {
  std::vector<int> before(waits_for.size(), -1);
  std::deque<int> open{start};
  while (!open.empty()) {
    const int from = open.front();
    open.pop_front();
    for (const int to : waits_for[static_cast<std::size_t>(from)]) {
      if (to == start) {
        std::vector<int> circle;
        for (int at = from; at != start; at = before[static_cast<std::size_t>(at)]) circle.push_back(at);
        circle.push_back(start);
        std::reverse(circle.begin(), circle.end());
        return circle;
      }
      if (before[static_cast<std::size_t>(to)] >= 0) continue;
      before[static_cast<std::size_t>(to)] = from;
      open.push_back(to);
    }
  }
  return {};
}

/// Of circles of equal length the one with the first stage.
std::vector<int> smallest_circle(const Graph& waits_for) {
  std::vector<int> smallest;
  for (std::size_t i = 0; i < waits_for.size(); ++i) {
    std::vector<int> circle = shortest_circle(waits_for, static_cast<int>(i));
    if (!circle.empty() && (smallest.empty() || circle.size() < smallest.size())) smallest = std::move(circle);
  }
  return smallest;
}

}  // namespace

std::string Engine::describe_deadlock(Cycle now) const {
  std::string text = fmt::format("deadlock in cycle {}: {} of {} images are done and no stage can go on",
                                 now - architecture_.global_buffer.latency_cycles, images_done_, options_.image_limit);
  Graph waits_for(model_.stages.size());
  const auto name = [this](int stage) { return program_.stages[static_cast<std::size_t>(stage)].name; };
  for (std::size_t i = 0; i < model_.stages.size(); ++i) {
    const StageState& s = model_.stages[i];
    const std::string& who = program_.stages[i].name;
    if (s.blocked == kBlockedByImages && s.image < options_.image_limit) {
      text += fmt::format("\n{} waits for image {} to be done (at most {} in flight)", who,
                          s.image - options_.images_in_flight, options_.images_in_flight);
      waits_for[i] = sinks_;
    }
    for (int port = 0; s.blocked >= 0 && s.image < options_.image_limit && port < s.num_channels; ++port) {
      const int id = s.first_channel + port;
      const Channel& c = model_.channels[static_cast<std::size_t>(id)];
      const std::int64_t need = (*c.table)[static_cast<std::size_t>(s.firing)].need;
      const std::int64_t missing = c.base + need - c.known;
      if (missing <= 0) continue;
      text += fmt::format("\n{} waits for {} more {} of stream '{}' (has {} of {})", who, missing,
                          missing == 1 ? "token" : "tokens", program_.streams[static_cast<std::size_t>(c.stream)].name,
                          need - missing, need);
      waits_for[i].push_back(model_.streams[static_cast<std::size_t>(c.stream)].stage);
    }
    if (s.output < 0) continue;
    const StreamState& out = model_.streams[static_cast<std::size_t>(s.output)];
    for (const int id : out.channels) {
      const Channel& c = model_.channels[static_cast<std::size_t>(id)];
      if (out.blocked < 0 || out.sent < c.freed + c.capacity) continue;
      text += fmt::format("\n{}.out waits for room in '{}' port {} (capacity {}, all taken)", who, name(c.stage),
                          id - model_.stages[static_cast<std::size_t>(c.stage)].first_channel, c.capacity);
      waits_for[i].push_back(c.stage);
    }
  }
  const std::vector<int> circle = smallest_circle(waits_for);
  if (circle.empty()) return text;
  text += "\ncircle of waiting: ";
  for (const int stage : circle) text += name(stage) + " -> ";
  return text + name(circle.front());
}

}  // namespace ohmic::sim

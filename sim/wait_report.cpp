// SPDX-License-Identifier: Apache-2.0
#include "sim/wait_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

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

void WaitReport::image(int stage, std::int64_t image, int images_in_flight) {
  text_ +=
      fmt::format("\n{} waits for image {} to be done (at most {} in flight)", name(stage), image, images_in_flight);
  for (int i = 0; i < static_cast<int>(program_.stages.size()); ++i) {
    if (program_.stages[static_cast<std::size_t>(i)].kind == mapping::StageKind::sink) {
      waits_for_[static_cast<std::size_t>(stage)].push_back(i);
    }
  }
}

void WaitReport::tokens(int stage, int stream, std::int64_t has, std::int64_t need) {
  const mapping::Stream& s = program_.streams[static_cast<std::size_t>(stream)];
  text_ += fmt::format("\n{} waits for {} more {} of stream '{}' (has {} of {})", name(stage), need - has,
                       need - has == 1 ? "token" : "tokens", s.name, has, need);
  waits_for_[static_cast<std::size_t>(stage)].push_back(s.source);
}

void WaitReport::room(int stage, int to, int port, int capacity) {
  text_ += fmt::format("\n{}.out waits for room in '{}' port {} (capacity {}, all taken)", name(stage), name(to), port,
                       capacity);
  waits_for_[static_cast<std::size_t>(stage)].push_back(to);
}

std::string WaitReport::text() const {
  const std::vector<int> circle = smallest_circle(waits_for_);
  if (circle.empty()) return text_;
  std::string text = text_ + "\ncircle of waiting: ";
  for (const int stage : circle) text += name(stage) + " -> ";
  return text + name(circle.front());
}

}  // namespace ohmic::sim

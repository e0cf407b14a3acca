// SPDX-License-Identifier: Apache-2.0
#include "mapping/untimed.hpp"

#include <algorithm>

namespace ohmic::mapping {

namespace {

using PerDestination = std::vector<std::vector<std::int64_t>>;

PerDestination zeros(const Program& program) {
  PerDestination all;
  for (const Stream& stream : program.streams) all.emplace_back(stream.destinations.size(), 0);
  return all;
}

std::size_t at(std::int64_t index) {
  return static_cast<std::size_t>(index);
}

}  // namespace

UntimedNetwork::UntimedNetwork(const Program& program) : program_(program) {
  for (const Stage& stage : program.stages) {
    auto& ports = consumption_.emplace_back();
    for (const InputPort& port : stage.inputs) {
      ports.push_back(consumption(stage, port, program.streams.at(at(port.stream)).tokens));
    }
  }
}

/// Unlimited buffers; a stage fires only when somebody needs its next token.
class UntimedNetwork::OnDemand {
 public:
  explicit OnDemand(const UntimedNetwork& network)
      : network_(network), program_(network.program_), fired_(program_.stages.size()), largest_(zeros(program_)) {}

  PerDestination run() {
    // Results first, one by one; then, last consumers first, what is left over of each stage.
    for (std::size_t s = program_.stages.size(); s-- > 0;) {
      while (fired_[s] < program_.stages[s].firings) fire(s);
    }
    return std::move(largest_);
  }

 private:
  void fire(std::size_t s) {
    const Stage& stage = program_.stages[s];
    const std::size_t firing = at(fired_[s]);
    for (std::size_t port = 0; port < stage.inputs.size(); ++port) {
      const std::size_t source = at(program_.streams[at(stage.inputs[port].stream)].source);
      while (fired_[source] < network_.consumption_[s][port].need[firing]) fire(source);
    }
    ++fired_[s];
    if (stage.output < 0) return;
    const Stream& stream = program_.streams[at(stage.output)];
    for (std::size_t d = 0; d < stream.destinations.size(); ++d) {
      std::int64_t& largest = largest_[at(stage.output)][d];
      largest = std::max(largest, fired_[s] - released(stream.destinations[d]));
    }
  }

  [[nodiscard]] std::int64_t released(const Destination& destination) const {
    const std::int64_t fired = fired_[at(destination.stage)];
    return fired == 0 ? 0 : network_.consumption_[at(destination.stage)][at(destination.port)].release[at(fired - 1)];
  }

  const UntimedNetwork& network_;
  const Program& program_;
  std::vector<std::int64_t> fired_;
  PerDestination largest_;
};

/// Everything that can happen happens, until nothing can.
class UntimedNetwork::Bounded {
 public:
  Bounded(const UntimedNetwork& network, const PerDestination& capacities, int output_slots)
      : network_(network),
        program_(network.program_),
        capacities_(capacities),
        output_slots_(output_slots),
        started_(program_.stages.size()),
        sent_(program_.stages.size()),
        is_waiting_(program_.stages.size(), true) {
    for (std::size_t s = 0; s < program_.stages.size(); ++s) waiting_.push_back(s);
  }

  bool run() {
    while (!waiting_.empty()) {
      const std::size_t s = waiting_.back();
      waiting_.pop_back();
      is_waiting_[s] = false;
      advance(s);
    }
    for (std::size_t s = 0; s < program_.stages.size(); ++s) {
      if (sent_[s] < program_.stages[s].firings) return false;
    }
    return true;
  }

 private:
  void advance(std::size_t s) {
    const Stage& stage = program_.stages[s];
    while (true) {
      if (sent_[s] < started_[s] && has_room(stage, sent_[s])) {
        ++sent_[s];
        if (stage.output < 0) continue;
        for (const Destination& d : program_.streams[at(stage.output)].destinations) wake(at(d.stage));
      } else if (can_start(s)) {
        ++started_[s];
        for (const InputPort& port : stage.inputs) wake(at(program_.streams[at(port.stream)].source));
      } else {
        return;
      }
    }
  }

  void wake(std::size_t s) {
    if (is_waiting_[s]) return;
    is_waiting_[s] = true;
    waiting_.push_back(s);
  }

  [[nodiscard]] bool can_start(std::size_t s) const {
    const Stage& stage = program_.stages[s];
    if (started_[s] == stage.firings || started_[s] - sent_[s] >= output_slots_) return false;
    for (std::size_t port = 0; port < stage.inputs.size(); ++port) {
      const std::size_t source = at(program_.streams[at(stage.inputs[port].stream)].source);
      if (sent_[source] < network_.consumption_[s][port].need[at(started_[s])]) return false;
    }
    return true;
  }

  [[nodiscard]] bool has_room(const Stage& stage, std::int64_t sent) const {
    if (stage.output < 0) return true;
    const auto& destinations = program_.streams[at(stage.output)].destinations;
    for (std::size_t d = 0; d < destinations.size(); ++d) {
      const std::int64_t started = started_[at(destinations[d].stage)];
      const auto& release = network_.consumption_[at(destinations[d].stage)][at(destinations[d].port)].release;
      const std::int64_t released = started == 0 ? 0 : release[at(started - 1)];
      if (sent - released >= capacities_[at(stage.output)][d]) return false;
    }
    return true;
  }

  const UntimedNetwork& network_;
  const Program& program_;
  const PerDestination& capacities_;
  const int output_slots_;
  std::vector<std::int64_t> started_;
  std::vector<std::int64_t> sent_;
  std::vector<bool> is_waiting_;
  std::vector<std::size_t> waiting_;
};

PerDestination UntimedNetwork::occupancy_on_demand() const {
  return OnDemand(*this).run();
}

PerDestination UntimedNetwork::window_sizes() const {
  PerDestination sizes = zeros(program_);
  for (std::size_t stream = 0; stream < sizes.size(); ++stream) {
    for (std::size_t d = 0; d < sizes[stream].size(); ++d) {
      const Destination& destination = program_.streams[stream].destinations[d];
      const Consumption& c = consumption_[at(destination.stage)][at(destination.port)];
      std::int64_t size = 1;
      for (std::size_t f = 0; f < c.need.size(); ++f) size = std::max(size, c.need[f] - (f > 0 ? c.release[f - 1] : 0));
      sizes[stream][d] = size;
    }
  }
  return sizes;
}

bool UntimedNetwork::completes(const PerDestination& capacities, int output_slots) const {
  return Bounded(*this, capacities, output_slots).run();
}

}  // namespace ohmic::mapping

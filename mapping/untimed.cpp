// SPDX-License-Identifier: Apache-2.0
#include "mapping/untimed.hpp"

#include <algorithm>

namespace ohmic::mapping {

UntimedNetwork::UntimedNetwork(const Program& program) : actors_(program.stages.size()) {
  for (const Stream& stream : program.streams) {
    Actor& source = actors_[static_cast<std::size_t>(stream.source)];
    stream_offsets_.push_back(receivers_.size());
    source.first_destination = receivers_.size();
    for (const Destination& d : stream.destinations) receivers_.push_back(static_cast<std::size_t>(d.stage));
    source.end_destination = receivers_.size();
  }
  for (std::size_t stage = 0; stage < actors_.size(); ++stage) add_changes(program, stage);
}

void UntimedNetwork::add_changes(const Program& program, std::size_t stage) {
  const Stage& s = program.stages[stage];
  Actor& actor = actors_[stage];
  actor.firings = s.firings;
  std::vector<std::vector<Change>> by_firing(static_cast<std::size_t>(s.firings));
  for (std::size_t port = 0; port < s.inputs.size(); ++port) {
    const auto stream_index = static_cast<std::size_t>(s.inputs[port].stream);
    const Stream& stream = program.streams[stream_index];
    const auto here = std::find_if(stream.destinations.begin(), stream.destinations.end(), [&](const Destination& d) {
      return d.stage == static_cast<int>(stage) && d.port == static_cast<int>(port);
    });
    const auto offset = static_cast<std::size_t>(here - stream.destinations.begin());
    Change change{stream_offsets_[stream_index] + offset, static_cast<std::size_t>(stream.source), 0, 0};
    const Consumption c = consumption(s, s.inputs[port], stream.tokens);
    for (std::size_t f = 0; f < c.need.size(); ++f) {
      if (c.need[f] == change.need && c.release[f] == change.release) continue;
      change.need = c.need[f];
      change.release = c.release[f];
      by_firing[f].push_back(change);
    }
  }
  for (const std::vector<Change>& changes : by_firing) {
    actor.first_change.push_back(actor.changes.size());
    actor.changes.insert(actor.changes.end(), changes.begin(), changes.end());
  }
  actor.first_change.push_back(actor.changes.size());
}

/// Unlimited buffers; a stage fires only when somebody needs its next token.
class UntimedNetwork::OnDemand {
 public:
  explicit OnDemand(const UntimedNetwork& network)
      : network_(network),
        fired_(network.actors_.size()),
        released_(network.receivers_.size()),
        largest_(network.receivers_.size()) {}

  PerDestination run() {
    // Results first, one by one; then, last consumers first, what is left over of each stage.
    for (std::size_t s = fired_.size(); s-- > 0;) {
      while (fired_[s] < network_.actors_[s].firings) fire(s);
    }
    return std::move(largest_);
  }

 private:
  void fire(std::size_t s) {
    const Actor& actor = network_.actors_[s];
    visit_changes(actor, fired_[s], [this](const Change& change) {
      while (fired_[change.source] < change.need) fire(change.source);
    });
    visit_changes(actor, fired_[s], [this](const Change& change) { released_[change.destination] = change.release; });
    ++fired_[s];
    for (std::size_t d = actor.first_destination; d < actor.end_destination; ++d) {
      largest_[d] = std::max(largest_[d], fired_[s] - released_[d]);
    }
  }

  const UntimedNetwork& network_;
  std::vector<std::int64_t> fired_;
  PerDestination released_;
  PerDestination largest_;
};

/// Everything that can happen happens, until nothing can.
class UntimedNetwork::Bounded {
 public:
  Bounded(const UntimedNetwork& network, const PerDestination& capacities, int output_slots)
      : network_(network),
        capacities_(capacities),
        output_slots_(output_slots),
        started_(network.actors_.size()),
        sent_(network.actors_.size()),
        blocked_on_(network.actors_.size()),
        is_waiting_(network.actors_.size(), true),
        needed_(network.receivers_.size()),
        released_(network.receivers_.size()) {
    for (std::size_t s = 0; s < started_.size(); ++s) {
      blocked_on_[s] = network.actors_[s].first_destination;
      prepare_next(s);
      waiting_.push_back(s);
    }
  }

  bool run() {
    while (!waiting_.empty()) {
      const std::size_t s = waiting_.back();
      waiting_.pop_back();
      is_waiting_[s] = false;
      while (send(s) || start(s)) {
      }
    }
    for (std::size_t s = 0; s < sent_.size(); ++s) {
      if (sent_[s] < network_.actors_[s].firings) return false;
    }
    return true;
  }

 private:
  bool send(std::size_t s) {
    if (sent_[s] == started_[s] || !has_room(s)) return false;
    ++sent_[s];
    const Actor& actor = network_.actors_[s];
    for (std::size_t d = actor.first_destination; d < actor.end_destination; ++d) {
      if (sent_[s] == needed_[d]) wake(network_.receivers_[d]);
    }
    return true;
  }

  bool start(std::size_t s) {
    const Actor& actor = network_.actors_[s];
    if (started_[s] == actor.firings || started_[s] - sent_[s] >= output_slots_) return false;
    bool has_tokens = true;
    visit_changes(actor, started_[s], [&](const Change& change) { has_tokens &= sent_[change.source] >= change.need; });
    if (!has_tokens) return false;
    visit_changes(actor, started_[s], [this](const Change& change) {
      released_[change.destination] = change.release;
      if (blocked_on_[change.source] == change.destination) wake(change.source);
    });
    ++started_[s];
    prepare_next(s);
    return true;
  }

  /// Notes which tokens the next firing waits for.
  void prepare_next(std::size_t s) {
    if (started_[s] == network_.actors_[s].firings) return;
    visit_changes(network_.actors_[s], started_[s],
                  [this](const Change& change) { needed_[change.destination] = change.need; });
  }

  void wake(std::size_t s) {
    if (is_waiting_[s]) return;
    is_waiting_[s] = true;
    waiting_.push_back(s);
  }

  /// Looks first where there was no room the last time.
  bool has_room(std::size_t s) {
    const Actor& actor = network_.actors_[s];
    const std::size_t count = actor.end_destination - actor.first_destination;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t d = blocked_on_[s];
      if (sent_[s] - released_[d] >= capacities_[d]) return false;
      blocked_on_[s] = d + 1 == actor.end_destination ? actor.first_destination : d + 1;
    }
    return true;
  }

  const UntimedNetwork& network_;
  const PerDestination& capacities_;
  const int output_slots_;
  std::vector<std::int64_t> started_;
  std::vector<std::int64_t> sent_;
  std::vector<std::size_t> blocked_on_;  // destination
  std::vector<bool> is_waiting_;
  std::vector<std::size_t> waiting_;
  PerDestination needed_;
  PerDestination released_;
};

PerDestination UntimedNetwork::occupancy_on_demand() const {
  return OnDemand(*this).run();
}

PerDestination UntimedNetwork::window_sizes() const {
  PerDestination sizes(receivers_.size(), 1);
  PerDestination released(receivers_.size());
  for (const Actor& actor : actors_) {
    for (const Change& change : actor.changes) {
      std::int64_t& before = released[change.destination];
      sizes[change.destination] = std::max(sizes[change.destination], change.need - before);
      before = change.release;
    }
  }
  return sizes;
}

bool UntimedNetwork::completes(const PerDestination& capacities, int output_slots) const {
  return Bounded(*this, capacities, output_slots).run();
}

}  // namespace ohmic::mapping

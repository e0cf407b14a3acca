// SPDX-License-Identifier: Apache-2.0
// A program without time: which firings can happen at all. Firings disable no others, so whether an image completes
// depends on buffer sizes alone, never on delays or on the order of evaluation. One image decides for all: after it
// every buffer is empty again.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/program.hpp"

namespace ohmic::mapping {

/// One number for every destination, in the order of streams and their destinations.
using PerDestination = std::vector<std::int64_t>;

class UntimedNetwork {
 public:
  explicit UntimedNetwork(const Program& program);

  /// Largest number of tokens in each buffer when results are pulled one by one and nothing is produced before it is
  /// needed.
  [[nodiscard]] PerDestination occupancy_on_demand() const;

  /// Tokens that one firing needs at once: no smaller buffer can ever work. At least 1.
  [[nodiscard]] PerDestination window_sizes() const;

  /// True when an image completes with buffers of `capacities` tokens and `output_slots` results held by each stage.
  [[nodiscard]] bool completes(const PerDestination& capacities, int output_slots) const;

 private:
  class OnDemand;
  class Bounded;

  /// A port that needs or releases other tokens at a firing than at the one before.
  struct Change {
    std::size_t destination;
    std::size_t source;  // stage
    std::int64_t need;
    std::int64_t release;
  };
  struct Actor {
    std::int64_t firings = 0;
    std::vector<std::size_t> first_change;  // of each firing, and the end
    std::vector<Change> changes;
    std::size_t first_destination = 0;  // of its output stream
    std::size_t end_destination = 0;
  };
  void add_changes(const Program& program, std::size_t stage);

  template <class Visit>
  static void visit_changes(const Actor& actor, std::int64_t firing, Visit&& visit) {
    const auto f = static_cast<std::size_t>(firing);
    for (std::size_t i = actor.first_change[f]; i < actor.first_change[f + 1]; ++i) visit(actor.changes[i]);
  }

  std::vector<Actor> actors_;                // by stage
  std::vector<std::size_t> receivers_;       // stage of each destination
  std::vector<std::size_t> stream_offsets_;  // first destination of each stream
};

}  // namespace ohmic::mapping

// SPDX-License-Identifier: Apache-2.0
#include "mapping/buffers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/config_reader.hpp"
#include "mapping/untimed.hpp"

namespace ohmic::mapping {

namespace {

constexpr std::int64_t kBitsPerByte = 8;

/// Finds the smallest buffers. What works on demand works in every order, but results held in output slots may spare
/// some of it; no buffer can be smaller than a window. More room never hurts: buffers that are made smallest one after
/// the other stay so when later ones shrink.
class Shrinker {
 public:
  Shrinker(const UntimedNetwork& network, int output_slots)
      : network_(network),
        output_slots_(output_slots),
        capacities_(network.occupancy_on_demand()),
        windows_(network.window_sizes()) {}

  PerDestination run() {
    std::vector<std::size_t> larger;
    for (std::size_t d = 0; d < capacities_.size(); ++d) {
      if (capacities_[d] > windows_[d]) larger.push_back(d);
      capacities_[d] = std::max(capacities_[d], windows_[d]);
    }
    shrink(larger);
    if (!completes()) throw std::logic_error("the buffers as sized deadlock");
    return std::move(capacities_);
  }

 private:
  [[nodiscard]] bool completes() const { return network_.completes(capacities_, output_slots_); }

  /// Few buffers need more than a window: all together are tried first, then halves.
  void shrink(const std::vector<std::size_t>& destinations) {
    if (destinations.empty()) return;
    if (destinations.size() == 1) return search(destinations.front());
    const PerDestination before = capacities_;
    for (const std::size_t d : destinations) capacities_[d] = windows_[d];
    if (completes()) return;
    capacities_ = before;
    const auto middle = destinations.begin() + static_cast<std::ptrdiff_t>(destinations.size() / 2);
    shrink({destinations.begin(), middle});
    shrink({middle, destinations.end()});
  }

  void search(std::size_t destination) {
    std::int64_t& capacity = capacities_[destination];
    std::int64_t low = windows_[destination];
    std::int64_t high = capacity;  // works
    while (low < high) {
      capacity = low + (high - low) / 2;
      if (completes()) {
        high = capacity;
      } else {
        low = capacity + 1;
      }
    }
    capacity = high;
  }

  const UntimedNetwork& network_;
  const int output_slots_;
  PerDestination capacities_;
  PerDestination windows_;
};

std::int64_t buffer_bits(const Stream& stream, const Destination& destination) {
  return std::int64_t{1} * stream.token_bits * destination.capacity;
}

}  // namespace

void size_buffers(Program& program, int output_slots, int slack) {
  const UntimedNetwork network(program);
  const PerDestination minima = Shrinker(network, output_slots).run();
  std::size_t next = 0;
  for (Stream& stream : program.streams) {
    for (Destination& destination : stream.destinations) {
      destination.minimum = static_cast<int>(minima[next++]);
      destination.capacity = destination.minimum + slack;
    }
  }
}

void require_fitting_buffers(const Program& program, const models::ArchitectureSpec& architecture) {
  for (int tile = 0; tile < architecture.num_tiles(); ++tile) {
    std::int64_t sum = 0;
    std::int64_t largest = 0;
    const Stage* largest_stage = nullptr;
    for (const Stream& stream : program.streams) {
      for (const Destination& destination : stream.destinations) {
        const Stage& stage = program.stages[static_cast<std::size_t>(destination.stage)];
        if (stage.tile != tile) continue;
        const std::int64_t bits = buffer_bits(stream, destination);
        sum += bits;
        if (bits <= largest) continue;
        largest = bits;
        largest_stage = &stage;
      }
    }
    const std::int64_t room = architecture.tile.buffer.value();
    if (sum <= room) continue;
    throw RuleError(
        "architecture.tile.buffer",
        fmt::format("the streams that end in tile {} need {} bytes (stage '{}' alone {}), it has {}: {} too "
                    "few; take a larger buffer, fewer arrays per tile, fewer replicas or less buffer_slack",
                    tile, ceil_div(sum, kBitsPerByte), largest_stage->name, ceil_div(largest, kBitsPerByte),
                    room / kBitsPerByte, ceil_div(sum - room, kBitsPerByte)));
  }
}

}  // namespace ohmic::mapping

// SPDX-License-Identifier: Apache-2.0
// A program without time: which firings can happen at all. Firings disable no others, so whether an image completes
// depends on buffer sizes alone, never on delays or on the order of evaluation. One image decides for all: after it
// every buffer is empty again.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/program.hpp"

namespace ohmic::mapping {

class UntimedNetwork {
 public:
  explicit UntimedNetwork(const Program& program);

  /// Largest number of tokens in each buffer when results are pulled one by one and nothing is produced before it is
  /// needed: [stream][destination].
  [[nodiscard]] std::vector<std::vector<std::int64_t>> occupancy_on_demand() const;

  /// Tokens that one firing needs at once: no smaller buffer can ever work. [stream][destination]
  [[nodiscard]] std::vector<std::vector<std::int64_t>> window_sizes() const;

  /// True when an image completes with buffers of `capacities` tokens and `output_slots` results held by each stage.
  [[nodiscard]] bool completes(const std::vector<std::vector<std::int64_t>>& capacities, int output_slots) const;

 private:
  class OnDemand;
  class Bounded;

  const Program& program_;
  std::vector<std::vector<Consumption>> consumption_;  // [stage][port]
};

}  // namespace ohmic::mapping

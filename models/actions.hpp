// SPDX-License-Identifier: Apache-2.0
// What hardware does, counted. Energy = Σ count · price: the counts come from time and arithmetic, the prices from
// costs.hpp, and neither knows the other.
#pragma once

#include <array>
#include <cstdint>

#include "base/fields.hpp"

namespace ohmic::models {

/// A priced component; the comment says what one action is.
enum class Component {
  array,        // one cell read (driven row × connected column × slice plane); digital: with its adders of the tree
  dac,          // one row driven for one input step
  sample_hold,  // one column sampled
  adc,          // one conversion
  shift_add,    // one converted value shifted and added
  input_register,   // one bit written or read
  output_register,  // one bit written or read
  buffer,           // one bit written to or read from a tile's buffer
  tile_bus,         // one bit moved within a tile
  digital,          // one element through requantization and activation
  pool,             // one element compared or added in pooling
  adder,            // one element added (partial sums, residual sums, input sums)
  float_unit,       // one multiply-accumulate in float on the digital unit
  router,           // one bit through a router (bus: over the bus; point to point: over one link)
  global_buffer,    // one bit written or read
  chip_link,        // one bit over the border of the chip
  write,            // one cell written
  tile_register,    // one bit of a result written to or read from a tile's output register
  multiplier,       // one product of a multiply lane
  weight_memory     // one bit of a weight word read
};
constexpr int kComponents = 20;

EnumNames enum_names(Component);

/// Counts by component.
class ActionCounts {
 public:
  [[nodiscard]] std::int64_t operator[](Component c) const { return counts_[static_cast<std::size_t>(c)]; }
  std::int64_t& operator[](Component c) { return counts_[static_cast<std::size_t>(c)]; }

  ActionCounts& operator+=(const ActionCounts& other) {
    for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    return *this;
  }
  friend ActionCounts operator*(ActionCounts counts, std::int64_t n) {
    for (std::int64_t& count : counts.counts_) count *= n;
    return counts;
  }
  bool operator==(const ActionCounts&) const = default;

 private:
  std::array<std::int64_t, kComponents> counts_{};
};

/// Non-zero counts only, by component name.
void fields(Fields& f, ActionCounts& counts);

}  // namespace ohmic::models

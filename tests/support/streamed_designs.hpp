// SPDX-License-Identifier: Apache-2.0
// Networks whose layers stream, and a chip with multiply lanes.
#pragma once

#include "mapping/mapper.hpp"
#include "tests/support/designs.hpp"

namespace ohmic::test {

/// small_architecture with lanes of 4 inputs and 3 outputs in every tile.
inline models::ArchitectureSpec streaming_chip(int inputs = 4, int outputs = 3) {
  models::ArchitectureSpec chip = small_architecture();
  models::MultiplyLanesSpec lanes;
  lanes.inputs = inputs;
  lanes.outputs = outputs;
  lanes.multiply_cycles = 2;
  lanes.accumulate_cycles = 3;
  lanes.weight_memory.size = DataSize(4096 * 8);
  chip.tile.multiply_lanes = lanes;
  return chip;
}

/// "conv", 3 × 3 windows on 2 channels of 6 × 5 pixels → 5 channels of 4 × 3; then "fc" → 7 outputs. 4-bit weights.
inline workloads::QuantizedGraph two_layers(std::uint64_t seed = 1) {
  Random random(seed);
  GraphBuilder graph(workloads::Shape{2, 6, 5}, {.bits = 3, .is_signed = false, .scale = 1, .zero_point = 2});
  const int conv = graph.conv(random, "conv", graph.last(), {.kernel_h = 3, .kernel_w = 3}, 5);
  graph.conv(random, "fc", conv, {.kernel_h = 4, .kernel_w = 3}, 7);
  return graph.finish();
}

inline mapping::MappingSpec streamed(const std::string& pattern) {
  mapping::MappingSpec mapping;
  mapping.streamed = pattern;
  return mapping;
}

}  // namespace ohmic::test

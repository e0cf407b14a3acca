// SPDX-License-Identifier: Apache-2.0
// Random designs some or all of whose layers stream, with leaky ReLU, of a slope or of drawn ones, wherever one can
// stand.
#pragma once

#include <regex>

#include "tests/support/pin_design.hpp"

namespace ohmic::test {

/// `beat`: outputs that enter the activation unit of the node together.
inline workloads::Leaky random_leaky(Random& random, int beat) {
  workloads::Leaky leaky;
  leaky.alpha = random.between(0, 127);
  leaky.rounding = random.flip() ? workloads::LeakyRounding::half_up : workloads::LeakyRounding::floor;
  if (random.flip()) leaky.randomized = workloads::RandomizedLeaky{random.between(1, 255), beat};
  return leaky;
}

inline void draw_leaky(Random& random, PinDesign& design, const std::regex& streamed) {
  const models::TileSpec& tile = design.architecture.tile;
  for (workloads::QuantizedNode& node : design.graph.nodes) {
    if (auto* conv = std::get_if<workloads::QuantizedConv>(&node.operation)) {
      const bool streams = std::regex_match(node.name, streamed);
      conv->leaky = random_leaky(random, streams ? tile.multiply_lanes->outputs : tile.digital.lanes);
      if (random.between(0, 2) > 0) conv->activation = workloads::Activation::leaky_relu;
    } else if (auto* add = std::get_if<workloads::QuantizedAdd>(&node.operation)) {
      add->leaky = random_leaky(random, tile.digital.lanes);
      if (random.between(0, 2) > 0) add->activation = workloads::Activation::leaky_relu;
    } else if (std::holds_alternative<workloads::QuantizedRelu>(node.operation) && random.between(0, 2) > 0) {
      node.operation = workloads::QuantizedLeakyRelu{random_leaky(random, tile.digital.lanes)};
    }
  }
}

inline models::MultiplyLanesSpec random_lanes(Random& random) {
  models::MultiplyLanesSpec lanes;
  lanes.inputs = random.between(1, 7);
  lanes.outputs = random.between(1, 7);
  lanes.multiply_cycles = random.between(1, 5);
  lanes.accumulate_cycles = random.between(1, 5);
  lanes.weight_memory.size = DataSize(std::int64_t{8} << 20);
  lanes.weight_memory.latency_cycles = random.between(1, 9);
  return lanes;
}

/// The design of a seed; nothing where it cannot be built. `tape`, where there is one, records or replays it.
inline std::optional<PinDesign> lanes_design(std::uint64_t seed, int images, Tape* tape = nullptr) {
  Random random(seed, tape);
  PinDesign design;
  design.graph = random_graph(random);
  design.architecture = random_architecture(random);
  design.architecture.tile.multiply_lanes = random_lanes(random);
  mapping::MappingSpec& mapping = design.mapping;
  mapping.streamed = random.pick<const char*>({".*", ".*", "first", "last", "n.*"});
  draw_arithmetic(random, design.graph);
  draw_leaky(random, design, std::regex(*mapping.streamed));
  draw_times(random, design.architecture);
  draw_converters(random, design.architecture.array, models::RangePolicy::lossless);
  draw_mapping(random, mapping, 200);
  design.simulation = chip_simulation(random, seed, images);
  design.images = random_images(random, design.graph.nodes[0].shape, images);
  design.normalize.mean = {32.0};
  if (!build(design)) return std::nullopt;
  return design;
}

}  // namespace ohmic::test

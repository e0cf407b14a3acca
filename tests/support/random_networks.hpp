// SPDX-License-Identifier: Apache-2.0
// Random networks and chips for laws over everything that can be mapped.
#pragma once

#include <algorithm>

#include "base/config_reader.hpp"
#include "mapping/mapper.hpp"
#include "tests/support/designs.hpp"

namespace ohmic::test {

inline workloads::Window random_window(Random& random, const workloads::Shape& in) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const workloads::Window w{random.between(1, 4), random.between(1, 4), random.between(1, 3), random.between(1, 3),
                              random.between(0, 3), random.between(0, 3), random.between(0, 3), random.between(0, 3),
                              random.between(1, 2), random.between(1, 2)};
    const workloads::Shape out = w.output_shape(in);
    if (out.height > 0 && out.width > 0 && out.pixels() <= 160) return w;
  }
  return {};
}

/// An odd kernel with padding that keeps the size.
inline workloads::Window same_window(int kernel) {
  workloads::Window w;
  w.kernel_h = w.kernel_w = kernel;
  w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = kernel / 2;
  return w;
}

/// x + a chain of layers that keep the shape, or two chains of different depth.
inline int random_residual(Random& random, GraphBuilder& graph, int from, const std::string& name) {
  int ends[2] = {from, from};
  for (int side = 0; side < 2; ++side) {
    const int length = side == 0 ? random.count(0, 1) : random.count(1, 2);
    const int channels = graph.shape_of(from).channels;
    for (int i = 0; (side == 1 && i == 0) || random.another(i, length); ++i) {
      const std::string layer = name + (side == 0 ? ".short" : ".long") + std::to_string(i);
      ends[side] = random.between(0, 3) == 0
                       ? graph.pool(layer, ends[side], same_window(3))
                       : graph.conv(random, layer, ends[side], same_window(random.pick({1, 3, 5})), channels);
    }
  }
  return random.flip() ? graph.sum(name, ends[0], ends[1]) : graph.sum(name, ends[1], ends[0]);
}

inline int random_real_island(Random& random, GraphBuilder& graph, int from, const std::string& name) {
  int node = graph.dequantize(name + ".dequantize", from);
  const workloads::Shape shape = graph.shape_of(from);
  if (random.flip()) {
    node = graph.real(name + ".relu", node, workloads::Relu{}, shape);
  } else {
    workloads::Pool pool;
    pool.window = random_window(random, shape);
    node = graph.real(name + ".pool", node, pool, pool.window.output_shape(shape));
  }
  return graph.quantize(name + ".quantize", node, {.bits = 4, .is_signed = false, .scale = 1, .zero_point = 3});
}

inline workloads::QuantizedGraph random_graph(Random& random) {
  const workloads::Shape input{random.between(1, 3), random.between(3, 10), random.between(3, 10)};
  GraphBuilder graph(input, {.bits = random.between(2, 6), .is_signed = random.flip(), .scale = 1, .zero_point = 1});
  int node = graph.conv(random, "first", graph.last(), random_window(random, input), random.between(1, 8),
                        random.between(2, 6));
  const int length = random.count(0, 3);
  for (int i = 0; random.another(i, length); ++i) {
    const std::string name = "n" + std::to_string(i);
    const workloads::Shape shape = graph.shape_of(node);
    switch (random.between(0, 5)) {
      case 0:
        node = graph.pool(name, node, random_window(random, shape),
                          random.pick({workloads::PoolKind::max, workloads::PoolKind::average}),
                          std::max(0, random.between(-2, 2)), std::max(0, random.between(-2, 2)));
        break;
      case 1:
        node = graph.relu(name, node);
        break;
      case 2:
        node = random_real_island(random, graph, node, name);
        break;
      case 3:
        node =
            graph.conv(random, name, node, random_window(random, shape), random.between(1, 12), random.between(2, 6));
        break;
      default:
        node = random_residual(random, graph, node, name);
    }
  }
  if (random.flip()) {  // a fully connected layer
    workloads::Window whole;
    whole.kernel_h = graph.shape_of(node).height;
    whole.kernel_w = graph.shape_of(node).width;
    node = graph.conv(random, "last", node, whole, random.between(1, 10));
  }
  return graph.finish();
}

/// A chip that encodes what it is given: combinations that cannot be are not drawn.
inline models::ArchitectureSpec random_architecture(Random& random) {
  using models::Domain;
  models::ArchitectureSpec chip = small_architecture();
  models::ArraySpec& array = chip.array;
  array.rows = random.between(4, 40);
  array.columns = random.between(12, 40);
  array.parallel_rows = random.flip() ? 0 : random.between(1, array.rows);
  array.cell.bits = random.between(1, 3);
  array.weights.encoding = static_cast<models::WeightEncoding>(random.between(0, 3));
  array.inputs.encoding = static_cast<models::InputEncoding>(random.between(0, 3));
  array.inputs.dac_bits = random.between(1, 2);
  if (array.weights.encoding == models::WeightEncoding::xnor) {
    array.cell.bits = 1;
    array.inputs.encoding = models::InputEncoding::bipolar;
  }
  if (array.inputs.encoding == models::InputEncoding::bipolar) array.inputs.dac_bits = 1;
  array.accumulate.inputs = random.pick({Domain::analog, Domain::digital});
  array.accumulate.slices = random.pick({Domain::analog, Domain::digital});
  if (array.planes() == 2) array.accumulate.polarity = random.pick({Domain::analog, Domain::digital});
  array.sample_hold.banks = random.between(1, 2);
  array.adc.part->columns_per_adc = random.between(1, 12);
  chip.tiles = {random.between(1, 4), random.between(1, 4)};
  chip.tile.arrays_per_core = random.between(2, 24);
  chip.tile.cores = random.between(1, 4);
  chip.tile.output_slots = random.between(1, 3);
  chip.tile.digital.lanes = random.pick({1, 4, 16});
  chip.fabric = part<models::Topology>(random.pick<const char*>({"point_to_point", "bus", "mesh"}));
  return chip;
}

struct RandomDesign {
  workloads::QuantizedGraph graph;
  models::ArchitectureSpec architecture;
  mapping::MappingSpec mapping;
  mapping::Program program;
};

/// The design of a seed; an empty optional where the network drawn does not fit the chip drawn.
inline std::optional<RandomDesign> random_design(std::uint64_t seed) {
  Random random(seed);
  RandomDesign design{random_graph(random), random_architecture(random), {}, {}};
  design.mapping.strategy = random.pick<const char*>({"balanced", "single"});
  design.mapping.buffer_slack = random.between(0, 3);
  design.mapping.replication.array_budget = random.between(1, 200);
  try {
    design.program = mapping::map_network(design.graph, design.architecture, design.mapping);
  } catch (const RuleError& error) {
    const std::string path = error.path();
    if (path == "architecture.tiles" || path == "mapping.replication.array_budget" ||
        path == "architecture.tile.buffer") {
      return std::nullopt;
    }
    throw;
  }
  return design;
}

}  // namespace ohmic::test

// SPDX-License-Identifier: Apache-2.0
// Random small chips that have RTL: chains of layers and pools over links or a bus, every encoding, converter and time;
// those of odd seeds also with streamed layers, leaky ReLU, calibrated columns, grants of any length.
#pragma once

#include "explore/cosim.hpp"
#include "tests/support/lanes_design.hpp"
#include "tests/support/pin_design.hpp"

namespace ohmic::test {

inline workloads::Requant rtl_requant(Random& random, int channels, double ratio) {
  return random_requant(random, channels, ratio,
                        {workloads::RequantKind::multiplier_shift, workloads::RequantKind::shift});
}

/// One to three layers, pools between them.
inline workloads::QuantizedGraph rtl_graph(Random& random) {
  using namespace workloads;
  const Shape input{random.between(1, 3), random.between(2, 5), random.between(2, 5)};
  GraphBuilder graph(input, random_params(random));
  int node = graph.last();
  const int layers = random.count(1, 3);
  for (int i = 0; i == 0 || random.another(i, layers); ++i) {
    const Shape shape = graph.shape_of(node);
    node = graph.conv(random, "conv" + std::to_string(i), node, random_window(random, shape), random.between(1, 6),
                      random.between(2, 5));
    if (random.flip()) continue;
    node = graph.pool("pool" + std::to_string(i), node, random_window(random, graph.shape_of(node)),
                      random.flip() ? PoolKind::max : PoolKind::average, std::max(0, random.between(-2, 2)),
                      std::max(0, random.between(-2, 2)));
  }
  QuantizedGraph built = graph.finish();
  draw_arithmetic(random, built);
  for (QuantizedNode& n : built.nodes) {
    if (auto* conv = std::get_if<QuantizedConv>(&n.operation)) {
      conv->requant = rtl_requant(random, random.flip() ? conv->out_channels : 1, 2.0 / (conv->rows + 2));
    } else if (auto* pool = std::get_if<QuantizedPool>(&n.operation); pool && pool->kind == PoolKind::average) {
      const int counts = pool->count_include_pad ? 1 : pool->window.kernel_h * pool->window.kernel_w;
      pool->requant = rtl_requant(random, counts, 0.5);
    }
  }
  return built;
}

/// Drawn after all else: the rest of the design is that of its seed.
inline void draw_more(Random& random, PinDesign& design) {
  models::ArchitectureSpec& chip = design.architecture;
  if (auto* bus = dynamic_cast<models::Bus*>(chip.fabric.part.get())) bus->grant_cycles = random.between(0, 5);
  std::string streamed = "none";
  if (random.flip()) {
    chip.tile.multiply_lanes = random_lanes(random);
    chip.tile.multiply_lanes->weight_memory.latency_cycles = random.between(1, 30);
    streamed = random.pick<const char*>({".*", "conv0", "conv1"});
    design.mapping.streamed = streamed;
  }
  if (random.flip()) draw_leaky(random, design, std::regex(streamed));
  if (chip.array.compute == models::Domain::analog && random.flip()) {
    // Codes of steps that are no whole levels, which go with no sum of inputs.
    chip.array.weights.encoding = models::WeightEncoding::differential;
    draw_converters(random, chip.array, models::RangePolicy::calibrated);
    chip.array.adc.part->scope = models::RangeScope::column;
  }
}

struct RtlDesign {
  PinDesign design;
  explore::BuiltChip chip;
};

/// The design of a seed with `stalls`; nothing where it cannot be built. `tape`, where there is one, records or replays
/// it.
inline std::optional<RtlDesign> rtl_design(std::uint64_t seed, const sim::StallSpec& stalls = {},
                                           Tape* tape = nullptr) {
  Random random(seed, tape);
  RtlDesign all;
  PinDesign& design = all.design;
  design.graph = rtl_graph(random);
  design.architecture = random_architecture(random);
  models::ArchitectureSpec& chip = design.architecture;
  chip.array.rows = random.between(4, 20);
  chip.array.parallel_rows = random.flip() ? 0 : random.between(1, chip.array.rows);
  chip.array.columns = random.between(8, 24);
  chip.array.adc.part->columns_per_adc = std::min(chip.array.adc->columns_per_adc, chip.array.columns);
  chip.fabric = part<models::Topology>(random.pick<const char*>({"point_to_point", "bus"}));
  chip.fabric.part->link_bits = random.between(1, 40);
  chip.fabric.part->hop_cycles = random.between(1, 3);
  chip.tile.bus_bits = random.between(1, 60);
  draw_times(random, chip);
  draw_converters(
      random, chip.array,
      random.pick({models::RangePolicy::lossless, models::RangePolicy::max, models::RangePolicy::granular}));
  if (random.between(0, 3) == 0) make_digital(chip.array);
  draw_mapping(random, design.mapping, 12);
  const int images = random.at_most(2, 1);
  design.simulation.images = design.simulation.max_images = images;
  design.simulation.stalls = {stalls.seed, random.at_most(stalls.source, 0), random.at_most(stalls.sink, 0)};
  design.images = random_images(random, design.graph.nodes[0].shape, images);
  design.normalize.mean = {32.0};
  if (seed % 2 == 1) draw_more(random, design);
  if (!build(design)) return std::nullopt;
  all.chip.hardware = design.hardware;
  const values::ArrayBackend arrays(design.graph, design.layers, chip.array, design.ranges, {}, {});
  explore::add_tokens(workloads::execute(design.graph, arrays, design.images, design.normalize, 0, images, true),
                      images, all.chip);
  return all;
}

}  // namespace ohmic::test

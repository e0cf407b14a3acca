// SPDX-License-Identifier: Apache-2.0
// Heavy random traffic on a mesh: layers of stages in random tiles, each fed by several of the layer before, long
// tokens, small router buffers. Every token buffer holds an image, so that only the network could get stuck.
#pragma once

#include <random>
#include <vector>

#include "tests/support/program_builder.hpp"
#include "tests/support/timed_design.hpp"

namespace ohmic::test {

inline TimedDesign random_traffic(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto upto = [&random](int most) { return static_cast<int>(random() % static_cast<std::uint64_t>(most + 1)); };
  TimedDesign design;
  design.chip = chip("mesh", 2 + upto(2), 2 + upto(2));
  design.chip.tile.output_slots = 1 + upto(3);
  design.chip.fabric.part->link_bits = 4;
  design.chip.fabric.part->hop_cycles = 1 + upto(1);
  dynamic_cast<models::Mesh&>(*design.chip.fabric.part).buffer_flits = 2 + upto(4);
  constexpr int kTokens = 8;
  ProgramBuilder builder(design.chip);
  const auto any_tile = [&] { return upto(design.chip.num_tiles() - 1); };
  std::vector<int> before{builder.source(kTokens)};
  const int layers = 2 + upto(2);
  for (int l = 0; l < layers; ++l) {
    std::vector<int> layer;
    const int width = 3 + upto(6);
    for (int i = 0; i < width; ++i) {
      layer.push_back(builder.stage(std::to_string(l) + "." + std::to_string(i), kTokens, {.tile = any_tile()}));
      for (const int from : before) {
        // Every stage has at least one input and one output.
        const bool must = from == before[static_cast<std::size_t>(i) % before.size()] || i == width - 1;
        if (must || upto(2) == 0) builder.connect(from, layer.back(), kTokens, {}, 1 + upto(59));
      }
    }
    before = layer;
  }
  const int sink = builder.sink(kTokens);
  for (const int from : before) builder.connect(from, sink, kTokens, {}, 8);
  design.program = builder.program();
  for (mapping::Stream& stream : design.program.streams) {
    stream.message_class = static_cast<mapping::MessageClass>(upto(1));
  }
  design.simulation.images = design.simulation.max_images = 2;
  return design;
}

}  // namespace ohmic::test

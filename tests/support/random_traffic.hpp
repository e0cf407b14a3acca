// SPDX-License-Identifier: Apache-2.0
// Heavy random traffic on a mesh: layers of stages in random tiles, each fed by several of the layer before, long
// tokens, small router buffers. Every token buffer holds an image, so that only the network could get stuck.
#pragma once

#include <random>
#include <vector>

#include "tests/support/program_builder.hpp"
#include "tests/support/timed_design.hpp"

namespace ohmic::test {

inline TimedDesign random_traffic(std::uint64_t seed, Tape* tape = nullptr) {
  std::mt19937_64 random(seed);
  const auto upto = [&](int most) {
    const auto above = static_cast<std::uint64_t>(most);
    const std::uint64_t drawn = random() % (above + 1);
    return static_cast<int>(tape == nullptr ? drawn : tape->choose(above, drawn));
  };
  // No draw: as it is, or less on a tape.
  const auto at_most = [tape](int value, int least) {
    const auto above = static_cast<std::uint64_t>(value - least);
    return tape == nullptr ? value : least + static_cast<int>(tape->choose(above, above));
  };
  TimedDesign design;
  design.chip = chip("mesh", 2 + upto(2), 2 + upto(2));
  design.chip.tile.output_slots = 1 + upto(3);
  design.chip.fabric.part->link_bits = 4;
  design.chip.fabric.part->hop_cycles = 1 + upto(1);
  dynamic_cast<models::Mesh&>(*design.chip.fabric.part).buffer_flits = 2 + upto(4);
  const int tokens = at_most(8, 1);
  ProgramBuilder builder(design.chip);
  const auto any_tile = [&] { return upto(design.chip.num_tiles() - 1); };
  std::vector<int> before{builder.source(tokens)};
  const auto another = [tape](int made, int wanted) {
    return tape == nullptr ? made < wanted : tape->another(made, wanted);
  };
  const int layers = 2 + static_cast<int>(random() % 3);
  for (int l = 0; l == 0 || another(l, layers); ++l) {
    std::vector<int> layer;
    const int wanted = 3 + static_cast<int>(random() % 7);
    int width = 1;
    while (another(width, wanted)) ++width;
    for (int i = 0; i < width; ++i) {
      layer.push_back(builder.stage(std::to_string(l) + "." + std::to_string(i), tokens, {.tile = any_tile()}));
      for (const int from : before) {
        // Every stage has at least one input and one output.
        const bool must = from == before[static_cast<std::size_t>(i) % before.size()] || i == width - 1;
        if (must || upto(2) == 0) builder.connect(from, layer.back(), tokens, {}, 1 + upto(59));
      }
    }
    before = layer;
  }
  const int sink = builder.sink(tokens);
  for (const int from : before) builder.connect(from, sink, tokens, {}, 8);
  design.program = builder.program();
  for (mapping::Stream& stream : design.program.streams) {
    stream.message_class = static_cast<mapping::MessageClass>(upto(1));
  }
  design.simulation.images = design.simulation.max_images = at_most(2, 1);
  return design;
}

}  // namespace ohmic::test

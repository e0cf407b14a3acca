// SPDX-License-Identifier: Apache-2.0
// Random chips with random programs on them: chains of plain and windowed layers, replicas that take turns, layers cut
// into tiles that share their input and are added again, residual branches; random times, widths, rooms and places.
#pragma once

#include <random>
#include <vector>

#include "sim/timing.hpp"
#include "tests/support/program_builder.hpp"
#include "tests/support/tape.hpp"

namespace ohmic::test {

struct TimedDesign {
  models::ArchitectureSpec chip;
  mapping::Program program;
  sim::SimulationSpec simulation;
};

class TimedDesignGenerator {
 public:
  /// `tape`, where there is one, records or replays what is chosen.
  TimedDesignGenerator(std::uint64_t seed, std::string fabric, Tape* tape = nullptr)
      : random_(seed), tape_(tape), fabric_(std::move(fabric)) {}

  /// Images of a few tokens through a few stages: few states, so that runs meet in them.
  TimedDesign make_small() {
    TimedDesign design;
    design.chip = make_chip();
    tiles_ = design.chip.num_tiles();
    ProgramBuilder builder(design.chip);
    const int tokens = 1 + upto(2);
    int last = builder.source(tokens, {.interval = 1 + upto(2), .latency = 1 + upto(2)});
    const int sink = builder.sink(tokens, options());
    if (chance(50)) {
      const int join = builder.stage("join", tokens, options());
      for (int i = 0; i < 2; ++i) {
        const int side = builder.stage("side" + std::to_string(i), tokens, options());
        builder.connect(last, side, 1 + upto(2), {}, bits());
        builder.connect(side, join, 1 + upto(2), {}, bits());
      }
      last = join;
    }
    for (int i = upto(1); i > 0; --i) {
      const int stage = builder.stage("s" + std::to_string(i), tokens, options());
      builder.connect(last, stage, 1 + upto(2), {}, bits());
      last = stage;
    }
    builder.connect(last, sink, 1 + upto(2), {}, bits());
    design.program = builder.program();
    for (mapping::Stream& stream : design.program.streams) {
      stream.message_class = static_cast<mapping::MessageClass>(upto(1));
    }
    return design;
  }

  TimedDesign make() {
    TimedDesign design;
    design.chip = make_chip();
    ProgramBuilder builder(design.chip);
    build(builder, design.chip);
    design.program = builder.program();
    for (mapping::Stream& stream : design.program.streams) {
      stream.message_class = static_cast<mapping::MessageClass>(upto(1));
    }
    design.simulation.images = 1 + upto(2);
    design.simulation.max_images = design.simulation.images + upto(12);
    design.simulation.images_in_flight = chance(25) ? 1 + upto(2) : 0;
    if (chance(30)) {
      const std::uint64_t seed = choose(~std::uint64_t{0}, random_());
      design.simulation.stalls = {seed, upto(90), upto(90)};
    }
    return design;
  }

  [[nodiscard]] int upto(int most) {
    const auto above = static_cast<std::uint64_t>(most);
    return static_cast<int>(choose(above, random_() % (above + 1)));
  }
  /// On a tape 0 is no.
  [[nodiscard]] bool chance(int percent) {
    return 99 - choose(99, 99 - random_() % 100) < static_cast<std::uint64_t>(percent);
  }

 private:
  bool another(int made, int wanted) { return tape_ == nullptr ? made < wanted : tape_->another(made, wanted); }
  std::uint64_t choose(std::uint64_t most, std::uint64_t drawn) {
    return tape_ == nullptr ? drawn : tape_->choose(most, drawn);
  }

  models::ArchitectureSpec make_chip() {
    models::ArchitectureSpec spec = chip(fabric_, 1 + upto(2), 1 + upto(2));
    spec.tile.bus_bits = 8 << upto(3);
    spec.tile.output_slots = 1 + upto(3);
    spec.global_buffer.width_bits = 8 << upto(4);
    spec.global_buffer.latency_cycles = 1 + upto(4);
    spec.fabric.part->link_bits = 4 << upto(4);
    spec.fabric.part->hop_cycles = 1 + upto(2);
    if (auto* bus = dynamic_cast<models::Bus*>(spec.fabric.part.get())) bus->grant_cycles = upto(2);
    if (auto* mesh = dynamic_cast<models::Mesh*>(spec.fabric.part.get())) mesh->buffer_flits = 2 + upto(5);
    return spec;
  }

  void build(ProgramBuilder& builder, const models::ArchitectureSpec& spec) {
    tiles_ = spec.num_tiles();
    shape_ = {1, 1 + upto(5), 1 + upto(5)};
    roomy_ = upto(99) < 70;
    int last = builder.source(shape_.pixels(), {.interval = 1 + upto(3), .latency = 1 + upto(3)});
    const int layers = 1 + static_cast<int>(random_() % 5);
    for (int i = 0; i == 0 || another(i, layers); ++i) {
      name_ = "l" + std::to_string(i);
      const int kind = upto(3);
      last = kind == 0   ? plain(builder, last)
             : kind == 1 ? replicated(builder, last)
             : kind == 2 ? cut(builder, last)
                         : residual(builder, last);
    }
    const int sink = builder.sink(shape_.pixels(), options());
    builder.connect(last, sink, room(1), {}, bits());
  }

  [[nodiscard]] StageOptions options() {
    return {.tile = upto(tiles_ - 1), .interval = 1 + upto(chance(50) ? 2 : 11), .latency = 1 + upto(15)};
  }
  [[nodiscard]] int bits() { return 1 + upto(99); }
  /// Room for `tokens` and often more; sometimes too little, so that the chip deadlocks.
  [[nodiscard]] int room(int tokens) { return roomy_ ? tokens + upto(6) : 1 + upto(tokens + 2); }

  [[nodiscard]] workloads::Window window() {
    workloads::Window w;
    do {
      w.kernel_h = 1 + upto(2);
      w.kernel_w = 1 + upto(2);
      w.stride_h = 1 + upto(1);
      w.stride_w = 1 + upto(1);
      w.pad_top = upto(w.kernel_h - 1);
      w.pad_left = upto(w.kernel_w - 1);
      w.pad_bottom = upto(w.kernel_h - 1);
      w.pad_right = upto(w.kernel_w - 1);
      w.dilation_h = 1 + upto(1);
    } while (w.output_shape(shape_).height <= 0 || w.output_shape(shape_).width <= 0);
    return w;
  }
  [[nodiscard]] int window_room(const workloads::Window& w) {
    return room(((w.kernel_h - 1) * w.dilation_h + w.stride_h) * shape_.width + w.kernel_w);
  }

  int plain(ProgramBuilder& builder, int from) {
    const int stage = builder.stage(name_, shape_.pixels(), options());
    builder.connect(from, stage, room(1), {}, bits());
    return stage;
  }

  /// Several copies compute every R-th output pixel each, a stage after them puts the pixels in order.
  int replicated(ProgramBuilder& builder, int from) {
    const workloads::Window w = window();
    const workloads::Shape out = w.output_shape(shape_);
    const int replicas = std::min(1 + upto(2), out.pixels());
    const int merge = builder.stage(name_ + ".merge", out.pixels(), options());
    for (int r = 0; r < replicas; ++r) {
      const int firings = (out.pixels() - r + replicas - 1) / replicas;
      const int stage = builder.stage(name_ + ".r" + std::to_string(r), firings, options());
      builder.at(stage).replica = r;
      builder.connect(from, stage, window_room(w), ProgramBuilder::windowed(shape_, w, replicas, r), bits());
      mapping::InputPort turn;
      turn.period = replicas;
      turn.phase = r;
      builder.connect(stage, merge, room(1), turn, bits());
    }
    shape_ = {1, out.height, out.width};
    return merge;
  }

  /// Tiles of one layer take the same input, their partial sums are added.
  int cut(ProgramBuilder& builder, int from) {
    const workloads::Window w = window();
    const workloads::Shape out = w.output_shape(shape_);
    const int sum = builder.stage(name_ + ".sum", out.pixels(), options());
    const StageOptions same = options();
    const int parts = 1 + upto(2);
    for (int p = 0; p < parts; ++p) {
      StageOptions own = same;
      own.tile = upto(tiles_ - 1);
      const int stage = builder.stage(name_ + ".t" + std::to_string(p), out.pixels(), own);
      builder.connect(from, stage, window_room(w), ProgramBuilder::windowed(shape_, w), bits());
      builder.connect(stage, sum, room(1), {}, bits());
    }
    shape_ = {1, out.height, out.width};
    return sum;
  }

  /// A branch of one or two stages beside a direct one.
  int residual(ProgramBuilder& builder, int from) {
    const int add = builder.stage(name_ + ".add", shape_.pixels(), options());
    const int first = builder.stage(name_ + ".a", shape_.pixels(), options());
    workloads::Window w;
    w.kernel_h = w.kernel_w = 3;
    w.pad_top = w.pad_left = w.pad_bottom = w.pad_right = 1;
    builder.connect(from, first, window_room(w), ProgramBuilder::windowed(shape_, w), bits());
    builder.connect(from, add, room(3 * shape_.width + 6), {}, bits());
    builder.connect(first, add, room(1), {}, bits());
    return add;
  }

  std::mt19937_64 random_;
  Tape* tape_;
  std::string fabric_;
  std::string name_;
  int tiles_ = 1;
  bool roomy_ = true;
  workloads::Shape shape_;
};

}  // namespace ohmic::test

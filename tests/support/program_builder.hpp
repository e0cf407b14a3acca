// SPDX-License-Identifier: Apache-2.0
// Programs built by hand for tests of time: a test says only what it is about.
#pragma once

#include <string>
#include <utility>

#include "mapping/program.hpp"
#include "models/architecture.hpp"
#include "models/topology.hpp"

namespace ohmic::test {

/// A chip with a 1 GHz clock, tiles x × y, wide wires (a token is one beat and one flit) and a fast global buffer.
inline models::ArchitectureSpec chip(const std::string& fabric = "point_to_point", int x = 1, int y = 1) {
  models::ArchitectureSpec spec;
  spec.name = "test";
  spec.clock = Frequency(1'000'000'000);
  spec.tiles = {x, y};
  spec.tile.bus_bits = 1024;
  spec.tile.output_slots = 2;
  spec.global_buffer.size = DataSize(8LL << 24);
  spec.global_buffer.width_bits = 1024;
  spec.global_buffer.latency_cycles = 1;
  spec.fabric.kind = fabric;
  spec.fabric.part = Registry<models::Topology>::instance().create(fabric);
  spec.fabric.part->link_bits = 1024;
  return spec;
}

struct StageOptions {
  int tile = 0;
  Cycle interval = 1;
  Cycle latency = 1;
};

class ProgramBuilder {
 public:
  explicit ProgramBuilder(const models::ArchitectureSpec& chip) : gateway_(chip.gateway()) {}

  int source(std::int64_t tokens, StageOptions options = {}) {
    options.tile = gateway_;
    return add("in", mapping::StageKind::source, tokens, options);
  }
  int stage(const std::string& name, std::int64_t firings, StageOptions options = {}) {
    return add(name, mapping::StageKind::digital, firings, options);
  }
  int sink(std::int64_t firings, StageOptions options = {}) {
    options.tile = gateway_;
    return add("out", mapping::StageKind::sink, firings, options);
  }

  /// Feeds stage `to` from stage `from`: one more destination of its stream, one more port. Returns the port.
  int connect(int from, int to, int capacity, mapping::InputPort port = {}, int bits = 8) {
    mapping::Stage& source = at(from);
    if (source.output < 0) {
      source.output = static_cast<int>(program_.streams.size());
      mapping::Stream fresh;
      fresh.name = source.name;
      fresh.source = from;
      fresh.tokens = source.firings;
      fresh.token_bits = bits;
      program_.streams.push_back(std::move(fresh));
    }
    port.stream = source.output;
    const int number = static_cast<int>(at(to).inputs.size());
    at(to).inputs.push_back(port);
    program_.streams[static_cast<std::size_t>(source.output)].destinations.push_back(
        {.stage = to, .port = number, .capacity = capacity, .minimum = 1});
    return number;
  }

  [[nodiscard]] mapping::Stage& at(int stage) { return program_.stages[static_cast<std::size_t>(stage)]; }
  [[nodiscard]] mapping::Stream& stream_of(int stage) {
    return program_.streams[static_cast<std::size_t>(at(stage).output)];
  }
  [[nodiscard]] mapping::Program& program() { return program_; }

  /// A port through which a window slides over an image; the stage fires per output pixel phase + f · period.
  static mapping::InputPort windowed(const workloads::Shape& in, const workloads::Window& window, int period = 1,
                                     int phase = 0) {
    mapping::InputPort port;
    port.windowed = true;
    port.window = window;
    port.in_shape = in;
    port.out_shape = window.output_shape(in);
    port.period = period;
    port.phase = phase;
    return port;
  }

 private:
  int add(const std::string& name, mapping::StageKind kind, std::int64_t firings, const StageOptions& options) {
    mapping::Stage stage;
    stage.name = name;
    stage.kind = kind;
    stage.tile = options.tile;
    stage.firings = firings;
    stage.interval = options.interval;
    stage.latency = options.latency;
    program_.stages.push_back(std::move(stage));
    return static_cast<int>(program_.stages.size()) - 1;
  }

  int gateway_;
  mapping::Program program_;
};

}  // namespace ohmic::test

// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/simulate_pin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "sim/pin/chip.hpp"
#include "sim/pin/core_lanes.hpp"
#include "sim/pin/make_core.hpp"
#include "sim/pin/trace.hpp"
#include "sim/tlm/token_host.hpp"

namespace ohmic::sim::pin {

namespace {

using mapping::StageKind;

/// Tokens of all images one after another, by source.
std::vector<std::vector<Bits>> tokens_by_source(const mapping::Program& program, int count,
                                                const std::vector<PinImage>& images) {
  std::vector<std::vector<Bits>> tokens;
  std::size_t first = 0;
  for (const mapping::Stage& stage : program.stages) {
    if (stage.kind != StageKind::source) continue;
    std::vector<Bits>& all = tokens.emplace_back();
    for (int i = 0; i < count; ++i) {
      const PinImage& image = images.at(static_cast<std::size_t>(i) % images.size());
      for (std::size_t t = 0; t < static_cast<std::size_t>(stage.firings); ++t) {
        all.push_back(image.at(first + t));
        const int bits = program.streams[static_cast<std::size_t>(stage.output)].token_bits;
        if (all.back().width() != bits) throw std::logic_error("simulate_pin: a token of another width");
      }
    }
    first += static_cast<std::size_t>(stage.firings);
  }
  return tokens;
}

std::int64_t hops_of(const mapping::Program& program, int images) {
  std::int64_t hops = 0;
  for (const mapping::Stream& s : program.streams) {
    hops += s.tokens * images * static_cast<std::int64_t>(s.destinations.size());
  }
  return hops;
}

std::unique_ptr<Trace> trace_of(const Chip& chip, const mapping::Program& program, const std::string& file) {
  if (file.empty()) return nullptr;
  std::vector<std::string> names;
  std::vector<int> widths;
  for (const mapping::Stream& s : program.streams) {
    names.push_back(s.name);
    widths.push_back(s.token_bits);
  }
  return std::make_unique<Trace>("trace", file, chip.streams(), identifiers(names), widths);
}

PinResult run(const ChipPlan& plan, const PinOptions& options) {
  static bool has_run = false;
  if (has_run) throw std::logic_error("simulate_pin: a SystemC kernel cannot start twice in one process");
  has_run = true;
  sc_core::sc_set_time_resolution(1, sc_core::SC_FS);
  const sc_core::sc_time period = clock_period(plan.architecture->clock);
  // Cycle t lasts from t · period on: the edge that ends it is the first that sees it.
  sc_core::sc_clock clock("clock", period, 0.5, period, true);
  const Cycle origin = plan.architecture->global_buffer.latency_cycles;
  Recorder recorder("recorder", origin, options.hops);
  recorder.clk_i(clock);
  const Chip chip("chip", plan, clock, recorder);
  const int images = plan.simulation.images;
  const auto done = [&] { return static_cast<int>(chip.global_buffer().result_cycles().size()) == images; };
  recorder.end_when(hops_of(*plan.program, images), done, options.quiet_cycles, options.goes_on);
  const std::unique_ptr<Trace> trace = trace_of(chip, *plan.program, options.vcd);
  if (options.attach) options.attach(chip, clock);
  sc_core::sc_start();
  PinResult result;
  result.deadlock = !done();
  if (result.deadlock) {
    result.waiting =
        chip.waiting(fmt::format("nothing has passed since cycle {}: {} of {} images are done", recorder.last_event(),
                                 chip.global_buffer().result_cycles().size(), images));
  }
  result.result_cycles = chip.global_buffer().result_cycles();
  for (Cycle& cycle : result.result_cycles) cycle -= origin;
  result.results = chip.global_buffer().results();
  result.token_hops = recorder.hops();
  result.cycles = recorder.cycles();
  return result;
}

/// What lies outside of an image: zero points, which add nothing.
Bits padding_of(const mapping::Hardware& hardware, int stage, int port) {
  const mapping::Stage& s = hardware.program.stages[static_cast<std::size_t>(stage)];
  const auto stream = static_cast<std::size_t>(s.inputs[static_cast<std::size_t>(port)].stream);
  const mapping::TokenFormat& format = hardware.formats[stream];
  const auto node = static_cast<std::size_t>(hardware.nodes[stream]);
  const std::int64_t zero_point = hardware.graph.nodes[node].params.zero_point;
  Bits token(format.token_bits());
  for (int i = 0; i < format.elements; ++i) {
    token.set(i * format.bits, format.bits, static_cast<std::uint64_t>(zero_point));
  }
  return token;
}

}  // namespace

PinResult simulate_pin(const mapping::Hardware& hardware, const models::ArchitectureSpec& architecture,
                       const SimulationSpec& simulation, const std::vector<PinImage>& images, const PinOptions& options,
                       const TileOptions& tile) {
  ChipPlan plan;
  plan.program = &hardware.program;
  plan.architecture = &architecture;
  plan.simulation = simulation;
  plan.core = [&](const std::string& name, int stage) { return make_core(name, hardware, stage, architecture, tile); };
  plan.weights = [&](const std::string& name, int stage) {
    return make_weight_stream(name, hardware, stage, architecture);
  };
  plan.end_times = [](int /*stage*/) { return CoreTimes{}; };
  plan.padding = [&](int stage, int port) { return padding_of(hardware, stage, port); };
  plan.images = tokens_by_source(hardware.program, simulation.images, images);
  return run(plan, options);
}

PinResult simulate_pin(const mapping::Program& program, const models::ArchitectureSpec& architecture,
                       const SimulationSpec& simulation, const std::vector<PinImage>& images,
                       const PinOptions& options) {
  const auto stage_at = [&](int stage) -> const mapping::Stage& {
    return program.stages[static_cast<std::size_t>(stage)];
  };
  const auto times = [&](int stage) { return CoreTimes{stage_at(stage).interval, stage_at(stage).latency}; };
  ChipPlan plan;
  plan.program = &program;
  plan.architecture = &architecture;
  plan.simulation = simulation;
  plan.core = [&](const std::string& name, int stage) -> std::unique_ptr<Core> {
    const mapping::Stage& s = stage_at(stage);
    return std::make_unique<TimedCore>(name.c_str(), static_cast<int>(s.inputs.size()), architecture.tile.output_slots,
                                       times(stage), program.streams[static_cast<std::size_t>(s.output)].token_bits);
  };
  plan.end_times = times;
  plan.padding = [&](int stage, int port) {
    const int stream = stage_at(stage).inputs[static_cast<std::size_t>(port)].stream;
    return all_ones(program.streams[static_cast<std::size_t>(stream)].token_bits);
  };
  plan.images = tokens_by_source(program, simulation.images, images);
  return run(plan, options);
}

}  // namespace ohmic::sim::pin

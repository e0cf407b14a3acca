// SPDX-License-Identifier: Apache-2.0
// The top module: its ports, its stages with their buffers.
#include "emit/rtl_chip.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/config_reader.hpp"
#include "emit/rtl_chip_writer.hpp"

namespace ohmic::emit {

using mapping::Destination;
using mapping::InputPort;
using mapping::Stage;
using mapping::Stream;

std::string ChipWriter::text() {
  require_rtl();
  find_flows();
  ports();
  for (int i = 0; i < static_cast<int>(program_.stages.size()); ++i) declare_stage(i);
  for (int i = 0; i < static_cast<int>(program_.stages.size()); ++i) add_stage(i);
  add_bus();
  add_memory(top_, input_);
  add_programming(top_, input_);
  return top_.text(fmt::format("// {} on {}: every module and wire of the chip. Made by ohmic emit.\n",
                               program_.network, program_.architecture));
}

void ChipWriter::require_rtl() const {
  if (chip_.fabric.kind == "point_to_point" || chip_.fabric.kind == "bus") return;
  throw RuleError("architecture.fabric.kind",
                  fmt::format("'{}' has no RTL (point_to_point and bus have)", chip_.fabric.kind));
}

void ChipWriter::ports() {
  top_.port(true, 1, "clk_i", "Clock, rising edge.");
  top_.port(true, 1, "rst_ni", "Reset, asynchronous, low.");
  top_.port(true, 1, "run_i", "Images may begin; after programmed_o.");
  top_.port(true, 1, "stall_source_i", "The source does not start in this cycle.");
  top_.port(true, 1, "stall_sink_i", "The sink does not start in this cycle.");
  const int results = result_words(input_);
  top_.port(true, index_bits(results), "result_address_i", "Place of a result token in the global buffer.");
  top_.port(false, 1, "programmed_o", "All arrays have been written, streams of weights are read ahead.");
  top_.port(false, 1, "done_o", "All results are in the global buffer.");
  top_.port(false, result_bits(input_), "result_o", "The result token there.");
  const std::vector<RtlProbe> probes = rtl_probes(input_.hardware);
  top_.guarded_port(kProbeMacro, static_cast<int>(probes.size()), "probe_valid_o");
  for (std::size_t k = 0; k < probes.size(); ++k) {
    top_.guarded_port(kProbeMacro, stream(probes[k].stream).token_bits, fmt::format("probe_{}_data_o", k));
  }
}

CoreNets ChipWriter::nets(int index) const {
  const std::string n = name(index);
  CoreNets nets{n + "_in_valid", n + "_in_ready", {}, n + "_out_valid", n + "_out_ready",
                n + "_out_data", n + "_out_count"};
  for (std::size_t port = 0; port < stage(index).inputs.size(); ++port)
    nets.in_data.push_back(fmt::format("{}_b{}_data", n, port));
  return nets;
}

void ChipWriter::declare_stage(int index) {
  const Stage& s = stage(index);
  const CoreNets n = nets(index);
  top_.comment(fmt::format("{} in tile {}", s.name, s.tile));
  if (!s.inputs.empty()) {
    for (const std::string& net : {n.in_valid, n.in_ready}) top_.wire(1, net);
  }
  for (int port = 0; port < static_cast<int>(s.inputs.size()); ++port) {
    const InputPort& p = s.inputs[static_cast<std::size_t>(port)];
    const int taps = p.windowed ? p.window.kernel_h * p.window.kernel_w : 1;
    const std::string b = buffer_name({index, port});
    for (const char* net : {"_beat_ready", "_valid", "_ready"}) top_.wire(1, b + net);
    top_.wire(taps * stream(p.stream).token_bits, b + "_data");
    top_.wire(count_bits(capacity(index, port)), b + "_credit");
  }
  if (s.output >= 0) {
    for (const std::string& net : {n.out_valid, n.out_ready}) top_.wire(1, net);
    top_.wire(stream(s.output).token_bits, n.out_data);
    top_.wire(count_bits(chip_.tile.output_slots), n.out_count);
  }
}

int ChipWriter::capacity(int stage_index, int port) const {
  const Stream& s = stream(stage(stage_index).inputs[static_cast<std::size_t>(port)].stream);
  for (const Destination& d : s.destinations) {
    if (d.stage == stage_index && d.port == port) return d.capacity;
  }
  throw std::logic_error("an input without a destination");
}

/// The first port of a stage whose first window lies in the padding of every port.
bool ChipWriter::waits_for_first(int index, int port) const {
  if (port != 0) return false;
  const std::vector<InputPort>& inputs = stage(index).inputs;
  return std::all_of(inputs.begin(), inputs.end(), [&](const InputPort& p) {
    return mapping::consumption(stage(index), p, stream(p.stream).tokens).need.front() <= 0;
  });
}

void ChipWriter::add_stage(int index) {
  const Stage& s = stage(index);
  const CoreNets n = nets(index);
  top_.comment("---- " + s.name);
  if (s.inputs.size() == 1) {
    const std::string b = buffer_name({index, 0});
    top_.assign(n.in_valid, b + "_valid");
    top_.assign(b + "_ready", n.in_ready);
  } else if (!s.inputs.empty()) {
    std::vector<std::string> valids;
    std::vector<std::string> readies;
    for (int port = 0; port < static_cast<int>(s.inputs.size()); ++port) {
      valids.push_back(buffer_name({index, port}) + "_valid");
      readies.push_back(buffer_name({index, port}) + "_ready");
    }
    top_.raw(fmt::format(
        "  ohmic_join #(.Inputs({})) i_{}_join (\n    .in_valid_i({}),\n    .in_ready_o({}),\n"
        "    .out_valid_o({}), .out_ready_i({})\n  );\n",
        s.inputs.size(), name(index), concatenation(valids), concatenation(readies), n.in_valid, n.in_ready));
  }
  add_core(top_, input_, index, n);
  if (s.output >= 0) add_sender(index);
}

void ChipWriter::add_buffer(int index, int port, const std::string& beat_valid, const std::string& beat,
                            int beat_bits) {
  const Stage& s = stage(index);
  const InputPort& p = s.inputs[static_cast<std::size_t>(port)];
  const std::string b = buffer_name({index, port});
  const int bits = stream(p.stream).token_bits;
  Connections parameters{
      {"BeatBits", number(beat_bits)}, {"TokenBits", number(bits)}, {"Capacity", number(capacity(index, port))}};
  if (p.windowed) {
    const workloads::Window& w = p.window;
    const std::vector<std::pair<const char*, int>> geometry{{"KernelHeight", w.kernel_h},
                                                            {"KernelWidth", w.kernel_w},
                                                            {"StrideHeight", w.stride_h},
                                                            {"StrideWidth", w.stride_w},
                                                            {"PadTop", w.pad_top},
                                                            {"PadLeft", w.pad_left},
                                                            {"DilationHeight", w.dilation_h},
                                                            {"DilationWidth", w.dilation_w},
                                                            {"InHeight", p.in_shape.height},
                                                            {"InWidth", p.in_shape.width},
                                                            {"OutHeight", p.out_shape.height},
                                                            {"OutWidth", p.out_shape.width},
                                                            {"Period", p.period},
                                                            {"Phase", p.phase}};
    for (const auto& [key, value] : geometry) parameters.emplace_back(key, number(value));
    parameters.emplace_back("WaitFirst", waits_for_first(index, port) ? "1'b1" : "1'b0");
    parameters.emplace_back("PadToken", literal(padding_token(input_.hardware, index, port)));
  } else {
    parameters.emplace_back("Period", number(p.period));
    parameters.emplace_back("Phase", number(p.phase));
    parameters.emplace_back("Firings", number(s.firings));
  }
  top_.instance(p.windowed ? "ohmic_window_buffer" : "ohmic_fifo", "i_" + b, parameters,
                {{"in_valid_i", beat_valid},
                 {"in_ready_o", b + "_beat_ready"},
                 {"in_data_i", beat},
                 {"out_valid_o", b + "_valid"},
                 {"out_ready_i", b + "_ready"},
                 {"out_data_o", b + "_data"},
                 {"credit_o", b + "_credit"}});
  const auto& destinations = stream(p.stream).destinations;
  for (std::size_t d = 0; d < destinations.size(); ++d) {
    if (destinations[d].stage == index && destinations[d].port == port) probe(p.stream, static_cast<int>(d), b);
  }
}

/// Where a token is complete in its buffer: the signals of that module that say so.
void ChipWriter::probe(int stream_index, int destination, const std::string& buffer) {
  const std::vector<RtlProbe> probes = rtl_probes(input_.hardware);
  const auto same = [&](const RtlProbe& p) { return p.stream == stream_index && p.destination == destination; };
  const auto k = std::find_if(probes.begin(), probes.end(), same) - probes.begin();
  top_.guarded_assign(kProbeMacro, fmt::format("probe_valid_o[{}]", k), fmt::format("i_{}.push", buffer));
  top_.guarded_assign(kProbeMacro, fmt::format("probe_{}_data_o", k), fmt::format("i_{}.token", buffer));
}

std::vector<RtlProbe> rtl_probes(const mapping::Hardware& hardware) {
  std::vector<RtlProbe> probes;
  for (int s = 0; s < static_cast<int>(hardware.program.streams.size()); ++s) {
    const auto& destinations = hardware.program.streams[static_cast<std::size_t>(s)].destinations;
    for (int d = 0; d < static_cast<int>(destinations.size()); ++d) probes.push_back({s, d});
  }
  return probes;
}

std::string stage_identifier(const mapping::Hardware& hardware, int stage) {
  return fmt::format("s{}_{}", stage, identifier(hardware.program.stages[static_cast<std::size_t>(stage)].name));
}

int unroll_count(const RtlInput& input) {
  constexpr std::int64_t kLeast = 4,
                         kSteps = 16;  // kSteps: of a generate loop or a constant function, for each of these
  const models::ArchitectureSpec& chip = input.architecture;
  std::int64_t most = std::max({chip.tile.digital.lanes, chip.array.rows, chip.array.columns});
  if (chip.tile.multiply_lanes) {
    most = std::max<std::int64_t>({most, chip.tile.multiply_lanes->inputs, chip.tile.multiply_lanes->outputs});
  }
  for (const Stage& stage : input.hardware.program.stages) most = std::max(most, stage.firings);
  for (const mapping::TokenFormat& format : input.hardware.formats)
    most = std::max<std::int64_t>(most, format.elements);
  return static_cast<int>(std::max(kLeast, most / kSteps + 1));
}

std::string chip_module(const mapping::Hardware& hardware) {
  return identifier(hardware.program.network) + "_chip";
}

std::string chip_text(const RtlInput& input) {
  return ChipWriter(input).text();
}

}  // namespace ohmic::emit

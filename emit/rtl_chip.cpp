// SPDX-License-Identifier: Apache-2.0
#include "emit/rtl_chip.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/config_reader.hpp"
#include "emit/rtl_parts.hpp"

namespace ohmic::emit {

namespace {

using mapping::Destination;
using mapping::InputPort;
using mapping::Stage;
using mapping::StageKind;
using mapping::Stream;

class ChipWriter {
 public:
  explicit ChipWriter(const RtlInput& input)
      : input_(input), program_(input.hardware.program), chip_(input.architecture), top_(chip_module(input.hardware)) {}

  std::string text() {
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

 private:
  void require_rtl() const {
    if (chip_.fabric.kind == "point_to_point" || chip_.fabric.kind == "bus") return;
    throw RuleError("architecture.fabric.kind",
                    fmt::format("'{}' has no RTL (point_to_point and bus have)", chip_.fabric.kind));
  }

  void find_flows();
  /// Number of a stream among those on the bus; −1: it is none of them.
  [[nodiscard]] int flow_of(int stream_index) const {
    const auto found = std::find(flows_.begin(), flows_.end(), stream_index);
    return found == flows_.end() ? -1 : static_cast<int>(found - flows_.begin());
  }
  void ports();
  void declare_stage(int index);
  void add_stage(int index);
  void add_buffer(int index, int port, const std::string& beat_valid, const std::string& beat, int beat_bits);
  void add_sender(int index);
  void add_local(const Stream& stream, const std::string& prefix, const std::vector<int>& locals);
  void add_remote(const Stream& stream, const std::string& prefix, int destination, int credit_width);
  void add_bus();
  void probe(int stream, int destination, const std::string& buffer, int token_bits);

  [[nodiscard]] const Stage& stage(int index) const { return program_.stages[static_cast<std::size_t>(index)]; }
  [[nodiscard]] const Stream& stream(int index) const { return program_.streams[static_cast<std::size_t>(index)]; }
  [[nodiscard]] std::string name(int index) const { return stage_identifier(input_.hardware, index); }
  [[nodiscard]] std::string buffer_name(const Destination& d) const {
    return fmt::format("{}_b{}", name(d.stage), d.port);
  }
  [[nodiscard]] int capacity(int stage_index, int port) const;
  [[nodiscard]] bool is_local(const Stream& s, const Destination& d) const {
    return stage(d.stage).tile == stage(s.source).tile;
  }
  [[nodiscard]] bool is_bus() const { return chip_.fabric.kind == "bus"; }
  [[nodiscard]] CoreNets nets(int index) const;
  [[nodiscard]] bool waits_for_first(int index, int port) const;

  const RtlInput& input_;
  const mapping::Program& program_;
  const models::ArchitectureSpec& chip_;
  StructuralModule top_;
  int probes_ = 0;
  std::vector<int> flows_;  // streams on the bus
};

void ChipWriter::find_flows() {
  for (int i = 0; is_bus() && i < static_cast<int>(program_.streams.size()); ++i) {
    const auto& destinations = stream(i).destinations;
    const auto local = [&](const Destination& d) { return is_local(stream(i), d); };
    if (!std::all_of(destinations.begin(), destinations.end(), local)) flows_.push_back(i);
  }
}

void ChipWriter::ports() {
  top_.port(true, 1, "clk_i", "Clock, rising edge.");
  top_.port(true, 1, "rst_ni", "Reset, asynchronous, low.");
  top_.port(true, 1, "run_i", "Images may begin; after programmed_o.");
  top_.port(true, 1, "stall_source_i", "The source does not start in this cycle.");
  top_.port(true, 1, "stall_sink_i", "The sink does not start in this cycle.");
  const int results = result_words(input_);
  top_.port(true, index_bits(results), "result_address_i", "Place of a result token in the global buffer.");
  top_.port(false, 1, "programmed_o", "All arrays have been written.");
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
    if (destinations[d].stage == index && destinations[d].port == port) probe(p.stream, static_cast<int>(d), b, bits);
  }
}

/// Where a token is complete in its buffer: the signals of that module that say so.
void ChipWriter::probe(int stream_index, int destination, const std::string& buffer, int /*token_bits*/) {
  const std::vector<RtlProbe> probes = rtl_probes(input_.hardware);
  const auto same = [&](const RtlProbe& p) { return p.stream == stream_index && p.destination == destination; };
  const auto k = std::find_if(probes.begin(), probes.end(), same) - probes.begin();
  top_.guarded_assign(kProbeMacro, fmt::format("probe_valid_o[{}]", k), fmt::format("i_{}.push", buffer));
  top_.guarded_assign(kProbeMacro, fmt::format("probe_{}_data_o", k), fmt::format("i_{}.token", buffer));
}

void ChipWriter::add_sender(int index) {
  const Stream& s = stream(stage(index).output);
  const CoreNets n = nets(index);
  const std::string p = name(index) + "_p";
  std::vector<int> locals;
  std::vector<int> remotes;
  int width = 1;
  for (int d = 0; d < static_cast<int>(s.destinations.size()); ++d) {
    const Destination& to = s.destinations[static_cast<std::size_t>(d)];
    (is_local(s, to) ? locals : remotes).push_back(d);
    if (!is_local(s, to)) width = std::max(width, count_bits(to.capacity));
  }
  PackedFields capacities(width);
  std::vector<std::string> credits;
  for (const int d : remotes) {
    capacities.add(s.destinations[static_cast<std::size_t>(d)].capacity);
    credits.push_back(top_.wire(width, fmt::format("{}_credit{}", p, d)));
  }
  if (remotes.empty()) {
    capacities.add(0);
    credits.push_back(literal(width, std::uint64_t{0}));
  }
  const int flow = flow_of(stage(index).output);
  const bool offers = flow >= 0;
  for (const char* net : {"_beat_valid", "_beat_ready", "_flit_valid", "_offer", "_grant", "_busy"})
    top_.wire(1, p + net);
  top_.wire(chip_.tile.bus_bits, p + "_beat");
  top_.wire(chip_.fabric->link_bits, p + "_flit");
  top_.assign(p + "_grant", offers ? fmt::format("bus_grant[{}]", flow) : "1'b0");
  if (locals.empty()) top_.assign(p + "_beat_ready", "1'b1");
  top_.instance("ohmic_stream_port", "i_" + p,
                {{"TokenBits", number(s.token_bits)},
                 {"BeatBits", number(chip_.tile.bus_bits)},
                 {"FlitBits", number(chip_.fabric->link_bits)},
                 {"Local", locals.empty() ? "1'b0" : "1'b1"},
                 {"Remote", number(static_cast<std::int64_t>(remotes.size()))},
                 {"CreditBits", number(width)},
                 {"Capacities", capacities.text()},
                 {"Offers", offers ? "1'b1" : "1'b0"},
                 {"CountBits", number(count_bits(chip_.tile.output_slots))}},
                {{"in_valid_i", n.out_valid},
                 {"in_ready_o", n.out_ready},
                 {"in_data_i", n.out_data},
                 {"in_count_i", n.out_count},
                 {"beat_valid_o", p + "_beat_valid"},
                 {"beat_ready_i", p + "_beat_ready"},
                 {"beat_data_o", p + "_beat"},
                 {"flit_valid_o", p + "_flit_valid"},
                 {"flit_data_o", p + "_flit"},
                 {"credit_i", concatenation(credits)},
                 {"offer_o", p + "_offer"},
                 {"grant_i", p + "_grant"},
                 {"busy_o", p + "_busy"}});
  if (!locals.empty()) add_local(s, p, locals);
  for (const int d : remotes) add_remote(s, p, d, width);
}

void ChipWriter::add_local(const Stream& s, const std::string& p, const std::vector<int>& locals) {
  std::vector<std::string> valids;
  std::vector<std::string> readies;
  for (const int d : locals) {
    const Destination& to = s.destinations[static_cast<std::size_t>(d)];
    valids.push_back(locals.size() == 1 ? p + "_beat_valid" : top_.wire(1, fmt::format("{}_valid{}", p, d)));
    readies.push_back(buffer_name(to) + "_beat_ready");
    add_buffer(to.stage, to.port, valids.back(), p + "_beat", chip_.tile.bus_bits);
  }
  if (locals.size() == 1) {
    top_.assign(p + "_beat_ready", readies.front());
    return;
  }
  top_.raw(fmt::format(
      "  ohmic_fork #(.Outputs({})) i_{}_fork (\n    .in_valid_i({}), .in_ready_o({}),\n"
      "    .out_valid_o({}),\n    .out_ready_i({})\n  );\n",
      locals.size(), p, p + "_beat_valid", p + "_beat_ready", concatenation(valids), concatenation(readies)));
}

void ChipWriter::add_remote(const Stream& s, const std::string& p, int destination, int credit_width) {
  const Destination& to = s.destinations[static_cast<std::size_t>(destination)];
  const std::string b = buffer_name(to);
  const int own = count_bits(capacity(to.stage, to.port));
  const std::string back = top_.wire(own, fmt::format("{}_back{}", p, destination));
  const std::string credit = fmt::format("{}_credit{}", p, destination);
  top_.assign(credit, own == credit_width ? back : fmt::format("{}'({})", credit_width, back));
  if (is_bus()) {
    top_.instance("ohmic_pipe", fmt::format("i_{}_back{}", p, destination),
                  {{"Width", number(own)}, {"Registers", number(chip_.fabric->hop_cycles)}},
                  {{"data_i", b + "_credit"}, {"data_o", back}});
    add_buffer(to.stage, to.port, fmt::format("bus_flit_valid[{}]", flow_of(stage(s.source).output)), "bus_flit",
               chip_.fabric->link_bits);
    return;
  }
  const int hops =
      std::max(1, models::tile_distance(stage(s.source).tile, stage(to.stage).tile, chip_.tiles.x, chip_.gateway()));
  const std::string link = fmt::format("{}_link{}", p, destination);
  top_.wire(1, link + "_valid");
  top_.wire(chip_.fabric->link_bits, link + "_flit");
  top_.instance("ohmic_link", "i_" + link,
                {{"FlitBits", number(chip_.fabric->link_bits)},
                 {"CreditBits", number(own)},
                 {"Registers", number(hops * chip_.fabric->hop_cycles)}},
                {{"flit_valid_i", p + "_flit_valid"},
                 {"flit_data_i", p + "_flit"},
                 {"credit_i", b + "_credit"},
                 {"flit_valid_o", link + "_valid"},
                 {"flit_data_o", link + "_flit"},
                 {"credit_o", back}});
  add_buffer(to.stage, to.port, link + "_valid", link + "_flit", chip_.fabric->link_bits);
}

void ChipWriter::add_bus() {
  if (flows_.empty()) return;
  const auto* bus = dynamic_cast<const models::Bus*>(chip_.fabric.part.get());
  PackedFields flits(16);
  std::vector<std::string> offers, valids, data;
  for (const int index : flows_) {
    const std::string p = name(stream(index).source) + "_p";
    flits.add(ceil_div(stream(index).token_bits, chip_.fabric->link_bits));
    offers.push_back(p + "_offer");
    valids.push_back(p + "_flit_valid");
    data.push_back(p + "_flit");
  }
  const auto count = static_cast<int>(flows_.size());
  top_.declare_first(count, "bus_grant");
  top_.declare_first(count, "bus_flit_valid");
  top_.declare_first(chip_.fabric->link_bits, "bus_flit");
  top_.instance("ohmic_bus", "i_bus",
                {{"Flows", number(count)},
                 {"FlitBits", number(chip_.fabric->link_bits)},
                 {"Flits", flits.text()},
                 {"HopCycles", number(chip_.fabric->hop_cycles)},
                 {"GrantCycles", number(bus->grant_cycles)},
                 {"OfferBits", number(count_bits(chip_.tile.output_slots))}},
                {{"offer_i", concatenation(offers)},
                 {"grant_o", "bus_grant"},
                 {"flit_valid_i", concatenation(valids)},
                 {"flit_data_i", concatenation(data)},
                 {"flit_valid_o", "bus_flit_valid"},
                 {"flit_data_o", "bus_flit"}});
}

}  // namespace

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

int unroll_count(const mapping::Hardware& hardware) {
  constexpr std::int64_t kLeast = 4, kSteps = 16;
  std::int64_t most = 0;
  for (const Stage& stage : hardware.program.stages) most = std::max(most, stage.firings);
  return static_cast<int>(std::max(kLeast, most / kSteps + 1));
}

std::string chip_module(const mapping::Hardware& hardware) {
  return identifier(hardware.program.network) + "_chip";
}

std::string chip_text(const RtlInput& input) {
  return ChipWriter(input).text();
}

}  // namespace ohmic::emit

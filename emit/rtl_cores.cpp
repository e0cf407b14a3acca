// SPDX-License-Identifier: Apache-2.0
#include "emit/rtl_cores.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/config_reader.hpp"
#include "emit/rtl_parts.hpp"

namespace ohmic::emit {

namespace {

using mapping::Stage;
using mapping::StageKind;
using workloads::QuantizedPool;

const Stage& stage_at(const RtlInput& input, int stage) {
  return input.hardware.program.stages[static_cast<std::size_t>(stage)];
}

const mapping::TokenFormat& operand_format(const RtlInput& input, int stage) {
  return input.hardware.formats[static_cast<std::size_t>(stage_at(input, stage).inputs.front().stream)];
}

Connections core_ports(const CoreNets& nets) {
  return {{"in_valid_i", nets.in_valid},   {"in_ready_o", nets.in_ready},   {"in_data_i", concatenation(nets.in_data)},
          {"out_valid_o", nets.out_valid}, {"out_ready_i", nets.out_ready}, {"out_data_o", nets.out_data},
          {"out_count_o", nets.out_count}};
}

/// Taps of every window that lie in the image.
std::string taps_inside(const mapping::InputPort& port) {
  const workloads::Window& w = port.window;
  PackedFields counts(16);
  for (int oy = 0; oy < port.out_shape.height; ++oy) {
    for (int ox = 0; ox < port.out_shape.width; ++ox) {
      int inside = 0;
      for (int tap = 0; tap < w.kernel_h * w.kernel_w; ++tap) {
        const int y = oy * w.stride_h - w.pad_top + tap / w.kernel_w * w.dilation_h;
        const int x = ox * w.stride_w - w.pad_left + tap % w.kernel_w * w.dilation_w;
        if (y >= 0 && y < port.in_shape.height && x >= 0 && x < port.in_shape.width) ++inside;
      }
      counts.add(std::max(1, inside));
    }
  }
  return counts.text();
}

/// What an average takes off each integer: also what stands for the padding.
int zero_point_in(const mapping::Hardware& hardware, int node) {
  const auto& pool = std::get<QuantizedPool>(hardware.graph.nodes[static_cast<std::size_t>(node)].operation);
  return pool.raw ? 0 : hardware.graph.input_params(node).zero_point;
}

Connections pool_parameters(const RtlInput& input, int stage) {
  const Stage& s = stage_at(input, stage);
  const auto& node = input.hardware.graph.nodes[static_cast<std::size_t>(s.node)];
  const auto& pool = std::get<QuantizedPool>(node.operation);
  const mapping::InputPort& port = s.inputs.front();
  const mapping::TokenFormat& x = operand_format(input, stage);
  const bool average = pool.kind == workloads::PoolKind::average;
  Connections parameters{{"KernelHeight", number(port.window.kernel_h)},
                         {"KernelWidth", number(port.window.kernel_w)},
                         {"Channels", number(x.elements)},
                         {"Lanes", number(input.architecture.tile.digital.lanes)},
                         {"XBits", number(x.bits)},
                         {"XSigned", x.is_signed ? "1'b1" : "1'b0"},
                         {"Average", average ? "1'b1" : "1'b0"}};
  if (average) {
    parameters.emplace_back("XZeroPoint", number(zero_point_in(input.hardware, s.node)));
    add_requantization(pool.requant, node.name, parameters);
    parameters.emplace_back("CountInside", pool.requant.shift.size() > 1 ? "1'b1" : "1'b0");
    parameters.emplace_back("Firings", number(s.firings));
    parameters.emplace_back("Inside", taps_inside(port));
  }
  workloads::QuantParams out = node.params;
  if (pool.raw) out.zero_point = 0;
  add_output(out, parameters);
  if (node.shape.channels > x.elements) {
    parameters.emplace_back("ZerosBefore", number(pool.zeros_before));
    parameters.emplace_back("ZerosAfter", number(node.shape.channels - x.elements - pool.zeros_before));
    parameters.emplace_back("Zero", number(node.params.zero_point));
  }
  parameters.emplace_back("Pipeline", pipeline_registers(input));
  parameters.emplace_back("OutputSlots", number(input.architecture.tile.output_slots));
  return parameters;
}

class CoreWriter {
 public:
  CoreWriter(StructuralModule& top, const RtlInput& input, int stage, const CoreNets& nets)
      : top_(top), input_(input), stage_(stage), nets_(nets), name_(stage_identifier(input.hardware, stage)) {}

  void operator()(const mapping::SourceCore& /*core*/) const {
    const Stage& s = stage_at(input_, stage_);
    for (const char* net : {"memory_read", "memory_read_valid"}) top_.wire(1, net);
    top_.wire(operand_bits(), "memory_read_data");
    top_.instance("ohmic_source", "i_" + name_,
                  {{"TokenBits", number(operand_bits())},
                   {"Tokens", number(s.firings)},
                   {"ImagesInFlight", number(input_.images_in_flight)},
                   {"OutputSlots", number(input_.architecture.tile.output_slots)}},
                  {{"run_i", "run_i"},
                   {"stall_i", "stall_source_i"},
                   {"images_i", literal(32, static_cast<std::uint64_t>(input_.images))},
                   {"image_done_i", "image_done"},
                   {"request_o", "memory_read"},
                   {"response_valid_i", "memory_read_valid"},
                   {"response_data_i", "memory_read_data"},
                   {"out_valid_o", nets_.out_valid},
                   {"out_ready_i", nets_.out_ready},
                   {"out_data_o", nets_.out_data},
                   {"out_count_o", nets_.out_count}});
  }

  void operator()(const mapping::SinkCore& /*core*/) const {
    const Stage& s = stage_at(input_, stage_);
    for (const char* net : {"memory_write", "memory_write_done"}) top_.wire(1, net);
    top_.wire(result_bits(input_), "memory_write_data");
    top_.wire(32, "images_done");
    top_.instance("ohmic_sink", "i_" + name_,
                  {{"TokenBits", number(result_bits(input_))},
                   {"Tokens", number(s.firings)},
                   {"OutputSlots", number(input_.architecture.tile.output_slots)}},
                  {{"stall_i", "stall_sink_i"},
                   {"in_valid_i", nets_.in_valid},
                   {"in_ready_o", nets_.in_ready},
                   {"in_data_i", nets_.in_data.front()},
                   {"request_o", "memory_write"},
                   {"request_data_o", "memory_write_data"},
                   {"done_i", "memory_write_done"},
                   {"image_done_o", "image_done"},
                   {"images_o", "images_done"}});
    top_.assign("done_o", "images_done == " + literal(32, static_cast<std::uint64_t>(input_.images)));
  }

  void operator()(const mapping::TileCore& tile) const {
    const WriteWidths widths = write_widths(input_, tile);
    Connections ports = core_ports(nets_);
    for (const char* net : {"_write", "_written"}) top_.wire(1, name_ + net);
    top_.wire(widths.array_bits, name_ + "_write_array");
    top_.wire(widths.row_bits, name_ + "_write_row");
    top_.wire(widths.word_bits, name_ + "_write_data");
    for (const char* port : {"write", "write_array", "write_row", "write_data"}) {
      ports.emplace_back(std::string(port) + "_i", name_ + "_" + port);
    }
    top_.instance(tile_module(input_), "i_" + name_, tile_parameters(input_, stage_, tile), ports);
  }

  void operator()(const mapping::CombineCore& combine) const {
    top_.instance("ohmic_combine", "i_" + name_, combine_parameters(input_, stage_, combine), core_ports(nets_));
  }

  void operator()(const mapping::LanesCore& lanes) const {
    const int bits = lanes.weights.word_bits();
    for (const char* net : {"_filled", "_word_valid", "_word_ready"}) top_.wire(1, name_ + net);
    top_.wire(bits, name_ + "_word_data");
    top_.instance("ohmic_weight_stream", "i_" + name_ + "_weights",
                  {{"File", fmt::format("\"{}\"", stream_rom_file(input_.hardware, lanes.layer))},
                   {"Words", number(lanes.weights.words())},
                   {"WordBits", number(bits)},
                   {"LatencyCycles", number(input_.architecture.tile.multiply_lanes->weight_memory.latency_cycles)}},
                  {{"filled_o", name_ + "_filled"},
                   {"word_valid_o", name_ + "_word_valid"},
                   {"word_ready_i", name_ + "_word_ready"},
                   {"word_data_o", name_ + "_word_data"}});
    Connections ports = core_ports(nets_);
    ports.emplace_back("word_valid_i", name_ + "_word_valid");
    ports.emplace_back("word_ready_o", name_ + "_word_ready");
    ports.emplace_back("word_data_i", name_ + "_word_data");
    top_.instance("ohmic_multiply_lanes", "i_" + name_, lanes_parameters(input_, stage_, lanes), ports);
  }

  void operator()(const mapping::DigitalCore& /*core*/) const {
    const auto& node = input_.hardware.graph.nodes[static_cast<std::size_t>(stage_at(input_, stage_).node)];
    if (!std::holds_alternative<QuantizedPool>(node.operation)) {
      throw RuleError("workload.network",
                      fmt::format("node '{}' ({}) has no RTL", node.name, workloads::operation_name(node.operation)));
    }
    top_.instance("ohmic_pool", "i_" + name_, pool_parameters(input_, stage_), core_ports(nets_));
  }

 private:
  [[nodiscard]] int operand_bits() const {
    return input_.hardware.program.streams[static_cast<std::size_t>(stage_at(input_, stage_).output)].token_bits;
  }

  StructuralModule& top_;
  const RtlInput& input_;
  int stage_;
  const CoreNets& nets_;
  std::string name_;
};

}  // namespace

int stage_of_kind(const mapping::Program& program, StageKind kind) {
  const auto is_one = [&](const Stage& s) { return s.kind == kind; };
  const auto found = std::find_if(program.stages.begin(), program.stages.end(), is_one);
  if (found == program.stages.end()) throw std::logic_error("a program without source or sink");
  return static_cast<int>(found - program.stages.begin());
}

void add_core(StructuralModule& top, const RtlInput& input, int stage, const CoreNets& nets) {
  std::visit(CoreWriter(top, input, stage, nets), input.hardware.cores[static_cast<std::size_t>(stage)]);
}

int result_bits(const RtlInput& input) {
  return operand_format(input, stage_of_kind(input.hardware.program, StageKind::sink)).token_bits();
}

int result_words(const RtlInput& input) {
  const Stage& sink = stage_at(input, stage_of_kind(input.hardware.program, StageKind::sink));
  return static_cast<int>(sink.firings) * input.images;
}

void add_memory(StructuralModule& top, const RtlInput& input) {
  const Stage& source = stage_at(input, stage_of_kind(input.hardware.program, StageKind::source));
  const models::GlobalBufferSpec& memory = input.architecture.global_buffer;
  const int bits = input.hardware.program.streams[static_cast<std::size_t>(source.output)].token_bits;
  top.comment("---- global buffer");
  top.declare_first(1, "image_done");
  top.instance("ohmic_global_buffer", "i_global_buffer",
               {{"File", fmt::format("\"{}\"", kImagesFile)},
                {"InBits", number(bits)},
                {"InWords", number(source.firings * input.images)},
                {"OutBits", number(result_bits(input))},
                {"OutWords", number(result_words(input))},
                {"LatencyCycles", number(memory.latency_cycles)},
                {"WidthBits", number(memory.width_bits)},
                {"Requests", number(input.architecture.tile.output_slots)}},
               {{"read_i", "memory_read"},
                {"read_valid_o", "memory_read_valid"},
                {"read_data_o", "memory_read_data"},
                {"write_i", "memory_write"},
                {"write_data_i", "memory_write_data"},
                {"write_done_o", "memory_write_done"},
                {"result_address_i", "result_address_i"},
                {"result_o", "result_o"}});
}

sim::pin::Bits padding_token(const mapping::Hardware& hardware, int stage, int port) {
  const Stage& s = hardware.program.stages[static_cast<std::size_t>(stage)];
  const int stream = s.inputs[static_cast<std::size_t>(port)].stream;
  const mapping::TokenFormat& format = hardware.formats[static_cast<std::size_t>(stream)];
  const workloads::QuantParams& params = hardware.graph.input_params(s.node);
  const auto* pool = std::get_if<QuantizedPool>(&hardware.graph.nodes[static_cast<std::size_t>(s.node)].operation);
  const bool maximum = pool != nullptr && pool->kind == workloads::PoolKind::max;
  const int element = maximum ? params.q_min() : pool != nullptr ? zero_point_in(hardware, s.node) : params.zero_point;
  sim::pin::Bits token(format.token_bits());
  for (int e = 0; e < format.elements; ++e) {
    token.set(e * format.bits, format.bits, static_cast<std::uint64_t>(std::int64_t{element}));
  }
  return token;
}

}  // namespace ohmic::emit

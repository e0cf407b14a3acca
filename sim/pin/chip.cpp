// SPDX-License-Identifier: Apache-2.0
// Chip: names, the global buffer, stages with their buffers.
#include "sim/pin/chip.hpp"

#include <cctype>
#include <set>
#include <stdexcept>

#include "sim/pin/core_lanes.hpp"
#include "sim/pin/gates.hpp"
#include "sim/pin/source_sink.hpp"
#include "sim/pin/stall_driver.hpp"

namespace ohmic::sim::pin {

using mapping::StageKind;

std::vector<std::string> identifiers(const std::vector<std::string>& names) {
  std::vector<std::string> all;
  std::set<std::string> taken;
  for (const std::string& name : names) {
    std::string text = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) != 0 ? "_" : "";
    for (const char c : name) text += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    std::string unique = text;
    for (int n = 2; !taken.insert(unique).second; ++n) unique = text + "_" + std::to_string(n);
    all.push_back(std::move(unique));
  }
  return all;
}

Chip::Chip(const sc_core::sc_module_name& name, const ChipPlan& plan, Clock& clock, Recorder& recorder)
    : sc_module(name),
      plan_(plan),
      program_(*plan.program),
      architecture_(*plan.architecture),
      clock_(clock),
      recorder_(recorder),
      fabric_(Registry<Fabric>::instance().create(architecture_.fabric.kind)),
      inputs_(program_.stages.size()),
      cores_(program_.stages.size(), nullptr),
      is_ready_(program_.stages.size()) {
  std::vector<std::string> names;
  for (const mapping::Stage& stage : program_.stages) names.push_back(stage.name);
  names_ = identifiers(names);
  for (std::size_t i = 0; i < program_.streams.size(); ++i) {
    streams_.push_back(&parts_.make<StreamSignals>());
    counts_.push_back(&parts_.make<Signal<int>>());
  }
  add_global_buffer();
  for (std::size_t i = 0; i < program_.stages.size(); ++i) add_stage(static_cast<int>(i));
  for (std::size_t i = 0; i < program_.streams.size(); ++i) add_stream(static_cast<int>(i));
  tie_fabric();
}

void Chip::add_global_buffer() {
  std::vector<BufferClient> sinks, sources;
  for (const mapping::Stage& stage : program_.stages) {
    if (stage.kind == StageKind::source) sources.push_back({stream_at(stage.output).token_bits, stage.firings});
    if (stage.kind != StageKind::sink) continue;
    if (stage.inputs.size() != 1) throw std::logic_error("chip: " + stage.name + ": a sink has one input");
    sinks.push_back({stream_at(stage.inputs[0].stream).token_bits, stage.firings});
  }
  global_buffer_ = &parts_.make<GlobalBuffer>("global_buffer", architecture_.global_buffer.width_bits,
                                              architecture_.global_buffer.latency_cycles, sinks, sources, plan_.images);
  images_done_ = &parts_.make<Signal<int>>();
  global_buffer_->clk_i(clock_);
  global_buffer_->images_done_o(*images_done_);
}

WindowSchedule Chip::schedule(int stage, int port) const {
  const mapping::InputPort& p = stage_at(stage).inputs[static_cast<std::size_t>(port)];
  return {p, stage_at(stage).firings, stream_at(p.stream).tokens};
}

BufferSpec Chip::buffer_spec(int stage, int port) const {
  const mapping::InputPort& p = stage_at(stage).inputs[static_cast<std::size_t>(port)];
  const mapping::Stream& stream = stream_at(p.stream);
  BufferSpec spec;
  for (std::size_t d = 0; d < stream.destinations.size(); ++d) {
    const mapping::Destination& to = stream.destinations[d];
    if (to.stage != stage || to.port != port) continue;
    spec.capacity = to.capacity;
    spec.beat_bits =
        is_local(p.stream, static_cast<int>(d)) ? architecture_.tile.bus_bits : architecture_.fabric->link_bits;
  }
  spec.token_bits = stream.token_bits;
  if (p.windowed) spec.padding = plan_.padding(stage, port);
  return spec;
}

void Chip::add_stage(int stage) {
  const mapping::Stage& s = stage_at(stage);
  if (s.kind != StageKind::sink && s.output < 0) throw std::logic_error("chip: " + s.name + ": has no output");
  bool unasked = !s.inputs.empty();
  std::vector<WindowSchedule> schedules;
  for (std::size_t port = 0; port < s.inputs.size(); ++port) {
    schedules.push_back(schedule(stage, static_cast<int>(port)));
    unasked = unasked && schedules.back().needed(0) == 0;
  }
  for (std::size_t port = 0; port < s.inputs.size(); ++port) {
    BufferSpec spec = buffer_spec(stage, static_cast<int>(port));
    spec.waits_for_first = unasked && port == 0;
    const std::string name = name_of(stage, "_buffer" + std::to_string(port));
    Input in;
    in.buffer = &parts_.make<WindowBuffer>(name.c_str(), std::move(spec), std::move(schedules[port]));
    in.valid = &parts_.make<Signal<bool>>();
    in.operand = &parts_.make<Signal<Bits>>();
    in.freed = &parts_.make<Signal<int>>();
    in.buffer->clk_i(clock_);
    in.buffer->out_valid_o(*in.valid);
    in.buffer->out_data_o(*in.operand);
    in.buffer->credit_o(*in.freed);
    inputs_[static_cast<std::size_t>(stage)].push_back(in);
  }
  if (s.kind == StageKind::source) {
    add_source(stage, num_sources_++);
  } else if (s.kind == StageKind::sink) {
    add_sink(stage, num_sinks_++);
  } else {
    add_core(stage);
  }
}

const Signal<bool>& Chip::join(int stage, const Signal<bool>& ready) {
  std::vector<Input>& inputs = inputs_[static_cast<std::size_t>(stage)];
  if (inputs.size() == 1) {
    inputs[0].buffer->out_ready_i(ready);
    return *inputs[0].valid;
  }
  auto& gate = parts_.make<Join>(name_of(stage, "_join").c_str(), static_cast<int>(inputs.size()));
  auto& starts = parts_.make<Signal<bool>>();
  auto& valid = parts_.make<Signal<bool>>();
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    gate.in_valid_i[i](*inputs[i].valid);
    inputs[i].buffer->out_ready_i(starts);
  }
  gate.in_ready_o(starts);
  gate.out_valid_o(valid);
  gate.out_ready_i(ready);
  return valid;
}

void Chip::add_core(int stage) {
  Core& core = parts_.keep(plan_.core(name_of(stage, "_core"), stage));
  auto& ready = parts_.make<Signal<bool>>();
  StreamSignals& out = stream_of(stage);
  cores_[static_cast<std::size_t>(stage)] = &core;
  is_ready_[static_cast<std::size_t>(stage)] = [&ready] { return ready.read(); };
  core.clk_i(clock_);
  core.in_valid_i(join(stage, ready));
  core.in_ready_o(ready);
  std::size_t port = 0;
  for (const Input& in : inputs_[static_cast<std::size_t>(stage)]) core.in_data_i[port++](*in.operand);
  core.out_valid_o(out.valid);
  core.out_ready_i(out.ready);
  core.out_data_o(out.data);
  core.out_count_o(count_of(stage));
  if (auto* lanes = dynamic_cast<CoreLanes*>(&core)) add_weights(stage, *lanes);
}

void Chip::add_weights(int stage, CoreLanes& core) {
  WeightStream& weights = parts_.keep(plan_.weights(name_of(stage, "_weights"), stage));
  auto& word = parts_.make<StreamSignals>();
  weights.clk_i(clock_);
  weights.word_valid_o(word.valid);
  weights.word_ready_i(word.ready);
  weights.word_data_o(word.data);
  core.word_valid_i(word.valid);
  core.word_ready_o(word.ready);
  core.word_data_i(word.data);
}

const Signal<bool>& Chip::stall(int stage) {
  auto& stall = parts_.make<Signal<bool>>();
  const StallSpec& spec = plan_.simulation.stalls;
  if ((stage_at(stage).kind == StageKind::source ? spec.source : spec.sink) > 0) {
    auto& driver = parts_.make<StallDriver>(name_of(stage, "_stall").c_str(), spec, stage_at(stage).kind, stage);
    driver.clk_i(clock_);
    driver.stall_o(stall);
  }
  return stall;
}

void Chip::add_source(int stage, int source) {
  const auto i = static_cast<std::size_t>(source);
  const SourceSpec spec{plan_.end_times(stage), architecture_.tile.output_slots, stage_at(stage).firings,
                        plan_.simulation.images, plan_.simulation.images_in_flight};
  auto& module = parts_.make<Source>(name_of(stage, "").c_str(), spec);
  auto& ask = parts_.make<Signal<bool>>();
  auto& read = parts_.make<Signal<bool>>();
  auto& data = parts_.make<Signal<Bits>>();
  StreamSignals& out = stream_of(stage);
  sources_.emplace_back(stage, &module);
  module.clk_i(clock_);
  module.stall_i(stall(stage));
  module.images_done_i(*images_done_);
  module.read_o(ask);
  module.read_i(read);
  module.read_data_i(data);
  module.out_valid_o(out.valid);
  module.out_ready_i(out.ready);
  module.out_data_o(out.data);
  module.out_count_o(count_of(stage));
  global_buffer_->read_i[i](ask);
  global_buffer_->read_o[i](read);
  global_buffer_->read_data_o[i](data);
}

void Chip::add_sink(int stage, int sink) {
  const auto i = static_cast<std::size_t>(sink);
  auto& module = parts_.make<Sink>(name_of(stage, "").c_str(), plan_.end_times(stage), architecture_.tile.output_slots);
  auto& ready = parts_.make<Signal<bool>>();
  auto& ask = parts_.make<Signal<bool>>();
  auto& data = parts_.make<Signal<Bits>>();
  auto& written = parts_.make<Signal<bool>>();
  is_ready_[static_cast<std::size_t>(stage)] = [&module] { return module.is_ready(); };
  module.clk_i(clock_);
  module.stall_i(stall(stage));
  module.in_valid_i(join(stage, ready));
  module.in_ready_o(ready);
  module.in_data_i(*inputs_[static_cast<std::size_t>(stage)][0].operand);
  module.write_o(ask);
  module.write_data_o(data);
  module.written_i(written);
  global_buffer_->write_i[i](ask);
  global_buffer_->write_data_i[i](data);
  global_buffer_->written_o[i](written);
}

}  // namespace ohmic::sim::pin

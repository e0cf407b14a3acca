// SPDX-License-Identifier: Apache-2.0
#include "sim/token/model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "base/config_reader.hpp"

namespace ohmic::sim {

namespace {

using mapping::Program;
using mapping::Stage;
using mapping::StageKind;
using mapping::Stream;

constexpr int kBitsPerByte = 8;

std::size_t at(int index) {
  return static_cast<std::size_t>(index);
}

void require(bool holds, const std::string& who, std::string_view what) {
  if (!holds) throw std::logic_error(fmt::format("program: {}: {}", who, what));
}

template <class Items>
bool within(int index, const Items& items) {
  return index >= 0 && at(index) < items.size();
}

void check_stage(const Program& program, const Stage& stage, int index, const models::ArchitectureSpec& architecture) {
  require(stage.firings >= 1, stage.name, "fires at least once an image");
  require(stage.interval >= 1 && stage.latency >= 1, stage.name, "interval and latency are at least one cycle");
  require(stage.tile >= 0 && stage.tile <= architecture.gateway(), stage.name, "stands in no tile");
  require((stage.kind == StageKind::source) == stage.inputs.empty(), stage.name, "only sources have no input");
  require(stage.kind != StageKind::source || stage.output >= 0, stage.name, "a source has an output");
  require(stage.kind != StageKind::sink || stage.output < 0, stage.name, "a sink has no output");
  for (std::size_t port = 0; port < stage.inputs.size(); ++port) {
    const int stream = stage.inputs[port].stream;
    require(within(stream, program.streams), stage.name, "an input names no stream");
    const auto& ends = program.streams[at(stream)].destinations;
    const auto ours = [&](const mapping::Destination& d) {
      return d.stage == index && d.port == static_cast<int>(port);
    };
    require(std::count_if(ends.begin(), ends.end(), ours) == 1, stage.name, "an input is no destination of its stream");
  }
  if (stage.output >= 0) {
    require(within(stage.output, program.streams), stage.name, "the output names no stream");
    const Stream& stream = program.streams[at(stage.output)];
    require(stream.source == index, stage.name, "is not the source of its output");
    require(stream.tokens == stage.firings, stage.name, "every firing gives one token of its output");
  }
}

void check_stream(const Program& program, const Stream& stream, int index) {
  require(within(stream.source, program.stages) && program.stages[at(stream.source)].output == index, stream.name,
          "is not the output of its source");
  require(!stream.destinations.empty(), stream.name, "has no destination");
  require(stream.tokens >= 1 && stream.tokens <= std::numeric_limits<std::int32_t>::max(), stream.name,
          "carries between 1 and 2^31 - 1 tokens an image");
  require(stream.token_bits >= 1, stream.name, "carries at least one bit");
  for (const mapping::Destination& d : stream.destinations) {
    require(within(d.stage, program.stages) && within(d.port, program.stages[at(d.stage)].inputs) &&
                program.stages[at(d.stage)].inputs[at(d.port)].stream == index,
            stream.name, "a destination is no input of its stage");
    require(d.capacity >= 1, stream.name, "a destination has no room for a token");
  }
}

/// Rules of mapping::Consumption, and that a token is never given back before it is demanded for the last time.
void check_consumption(const Stage& stage, const mapping::Consumption& c, std::int64_t tokens) {
  const auto firings = static_cast<std::size_t>(stage.firings);
  require(c.need.size() == firings && c.release.size() == firings, stage.name, "one demand per firing");
  std::int64_t need = 0;
  std::int64_t release = 0;
  for (std::size_t f = 0; f < firings; ++f) {
    require(c.need[f] >= need && c.release[f] >= release && c.need[f] <= tokens && c.release[f] <= tokens, stage.name,
            "demands never fall and stay within the image");
    require(c.need[f] == need || c.need[f] > release, stage.name, "demands a token that it has given back");
    need = c.need[f];
    release = c.release[f];
  }
  require(release == tokens, stage.name, "the last firing gives back the whole image");
}

class Builder {
 public:
  Builder(const Program& program, const models::ArchitectureSpec& architecture)
      : program_(program), architecture_(architecture) {}

  Model build(int max_images) {
    for (const Stage& stage : program_.stages) add_stage(stage);
    for (std::size_t i = 0; i < program_.streams.size(); ++i) add_stream(static_cast<int>(i));
    lay_out_memory(max_images);
    return std::move(model_);
  }

 private:
  void add_stage(const Stage& stage) {
    StageState s;
    s.interval = stage.interval;
    s.latency = stage.latency;
    s.slots = architecture_.tile.output_slots;
    s.firings = stage.firings;
    s.output = stage.output;
    s.first_channel = static_cast<int>(model_.channels.size());
    s.num_channels = static_cast<int>(stage.inputs.size());
    s.reads_memory = stage.kind == StageKind::source;
    s.writes_memory = stage.kind == StageKind::sink;
    if (s.reads_memory) s.memory_bits = program_.streams[at(stage.output)].token_bits;
    for (auto* ring : {&s.ready, &s.offered, &s.slot_free}) ring->assign(at(s.slots), 0);
    for (const mapping::InputPort& port : stage.inputs) {
      const Stream& stream = program_.streams[at(port.stream)];
      if (s.writes_memory) s.memory_bits = std::max(s.memory_bits, stream.token_bits);
      Channel c;
      c.stream = port.stream;
      c.stage = static_cast<int>(model_.stages.size());
      c.tokens = stream.tokens;
      c.table = table(stage, port, stream.tokens, &port == &stage.inputs.front() && starts_unasked(stage));
      model_.channels.push_back(std::move(c));
    }
    model_.stages.push_back(std::move(s));
  }

  /// True when the first window lies in the padding of every port: such a stage waits for the first token of its
  /// first port, so that no image is begun before anything of it is there.
  [[nodiscard]] bool starts_unasked(const Stage& stage) const {
    return std::all_of(stage.inputs.begin(), stage.inputs.end(), [&](const mapping::InputPort& port) {
      const mapping::Consumption c = mapping::consumption(stage, port, program_.streams[at(port.stream)].tokens);
      return c.need.empty() || c.need.front() == 0;
    });
  }

  /// Stages that consume alike (the tiles of one layer) share one table.
  const ConsumptionTable* table(const Stage& stage, const mapping::InputPort& port, std::int64_t tokens, bool wait) {
    mapping::Consumption c = mapping::consumption(stage, port, tokens);
    for (std::int64_t& need : c.need) need = std::max<std::int64_t>(need, wait ? 1 : 0);
    check_consumption(stage, c, tokens);
    std::vector<std::int64_t> key = c.need;
    key.insert(key.end(), c.release.begin(), c.release.end());
    const ConsumptionTable*& known = tables_[std::move(key)];
    if (known == nullptr) {
      auto fresh = std::make_unique<ConsumptionTable>();
      for (std::size_t f = 0; f < c.need.size(); ++f) {
        fresh->push_back({static_cast<std::int32_t>(c.need[f]), static_cast<std::int32_t>(c.release[f])});
      }
      known = fresh.get();
      model_.tables.push_back(std::move(fresh));
    }
    return known;
  }

  void add_stream(int index) {
    const Stream& stream = program_.streams[at(index)];
    const int from = program_.stages[at(stream.source)].tile;
    StreamState s;
    s.stage = stream.source;
    Flow flow{.stream = index, .from = from, .to = {}, .message_class = stream.message_class};
    flow.flits = static_cast<int>(ceil_div(stream.token_bits, architecture_.fabric->link_bits));
    const auto beats = static_cast<int>(ceil_div(stream.token_bits, architecture_.tile.bus_bits));
    for (std::size_t i = 0; i < stream.destinations.size(); ++i) {
      const mapping::Destination& d = stream.destinations[i];
      const int id = model_.stages[at(d.stage)].first_channel + d.port;
      Channel& c = model_.channels[at(id)];
      c.destination = static_cast<int>(i);
      c.capacity = d.capacity;
      c.usable.assign(at(d.capacity), 0);
      c.credit.assign(at(d.capacity), 0);
      const int tile = program_.stages[at(d.stage)].tile;
      if (tile == from) {
        s.local_beats = beats;
        ++s.local_destinations;
        c.delay = beats - 1;
      } else {
        c.flow_index = static_cast<int>(flow.to.size());
        flow.to.push_back(tile);
      }
      s.channels.push_back(id);
    }
    if (!flow.to.empty()) {
      s.flow = static_cast<int>(model_.flows.size());
      model_.flows.push_back(std::move(flow));
    }
    model_.streams.push_back(std::move(s));
  }

  void lay_out_memory(int max_images) {
    MemoryLayout& memory = model_.memory;
    for (StageState& s : model_.stages) {
      if (!s.reads_memory && !s.writes_memory) continue;
      std::int64_t& end = s.reads_memory ? memory.image_bytes : memory.result_bytes;
      s.memory_bytes = ceil_div(s.memory_bits, kBitsPerByte);
      s.memory_offset = end;
      end += s.firings * s.memory_bytes;
    }
    const std::int64_t size = architecture_.global_buffer.size.value() / kBitsPerByte;
    const std::int64_t one = memory.image_bytes + memory.result_bytes;
    if (one > size) {
      throw RuleError("architecture.global_buffer.size",
                      fmt::format("one image and its result take {} bytes, the global buffer holds {}", one, size));
    }
    memory.places = std::min<std::int64_t>(max_images, size / one);
  }

  const Program& program_;
  const models::ArchitectureSpec& architecture_;
  Model model_;
  std::map<std::vector<std::int64_t>, const ConsumptionTable*> tables_;
};

}  // namespace

void check_program(const Program& program, const models::ArchitectureSpec& architecture) {
  const auto is_source = [](const Stage& s) { return s.kind == StageKind::source; };
  const auto is_sink = [](const Stage& s) { return s.kind == StageKind::sink; };
  require(std::any_of(program.stages.begin(), program.stages.end(), is_source), program.network, "has no source");
  require(std::any_of(program.stages.begin(), program.stages.end(), is_sink), program.network, "has no sink");
  for (std::size_t i = 0; i < program.stages.size(); ++i) {
    check_stage(program, program.stages[i], static_cast<int>(i), architecture);
  }
  for (std::size_t i = 0; i < program.streams.size(); ++i)
    check_stream(program, program.streams[i], static_cast<int>(i));
}

Model build_model(const Program& program, const models::ArchitectureSpec& architecture, int max_images) {
  check_program(program, architecture);
  Model model = Builder(program, architecture).build(max_images);
  model.fabric = Registry<Fabric>::instance().create(architecture.fabric.kind);
  return model;
}

}  // namespace ohmic::sim

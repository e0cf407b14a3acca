// SPDX-License-Identifier: Apache-2.0
#include "sim/token/resource_loads.hpp"

#include <algorithm>

#include "sim/token/global_memory.hpp"

namespace ohmic::sim {

namespace {

/// From one token of a stream to the next; also how long a token holds its sender's slot.
Cycle occupancy(const Model& model, const StreamState& s) {
  const Cycle flits = s.flow < 0 ? 0 : model.flows[static_cast<std::size_t>(s.flow)].flits;
  return std::max<Cycle>(flits, s.local_beats);
}

}  // namespace

std::vector<ResourceLoad> resource_loads(const mapping::Program& program, const models::ArchitectureSpec& architecture,
                                         const Model& model) {
  std::vector<ResourceLoad> loads;
  Cycle memory = 0;
  for (std::size_t i = 0; i < model.stages.size(); ++i) {
    const StageState& s = model.stages[i];
    const std::string& name = program.stages[i].name;
    const bool accesses = s.reads_memory || s.writes_memory;
    const Cycle access = accesses ? access_cycles(architecture.global_buffer, s.memory_bytes) : 0;
    memory += s.firings * access;
    loads.push_back({"stage " + name, s.firings * s.interval});
    Cycle held = s.latency + access;
    if (s.output >= 0) held += occupancy(model, model.streams[static_cast<std::size_t>(s.output)]);
    loads.push_back({"output slots of " + name, s.firings * held / s.slots});
  }
  for (std::size_t i = 0; i < model.streams.size(); ++i) {
    const mapping::Stream& stream = program.streams[i];
    loads.push_back({"wires of stream " + stream.name, stream.tokens * occupancy(model, model.streams[i])});
  }
  for (const Channel& c : model.channels) {
    const auto& name = program.stages[static_cast<std::size_t>(c.stage)].name;
    const Cycle round_trip = c.delay + 1 + c.credit_delay;
    loads.push_back({"buffer of " + name + " for " + program.streams[static_cast<std::size_t>(c.stream)].name,
                     c.tokens * round_trip / c.capacity});
  }
  std::vector<std::int64_t> tokens;
  for (const Flow& flow : model.flows) tokens.push_back(program.streams[static_cast<std::size_t>(flow.stream)].tokens);
  const std::vector<ResourceLoad> shared = model.fabric->loads(tokens);
  loads.insert(loads.end(), shared.begin(), shared.end());
  loads.push_back({"global buffer", memory});
  const auto larger = [](const ResourceLoad& a, const ResourceLoad& b) { return a.cycles > b.cycles; };
  std::stable_sort(loads.begin(), loads.end(), larger);
  return loads;
}

}  // namespace ohmic::sim

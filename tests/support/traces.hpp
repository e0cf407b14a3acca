// SPDX-License-Identifier: Apache-2.0
// Runs of the token level as lists of times, one per channel.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "sim/token/token_run.hpp"
#include "tests/support/timed_design.hpp"

namespace ohmic::test {

/// Times of all tokens of one channel, in order of (stream, destination) when listed.
struct Trace {
  std::vector<Cycle> sent, arrived;
};

/// ported: every access has the memory for itself, so that nothing in a point-to-point design is arbitrated.
enum class Memory { plain, ported };

class PortedMemory : public sim::GlobalMemory {
 public:
  explicit PortedMemory(const models::GlobalBufferSpec& spec) : spec_(spec) {}
  Cycle access(Cycle /*now*/, const sim::MemoryAccess& access) override {
    return sim::access_cycles(spec_, access.bytes);
  }
  [[nodiscard]] Cycle free_at() const override { return 0; }

 private:
  models::GlobalBufferSpec spec_;
};

inline sim::TimingResult run_with(const TimedDesign& design, sim::GlobalMemory& memory, const sim::HopSink& hops,
                                  bool reversed = false) {
  sim::TokenRun run(design.program, design.chip, design.simulation, memory, hops, reversed);
  for (Cycle c = run.next_cycle(); c != sim::Calendar::kNone; c = run.next_cycle()) run.run_cycle(c);
  return run.finish();
}

/// Every hop in the order in which it is reported: (stream, destination, token, sent, arrived).
using HopTuple = std::tuple<int, int, std::int64_t, Cycle, Cycle>;
inline std::vector<HopTuple> hops_of(const TimedDesign& design, bool reversed = false) {
  std::vector<HopTuple> hops;
  sim::PlainMemory memory(design.chip.global_buffer);
  run_with(
      design, memory,
      [&hops](const sim::Hop& h) { hops.emplace_back(h.stream, h.destination, h.token, h.sent, h.arrived); }, reversed);
  return hops;
}

inline std::vector<Trace> traces_of(const TimedDesign& design, Memory kind = Memory::plain) {
  std::map<std::pair<int, int>, Trace> traces;
  const sim::HopSink sink = [&traces](const sim::Hop& h) {
    Trace& trace = traces[{h.stream, h.destination}];
    trace.sent.push_back(h.sent);
    trace.arrived.push_back(h.arrived);
  };
  sim::PlainMemory plain(design.chip.global_buffer);
  PortedMemory ported(design.chip.global_buffer);
  run_with(design, kind == Memory::plain ? static_cast<sim::GlobalMemory&>(plain) : ported, sink);
  std::vector<Trace> list;
  for (auto& [channel, trace] : traces) list.push_back(std::move(trace));
  return list;
}

/// The same for a program built by hand; images: how many are simulated, exactly.
inline TimedDesign design_of(const models::ArchitectureSpec& chip, const mapping::Program& program, int images = 1) {
  TimedDesign design;
  design.chip = chip;
  design.program = program;
  design.simulation.images = images;
  design.simulation.max_images = images;
  return design;
}

}  // namespace ohmic::test

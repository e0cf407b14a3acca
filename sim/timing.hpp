// SPDX-License-Identifier: Apache-2.0
// Time of a Program in cycles: what the token level gives, without a SystemC type.
#pragma once

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/fields.hpp"
#include "mapping/program.hpp"
#include "models/architecture.hpp"

namespace ohmic::sim {

enum class Level { token };
EnumNames enum_names(Level e);

/// Cycles in which a source or sink does not start, drawn at random: what a chip must bear from its surroundings.
struct StallSpec {
  std::uint64_t seed = 0;
  int source = 0;  // percent of cycles, 0 … 99
  int sink = 0;

  [[nodiscard]] bool any() const { return source > 0 || sink > 0; }
};

/// The `simulation` section.
struct SimulationSpec {
  Level level = Level::token;
  int images = 2;            // at least simulated; more are added until the pattern of results repeats
  int max_images = 64;       // give up looking for a repeating pattern
  int images_in_flight = 0;  // 0: as many as the buffers allow
  StallSpec stalls;          // with any, exactly `images` are simulated and no period is looked for
};
void fields(Fields& f, SimulationSpec& s);
/// Rules between keys; RuleError with paths that begin with "simulation.".
void validate(const SimulationSpec& spec);

/// One acceptance of a token (or flit) on one channel.
struct Hop {
  int stream = 0;
  int destination = 0;     // index in Stream::destinations
  std::int64_t token = 0;  // counted over all images
  Cycle sent = 0;          // first beat leaves the source
  Cycle arrived = 0;       // last beat is written into the destination's buffer, usable one cycle later
};

/// Where the cycles of a stage went: busy + stalled_input + stalled_output + stalled_network = last_end − first_start.
/// While all output slots are full, the oldest result decides; then it is missing inputs.
struct StageTiming {
  Cycle first_start = 0;
  Cycle first_output = 0;     // first result is there
  Cycle last_end = 0;         // last start + interval
  Cycle busy = 0;             // a firing's interval runs, or the oldest result is still being computed
  Cycle stalled_input = 0;    // waiting for tokens
  Cycle stalled_output = 0;   // all output slots full, the next stage has no room
  Cycle stalled_network = 0;  // all output slots full, there is room, the fabric is not ready
};

struct StreamTiming {
  std::int64_t sent = 0;               // tokens
  std::vector<std::int64_t> received;  // per destination
  std::int64_t flit_hops = 0;          // flits accepted over links of the fabric
};

/// Something that only one token (or flit, access, result) can have at a time, and how long one image takes it: no
/// interval is shorter. docs/timing.md lists the kinds.
struct ResourceLoad {
  std::string resource;  // "stage conv1.r0.t3", "mesh link 0 -> 1", "global buffer"
  Cycle cycles = 0;
};

/// All cycles count from cycle 0, in which the first input beat leaves the global buffer.
struct TimingResult {
  Cycle latency_cycles = 0;
  Cycle period_cycles = 0;           // cycles of the smallest repeating period …
  int period_images = 0;             // … and its images; 0: no period was found within max_images
  int images = 0;                    // simulated: those asked for, those until a period showed, those then inside
  std::vector<Cycle> result_cycles;  // last beat of each image's result
  std::vector<StageTiming> stages;
  std::vector<StreamTiming> streams;
  models::ActionCounts fabric_actions;  // of one image: router, chip_link, global_buffer, tile_bus, buffer
  std::int64_t token_hops = 0;          // of all images
  std::vector<ResourceLoad> loads;      // of one image, the largest first

  /// Exact mean interval as a fraction period_cycles / period_images.
  [[nodiscard]] double interval_cycles() const {
    return period_images > 0 ? static_cast<double>(period_cycles) / period_images : 0;
  }
};
void fields(Fields& f, TimingResult& r);

/// A chip that can make no more progress; what() says who waits for whom, one line per waiting stage.
class Deadlock : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Receives every hop when tracing is wanted, in order of (arrived, stream, destination, token).
using HopSink = std::function<void(const Hop&)>;

/// The same engine without SystemC, over a plain model of the global buffer; any number of calls.
[[nodiscard]] TimingResult simulate_bare(const mapping::Program& program, const models::ArchitectureSpec& architecture,
                                         const SimulationSpec& spec, const HopSink& hops = {});

/// Runs the token level hosted in SystemC; one call per process (a SystemC kernel cannot start twice).
[[nodiscard]] TimingResult simulate(const mapping::Program& program, const models::ArchitectureSpec& architecture,
                                    const SimulationSpec& spec, const HopSink& hops = {});

}  // namespace ohmic::sim

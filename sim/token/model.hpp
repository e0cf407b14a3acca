// SPDX-License-Identifier: Apache-2.0
// A Program as the engine runs it: stages, channels and streams as flat arrays of numbers, with the state of each
// beside its constants. All cycles count from the source's first access; docs/timing.md defines every time.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "mapping/program.hpp"
#include "models/architecture.hpp"
#include "sim/token/fabric.hpp"
#include "sim/token/global_memory.hpp"

namespace ohmic::sim {

/// What a firing demands and gives back, counted within the image.
struct ConsumptionStep {
  std::int32_t need = 0;
  std::int32_t release = 0;
};
using ConsumptionTable = std::vector<ConsumptionStep>;

/// One destination of a stream, with its buffer: token k waits in slot k mod capacity.
struct Channel {
  int stream = 0;
  int destination = 0;  // index in the stream
  int stage = 0;        // that consumes
  int capacity = 1;
  int flow_index = -1;      // among the remote destinations of the flow; −1: local
  Cycle delay = 0;          // first beat leaving → last beat in the buffer (local and unarbitrated)
  Cycle credit_delay = 1;   // token leaving the buffer → its room usable at the sender
  std::int64_t tokens = 0;  // per image
  const ConsumptionTable* table = nullptr;

  std::int64_t base = 0;        // tokens of the images before that of the stage's next firing
  std::int64_t needed = 0;      // demanded by firings so far
  std::int64_t released = 0;    // given back by firings so far, arrived or not
  std::int64_t known = 0;       // tokens whose arrival is known
  std::int64_t freed = 0;       // tokens whose leaving the buffer is known
  int freed_slot = 0;           // of token `freed`
  Cycle last_freed_usable = 0;  // `usable` of token freed − 1
  std::vector<Cycle> usable;    // [slot] first cycle in which the token can be used
  std::vector<Cycle> credit;    // [slot] first cycle in which the sender may use the room again

  /// First cycle in which the first `count` > needed tokens can be used; count ≤ known. When they are already freed
  /// (an image that needs nothing, after one whose last tokens nobody needed) the last freed one is the last of them.
  [[nodiscard]] Cycle usable_from(std::int64_t count) const {
    return count > freed ? usable[slot(count - 1)] : last_freed_usable;
  }
  /// For tokens freed ≤ token < freed + capacity.
  [[nodiscard]] std::size_t slot(std::int64_t token) const {
    const std::int64_t slot = freed_slot + (token - freed);
    return static_cast<std::size_t>(slot < capacity ? slot : slot - capacity);
  }
};

/// What a stage or stream waits for when it has no event pending; otherwise an index of a channel.
enum Blocked : int {
  kPlanned = -1,
  kBlockedBySlots = -2,
  kBlockedByImages = -3,
  kBlockedByResults = -4,
  kBlockedByOffer = -5  // the token before has not left the tile
};

struct StageState {
  Cycle interval = 1, latency = 1;
  int slots = 1;
  int first_channel = 0, num_channels = 0;  // its inputs
  int output = -1;                          // stream
  bool reads_memory = false, writes_memory = false;
  int memory_bits = 0;             // of one access
  std::int64_t memory_bytes = 0;   // the same in whole bytes
  std::int64_t memory_offset = 0;  // bytes, within an image's or a result's place
  std::int64_t firings = 0;        // per image

  std::int64_t fired = 0;              // of all images
  std::int64_t image = 0, firing = 0;  // of the next one
  Cycle next_start = 0;                // as far as the interval is concerned
  std::int64_t results = 0;            // whose `ready` is known
  std::int64_t written = 0;            // results whose write to the memory has begun
  std::int64_t completed = 0;          // results whose slot's return is known
  int blocked = kPlanned;
  Cycle partial = 0;  // start as far as the ports before `blocked` are concerned
  // Result n has slot n mod slots.
  std::vector<Cycle> ready;      // first cycle in which it may leave
  std::vector<Cycle> offered;    // cycle in which it left, or was offered to the fabric
  std::vector<Cycle> slot_free;  // first cycle in which another firing may take its slot

  Cycle first_start = 0, first_output = 0, last_end = 0;
  Cycle busy = 0, stalled_input = 0, stalled_output = 0, stalled_network = 0;
};

struct StreamState {
  int stage = 0;        // source
  int flow = -1;        // −1: all destinations are local
  Cycle occupancy = 1;  // from one token to the next
  int local_beats = 0;  // 0: no local destination
  int local_destinations = 0;
  std::int64_t flits_per_token = 0;  // over all links of an unarbitrated fabric
  bool arbitrated = false;           // remote destinations over a fabric that arbitrates
  /// Destinations of both kinds over such a fabric: the tile's wires and the fabric carry the oldest result together.
  [[nodiscard]] bool offers_one() const { return arbitrated && local_destinations > 0; }
  std::vector<int> channels;  // by destination

  std::int64_t sent = 0;  // or offered
  std::int64_t left = 0;  // arbitrated: tokens that have left
  Cycle next_send = 0;
  int blocked = kBlockedByResults;
  std::size_t blocked_destination = 0;
  Cycle partial = 0;
  std::int64_t flit_hops = 0;
};

struct Model {
  std::vector<StageState> stages;
  std::vector<Channel> channels;  // by consuming stage and port
  std::vector<StreamState> streams;
  std::vector<Flow> flows;
  std::vector<std::unique_ptr<ConsumptionTable>> tables;
  std::unique_ptr<Fabric> fabric;
  MemoryLayout memory;
};

/// Throws std::logic_error for a Program that breaks its own contract, RuleError when one image with its result does
/// not fit into the global buffer. `max_images` bounds the places in the global buffer.
[[nodiscard]] Model build_model(const mapping::Program& program, const models::ArchitectureSpec& architecture,
                                int max_images);

/// The rules of mapping/program.hpp that time relies on; std::logic_error with the name of the stage or stream.
void check_program(const mapping::Program& program, const models::ArchitectureSpec& architecture);

}  // namespace ohmic::sim

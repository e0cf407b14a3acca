// SPDX-License-Identifier: Apache-2.0
// A mapped network as plain data: which weights sit in which array, which stage does what, which stream feeds what.
// Time, arithmetic, RTL and cost read it and know nothing of each other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "models/actions.hpp"
#include "models/architecture.hpp"
#include "workloads/graph.hpp"

namespace ohmic::mapping {

/// How one matrix layer is cut. `rows` × `columns` is the weight matrix. A streamed layer has no arrays: its slices,
/// blocks, steps and conversions are 0, `timing` is that of its lanes.
struct LayerMapping {
  int node = 0;  // in the QuantizedGraph
  std::string name;
  int rows = 0;
  int columns = 0;
  int pixels = 0;  // output pixels of one image
  int input_steps = 0;
  int slices = 0;
  int row_blocks = 0;         // ceil(rows / array rows)
  int column_blocks = 0;      // ceil(columns / columns_per_array)
  int columns_per_array = 0;  // weights side by side in one array: array columns / slices
  int replicas = 1;
  std::int64_t conversions_per_vector = 0;  // by the formula of docs/arrays.md
  models::ArrayTiming timing;               // of its fullest array
  std::int64_t cells_used = 0;              // of one replica, all planes
  std::int64_t weight_words = 0;            // streamed: words of one vector; 0: on arrays

  [[nodiscard]] bool is_streamed() const { return weight_words > 0; }
  [[nodiscard]] int arrays_per_replica() const { return row_blocks * column_blocks; }
};

/// Rows [row_begin, row_end) and columns [column_begin, column_end) of a layer's matrix in one physical array.
struct ArrayAssignment {
  int layer = 0;
  int replica = 0;
  int row_block = 0;
  int column_block = 0;
  int tile = 0;
  int slot = 0;  // within the tile
  int row_begin = 0, row_end = 0;
  int column_begin = 0, column_end = 0;
};

enum class StageKind { source, mvm, combine, pool, add, digital, sink, lanes };
EnumNames enum_names(StageKind);

/// What a stage takes from a stream to do its f-th piece of work. Output token o = phase + f · period of the node.
/// Windowed: the tokens of the input image under the window of output pixel o. Otherwise token f; a port of a
/// combine stage with several replicas takes part only in every `period`-th firing, beginning with `phase`.
struct InputPort {
  int stream = 0;
  bool windowed = false;
  workloads::Window window;
  workloads::Shape in_shape;   // windowed only
  workloads::Shape out_shape;  // windowed only
  int period = 1;
  int phase = 0;
};

/// A piece of hardware that works token by token: firing f starts when all its input tokens have arrived, `interval`
/// cycles after firing f − 1 at the earliest, and holds one of `output_slots` from its start until its result is
/// sent; the result is there `latency` cycles after the start.
struct Stage {
  std::string name;       // "conv1.r0.t3", unique; its stream has the same
  std::string node_name;  // of the network's node that it works for: results are reported by it
  StageKind kind = StageKind::digital;
  int node = 0;
  int layer = -1;  // matrix layer, −1 for others
  int tile = 0;    // Architecture::gateway() for source and sink
  int replica = 0;
  std::int64_t firings = 0;  // per image
  Cycle interval = 1;
  Cycle latency = 1;
  std::vector<InputPort> inputs;
  int output = -1;               // stream, −1: none
  std::vector<int> arrays;       // assignments, mvm only
  models::ActionCounts actions;  // of one firing, as docs/mapping.md counts them
};

/// Two classes of messages, on virtual channels of their own.
enum class MessageClass { activation, partial_sum };
EnumNames enum_names(MessageClass);

/// One receiving end of a stream: a buffer of `capacity` tokens in the stage's tile.
struct Destination {
  int stage = 0;
  int port = 0;
  int capacity = 1;
  int minimum = 1;  // all buffers at theirs, one token less here: the chip deadlocks
};

/// Tokens from one stage to one or more. A token leaves when every destination has room for it: when the tokens sent
/// before it, less those released (Consumption; tokens may be released before they are sent), are fewer than
/// `capacity`.
struct Stream {
  std::string name;
  int source = 0;
  std::vector<Destination> destinations;
  std::int64_t tokens = 0;  // per image
  int token_bits = 0;
  MessageClass message_class = MessageClass::activation;
};

struct Program {
  std::string network;
  std::string architecture;
  int arrays_used = 0;
  int arrays_available = 0;
  Cycle programming_cycles = 0;
  std::int64_t programmed_cells = 0;
  std::vector<LayerMapping> layers;
  std::vector<ArrayAssignment> arrays;
  std::vector<Stage> stages;
  std::vector<Stream> streams;
};

/// Token counts that a port demands and gives back, per firing of one image: firing f needs the first need[f] tokens
/// of the image to have arrived; when it starts, the first release[f] are no longer needed, whether they have arrived
/// or not (strides skip tokens). Both never fall; release of the last firing is all tokens of the image.
struct Consumption {
  std::vector<std::int64_t> need;
  std::vector<std::int64_t> release;
};
[[nodiscard]] Consumption consumption(const Stage& stage, const InputPort& port, std::int64_t tokens_per_image);

/// Text form (JSON, one layer, array, stage or stream a line) and back; the round trip is exact. load_program is
/// strict: InputError (place and path) for what is missing, unknown, of the wrong type, or points nowhere.
[[nodiscard]] std::string save_program(const Program& program);
[[nodiscard]] Program load_program(const std::string& text, const std::string& name);

/// Differences between two programs as lines "streams[3].destinations[0].capacity: 12 -> 14"; empty when equal.
[[nodiscard]] std::vector<std::string> diff_programs(const Program& before, const Program& after);

}  // namespace ohmic::mapping

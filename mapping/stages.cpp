// SPDX-License-Identifier: Apache-2.0
// Nodes → stages and streams. See docs/mapping.md.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "base/config_reader.hpp"
#include "mapping/adder_tree.hpp"
#include "mapping/mapping_parts.hpp"
#include "mapping/stage_actions.hpp"
#include "mapping/stage_work.hpp"

namespace ohmic::mapping {

namespace {

using models::Component;
using workloads::QuantizedNode;
using workloads::Shape;
using workloads::Window;

constexpr int kFloatBits = 32;

class StageBuilder {
 public:
  StageBuilder(Program& program, const MappingInput& input)
      : program_(program), input_(input), streams_(input.graph.nodes.size(), -1), is_live_(live_nodes()) {}

  void build() {
    add_source();
    int layer = 0;
    for (int node = 1; node < static_cast<int>(input_.graph.nodes.size()); ++node) {
      const bool is_matrix = std::holds_alternative<workloads::QuantizedConv>(input_.node(node).operation);
      if (is_live(node) && stream_of(node) < 0) is_matrix ? add_matrix(node, layer) : add_digital(node);
      layer += is_matrix ? 1 : 0;
    }
    add_sink();
  }

 private:
  [[nodiscard]] std::vector<bool> live_nodes() const;
  [[nodiscard]] bool is_live(int node) const { return is_live_[static_cast<std::size_t>(node)]; }
  [[nodiscard]] int& stream_of(int node) { return streams_[static_cast<std::size_t>(node)]; }
  [[nodiscard]] int token_bits(int node) const {
    const QuantizedNode& n = input_.node(node);
    return n.shape.channels * (n.is_integer ? n.params.bits : kFloatBits);
  }
  [[nodiscard]] int tile_of_input(int node);
  [[nodiscard]] Cycle digital_cycles(std::int64_t elements) const {
    return std::max<Cycle>(1, ceil_div(elements, input_.architecture.tile.digital.lanes));
  }
  /// Indices of the arrays of one replica; all arrays stand in order of layer and replica.
  [[nodiscard]] std::vector<int> arrays_of(int layer, int replica) const;
  [[nodiscard]] InputPort windowed_port(int node, const Window& window) const;

  void add_source();
  void add_sink();
  void add_digital(int node);
  void add_matrix(int node, int layer) {
    input_.layers[static_cast<std::size_t>(layer)].is_streamed ? add_lanes(node, layer) : add_layer(node, layer);
  }
  void add_layer(int node, int layer);
  void add_lanes(int node, int layer);
  /// A tile whose lanes no layer has yet: that of the node's input, or the next one that is free.
  int tile_with_lanes(int node);
  /// Stages of one replica; returns how many. Each becomes an input of `combine`.
  int add_replica(int layer, int replica, Stage& combine);
  /// The stage of the arrays `indices` of one replica in one tile; `new_columns` as mvm_actions.
  Stage mvm_stage(int layer, const std::vector<int>& indices, const ArrayGroup& group, int new_columns);
  /// Partial sums wrap like accumulators, so that the width of these is enough for what comes out.
  [[nodiscard]] int sum_bits(int layer) const {
    return input_.graph.accumulator.bits + input_.layers[static_cast<std::size_t>(layer)].reconstruction.shift;
  }
  /// Adds a stage whose ports name their streams; returns its index.
  int add_stage(Stage stage);
  /// A stream that leaves stage `source` with one token per firing.
  int add_stream(int source, int bits, MessageClass message_class);

  Program& program_;
  const MappingInput& input_;
  std::vector<int> streams_;   // by node, −1: none yet
  std::vector<bool> is_live_;  // the output depends on it
  std::set<std::string> names_;
  std::set<int> taken_lanes_;  // tiles
};

std::vector<bool> StageBuilder::live_nodes() const {
  std::vector<bool> live(input_.graph.nodes.size(), false);
  live[static_cast<std::size_t>(input_.graph.output)] = true;
  for (std::size_t n = live.size(); n-- > 0;) {
    if (!live[n]) continue;
    for (const int from : input_.graph.nodes[n].inputs) live[static_cast<std::size_t>(from)] = true;
  }
  for (const LayerMapping& layer : program_.layers) {
    if (!live[static_cast<std::size_t>(layer.node)]) {
      throw RuleError("workload.network", fmt::format("the result of layer '{}' is used by nothing", layer.name));
    }
  }
  return live;
}

int StageBuilder::tile_of_input(int node) {
  for (const int from : input_.node(node).inputs) {
    const int source = program_.streams[static_cast<std::size_t>(stream_of(from))].source;
    const int tile = program_.stages[static_cast<std::size_t>(source)].tile;
    if (tile != input_.architecture.gateway()) return tile;
  }
  return 0;
}

std::vector<int> StageBuilder::arrays_of(int layer, int replica) const {
  int first = 0;
  for (int l = 0; l < layer; ++l) {
    const LayerMapping& mapping = program_.layers[static_cast<std::size_t>(l)];
    first += mapping.replicas * mapping.arrays_per_replica();
  }
  const int count = program_.layers[static_cast<std::size_t>(layer)].arrays_per_replica();
  std::vector<int> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), first + replica * count);
  return indices;
}

InputPort StageBuilder::windowed_port(int node, const Window& window) const {
  InputPort port;
  port.windowed = true;
  port.window = window;
  port.in_shape = input_.node(input_.node(node).inputs.at(0)).shape;
  port.out_shape = input_.node(node).shape;
  return port;
}

int StageBuilder::add_stage(Stage stage) {
  const std::string base = stage.name;
  for (int i = 2; !names_.insert(stage.name).second; ++i) stage.name = fmt::format("{}_{}", base, i);
  const int index = static_cast<int>(program_.stages.size());
  for (int port = 0; port < static_cast<int>(stage.inputs.size()); ++port) {
    const int stream = stage.inputs[static_cast<std::size_t>(port)].stream;
    program_.streams[static_cast<std::size_t>(stream)].destinations.push_back({index, port});
  }
  stage.node_name = input_.node(stage.node).name;
  program_.stages.push_back(std::move(stage));
  return index;
}

int StageBuilder::add_stream(int source, int bits, MessageClass message_class) {
  Stage& stage = program_.stages[static_cast<std::size_t>(source)];
  stage.output = static_cast<int>(program_.streams.size());
  program_.streams.push_back({stage.name, source, {}, stage.firings, bits, message_class});
  return stage.output;
}

/// The host writes the image to the global buffer as the network takes it: where only one Quantize node reads the
/// input, the tokens are its integers.
void StageBuilder::add_source() {
  std::vector<int> readers;
  for (int n = 1; n < static_cast<int>(input_.graph.nodes.size()); ++n) {
    const auto& inputs = input_.node(n).inputs;
    if (is_live(n) && std::find(inputs.begin(), inputs.end(), 0) != inputs.end()) readers.push_back(n);
  }
  const bool integers =
      readers.size() == 1 && std::holds_alternative<workloads::Quantize>(input_.node(readers[0]).operation);
  const int node = integers ? readers[0] : 0;
  Stage source;
  source.name = "source";
  source.kind = StageKind::source;
  source.tile = input_.architecture.gateway();
  source.firings = input_.node(0).shape.pixels();
  stream_of(node) = add_stream(add_stage(source), token_bits(node), MessageClass::activation);
}

void StageBuilder::add_sink() {
  Stage sink;
  sink.name = "sink";
  sink.kind = StageKind::sink;
  sink.node = input_.graph.output;
  sink.tile = input_.architecture.gateway();
  sink.firings = input_.node(sink.node).shape.pixels();
  sink.inputs.resize(1);
  sink.inputs[0].stream = stream_of(sink.node);
  add_stage(sink);
}

void StageBuilder::add_digital(int node) {
  const QuantizedNode& n = input_.node(node);
  Work work = node_work(n, input_.node(n.inputs.at(0)).shape);
  Stage stage;
  stage.name = n.name;
  stage.kind = work.kind;
  stage.node = node;
  stage.tile = tile_of_input(node);
  stage.firings = n.shape.pixels();
  stage.interval = digital_cycles(work.elements);
  stage.latency = stage.interval + input_.architecture.tile.digital.latency_cycles;
  stage.actions = work.actions;
  stage.actions[Component::tile_register] = std::int64_t{2} * token_bits(node);
  for (const int from : n.inputs) {
    InputPort port = work.window ? windowed_port(node, *work.window) : InputPort{};
    port.stream = stream_of(from);
    const int tokens = work.window ? work.window->kernel_h * work.window->kernel_w : 1;
    stage.actions[Component::buffer] += std::int64_t{1} * tokens * token_bits(from);
    stage.inputs.push_back(port);
  }
  stream_of(node) = add_stream(add_stage(std::move(stage)), token_bits(node), MessageClass::activation);
}

Stage StageBuilder::mvm_stage(int layer, const std::vector<int>& indices, const ArrayGroup& group, int new_columns) {
  const LayerMapping& mapping = program_.layers[static_cast<std::size_t>(layer)];
  const int from = input_.node(mapping.node).inputs.at(0);
  Stage stage;
  stage.kind = StageKind::mvm;
  stage.node = mapping.node;
  stage.layer = layer;
  stage.tile = group.arrays.front().tile;
  stage.replica = group.arrays.front().replica;
  stage.name = fmt::format("{}.r{}.t{}", mapping.name, stage.replica, stage.tile);
  stage.firings = ceil_div(mapping.pixels - stage.replica, mapping.replicas);
  stage.interval = mapping.timing.interval;
  stage.latency = mapping.timing.latency + adder_tree_levels(group.row_blocks_of_column);
  stage.arrays = indices;
  stage.actions = mvm_actions(group, input_.layers[static_cast<std::size_t>(layer)], input_.architecture.array,
                              input_.node(from).params.bits, sum_bits(layer), new_columns);
  InputPort port =
      windowed_port(mapping.node, std::get<workloads::QuantizedConv>(input_.node(mapping.node).operation).window);
  port.stream = stream_of(from);
  port.period = mapping.replicas;
  port.phase = stage.replica;
  stage.inputs.push_back(port);
  return stage;
}

int StageBuilder::add_replica(int layer, int replica, Stage& combine) {
  std::map<int, std::vector<int>> by_tile;
  for (const int i : arrays_of(layer, replica)) by_tile[program_.arrays[static_cast<std::size_t>(i)].tile].push_back(i);
  std::set<int> begun;
  for (const auto& [tile, indices] : by_tile) {
    std::vector<ArrayAssignment> members;
    int new_columns = 0;
    for (const int i : indices) {
      members.push_back(program_.arrays[static_cast<std::size_t>(i)]);
      if (begun.insert(members.back().column_block).second) {
        new_columns += members.back().column_end - members.back().column_begin;
      }
    }
    const ArrayGroup group = group_arrays(std::move(members));
    const int index = add_stage(mvm_stage(layer, indices, group, new_columns));
    InputPort partial;
    partial.stream = add_stream(index, group.columns * sum_bits(layer), MessageClass::partial_sum);
    partial.period = program_.layers[static_cast<std::size_t>(layer)].replicas;
    partial.phase = replica;
    combine.inputs.push_back(partial);
  }
  return static_cast<int>(by_tile.size());
}

void StageBuilder::add_layer(int node, int layer) {
  const LayerMapping& mapping = program_.layers[static_cast<std::size_t>(layer)];
  Stage combine;
  combine.name = mapping.name + ".combine";
  combine.kind = StageKind::combine;
  combine.node = node;
  combine.layer = layer;
  combine.firings = mapping.pixels;
  combine.actions[Component::digital] = mapping.columns;
  combine.actions[Component::tile_register] = std::int64_t{2} * token_bits(node);
  combine.tile = program_.arrays[static_cast<std::size_t>(arrays_of(layer, 0).front())].tile;
  int most_partial_sums = 1;
  for (int replica = 0; replica < mapping.replicas; ++replica) {
    most_partial_sums = std::max(most_partial_sums, add_replica(layer, replica, combine));
  }
  combine.interval = most_partial_sums * digital_cycles(mapping.columns);
  combine.latency = combine.interval + input_.architecture.tile.digital.latency_cycles;
  stream_of(node) = add_stream(add_stage(std::move(combine)), token_bits(node), MessageClass::activation);
}

int StageBuilder::tile_with_lanes(int node) {
  const int tiles = input_.architecture.num_tiles();
  const int wanted = tile_of_input(node);
  for (int i = 0; i < tiles; ++i) {
    const int tile = (wanted + i) % tiles;
    if (taken_lanes_.insert(tile).second) return tile;
  }
  const auto streamed = std::count_if(program_.layers.begin(), program_.layers.end(),
                                      [](const LayerMapping& layer) { return layer.is_streamed(); });
  throw RuleError(
      "architecture.tiles",
      fmt::format("{} layers are streamed, each needs the multiply lanes of a tile of its own, and the chip "
                  "has {} tiles",
                  streamed, tiles));
}

void StageBuilder::add_lanes(int node, int layer) {
  const LayerMapping& mapping = program_.layers[static_cast<std::size_t>(layer)];
  const auto& conv = std::get<workloads::QuantizedConv>(input_.node(node).operation);
  const int from = input_.node(node).inputs.at(0);
  Stage stage;
  stage.name = mapping.name + ".lanes";
  stage.kind = StageKind::lanes;
  stage.node = node;
  stage.layer = layer;
  stage.tile = tile_with_lanes(node);
  stage.firings = mapping.pixels;
  stage.interval = mapping.timing.interval;
  stage.latency = mapping.timing.latency;
  stage.actions = lanes_actions(weight_stream(conv, *input_.architecture.tile.multiply_lanes), conv,
                                input_.node(from).params.bits, input_.graph.accumulator.bits);
  stage.actions[Component::tile_register] = std::int64_t{2} * token_bits(node);
  InputPort port = windowed_port(node, conv.window);
  port.stream = stream_of(from);
  stage.inputs.push_back(port);
  stream_of(node) = add_stream(add_stage(std::move(stage)), token_bits(node), MessageClass::activation);
}

}  // namespace

void build_stages(Program& program, const MappingInput& input) {
  StageBuilder(program, input).build();
}

}  // namespace ohmic::mapping

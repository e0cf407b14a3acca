// SPDX-License-Identifier: Apache-2.0
// Which layers leave the arrays for multiply lanes, and what a slope drawn by beats demands of the chip.
#include <fmt/format.h>

#include <regex>

#include "base/config_reader.hpp"
#include "mapping/mapping_parts.hpp"
#include "mapping/weight_stream.hpp"

namespace ohmic::mapping {

namespace {

constexpr const char* kPath = "mapping.streamed";
constexpr std::int64_t kBitsPerByte = 8;

std::regex compiled(const std::string& pattern) {
  try {
    return std::regex(pattern);
  } catch (const std::regex_error& error) {
    throw RuleError(kPath, fmt::format("'{}' is not a regular expression: {}", pattern, error.what()));
  }
}

}  // namespace

std::vector<bool> streamed_layers(const workloads::QuantizedGraph& graph, const MappingSpec& mapping) {
  const std::vector<int> nodes = graph.matrix_nodes();
  std::vector<bool> streamed(nodes.size(), false);
  if (!mapping.streamed) return streamed;
  const std::regex pattern = compiled(*mapping.streamed);
  bool is_used = false;
  for (std::size_t l = 0; l < nodes.size(); ++l) {
    streamed[l] = std::regex_match(graph.nodes[static_cast<std::size_t>(nodes[l])].name, pattern);
    is_used = is_used || streamed[l];
  }
  if (!is_used) {
    throw RuleError(kPath, fmt::format("'{}' is the name of no convolution or fully connected layer in integers",
                                       *mapping.streamed));
  }
  return streamed;
}

LayerMapping streamed_layer(const MappingInput& input, int node) {
  const models::TileSpec& tile = input.architecture.tile;
  const auto& conv = std::get<workloads::QuantizedConv>(input.node(node).operation);
  LayerMapping layer;
  layer.node = node;
  layer.name = input.node(node).name;
  if (!tile.multiply_lanes) {
    throw RuleError("architecture.tile", fmt::format("layer '{}' is streamed (mapping.streamed), which needs "
                                                     "multiply_lanes in the tile, for example {{inputs: 4, outputs: "
                                                     "4, weight_memory: {{size: 16 KiB}}}}",
                                                     layer.name));
  }
  const models::MultiplyLanesSpec& lanes = *tile.multiply_lanes;
  const WeightStream stream = weight_stream(conv, lanes);
  const std::int64_t bits = stream.words() * stream.word_bits();
  if (bits > lanes.weight_memory.size.value()) {
    throw RuleError("architecture.tile.multiply_lanes.weight_memory.size",
                    fmt::format("the weights of layer '{}' take {} words of {} bits, {} bytes; the memory has {}",
                                layer.name, stream.words(), stream.word_bits(), ceil_div(bits, kBitsPerByte),
                                lanes.weight_memory.size.value() / kBitsPerByte));
  }
  layer.rows = conv.rows;
  layer.columns = conv.out_channels;
  layer.pixels = input.node(node).shape.pixels();
  layer.weight_words = stream.words();
  layer.timing.interval = stream.words();
  layer.timing.latency = stream.words() + lanes.multiply_cycles + lanes.accumulate_cycles + tile.digital.latency_cycles;
  return layer;
}

void require_fitting_beats(const MappingInput& input) {
  const models::TileSpec& tile = input.architecture.tile;
  std::size_t layer = 0;
  for (const workloads::QuantizedNode& node : input.graph.nodes) {
    const bool is_matrix = std::holds_alternative<workloads::QuantizedConv>(node.operation);
    const bool on_lanes = is_matrix && input.layers[layer].is_streamed;
    layer += is_matrix ? 1 : 0;
    const workloads::Leaky* leaky = workloads::leaky_of(node.operation);
    if (leaky == nullptr || !leaky->randomized) continue;
    const int lanes = on_lanes ? tile.multiply_lanes->outputs : tile.digital.lanes;
    if (lanes == leaky->randomized->lanes) continue;
    throw RuleError(on_lanes ? "architecture.tile.multiply_lanes.outputs" : "architecture.tile.digital.lanes",
                    fmt::format("a beat of the activation unit of node '{}' has {} outputs, but its slopes are drawn "
                                "for beats of {} (leaky.randomized.lanes of its quantization rule)",
                                node.name, lanes, leaky->randomized->lanes));
  }
}

}  // namespace ohmic::mapping

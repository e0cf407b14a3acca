// SPDX-License-Identifier: Apache-2.0
// The steps of mapping, in order. See docs/mapping.md.
#include "mapping/mapper.hpp"

#include <algorithm>

#include "base/config_reader.hpp"
#include "mapping/buffers.hpp"
#include "mapping/mapping_parts.hpp"

namespace ohmic::mapping {

namespace {

/// Tiles are written at the same time, the rows of one tile one after the other.
Cycle programming_cycles(const std::vector<ArrayAssignment>& arrays, const models::ArchitectureSpec& architecture) {
  const Cycle per_row = models::row_write_cycles(architecture.array, architecture.clock);
  std::vector<Cycle> by_tile(static_cast<std::size_t>(architecture.num_tiles()));
  for (const ArrayAssignment& a : arrays)
    by_tile[static_cast<std::size_t>(a.tile)] += (a.row_end - a.row_begin) * per_row;
  return *std::max_element(by_tile.begin(), by_tile.end());
}

EncodedLayer sizes_only(const workloads::QuantizedConv& conv) {
  EncodedLayer layer;
  layer.is_streamed = true;
  layer.weights.rows = conv.rows;
  layer.weights.columns = conv.out_channels;
  return layer;
}

}  // namespace

void fields(Fields& f, ReplicationSpec& s) {
  f.key("array_budget", s.array_budget, {.doc = "arrays to use at most, all of the chip when absent", .min = 1});
}

void fields(Fields& f, MappingSpec& s) {
  f.key("strategy", s.strategy, {.doc = "how often layers are replicated: balanced, single"});
  f.key("replication", s.replication, {.doc = "limits of replication"});
  f.key("buffer_slack", s.buffer_slack,
        {.doc = "tokens beyond the deadlock-free minimum in every buffer", .min = 0, .max = 1e6});
  f.key("streamed", s.streamed,
        {.doc = "regular expression for the whole names of layers whose weights stream into multiply lanes"});
}

std::vector<EncodedLayer> encode_layers(const workloads::QuantizedGraph& graph, const models::ArraySpec& array,
                                        const MappingSpec& mapping) {
  const std::vector<bool> streamed = streamed_layers(graph, mapping);
  std::vector<EncodedLayer> layers;
  for (const int node : graph.matrix_nodes()) {
    const auto& conv = std::get<workloads::QuantizedConv>(graph.nodes[static_cast<std::size_t>(node)].operation);
    layers.push_back(streamed[layers.size()] ? sizes_only(conv) : encode_layer(conv, graph.input_params(node), array));
  }
  return layers;
}

Program map_network(const workloads::QuantizedGraph& graph, const models::ArchitectureSpec& architecture,
                    const MappingSpec& mapping) {
  const std::vector<EncodedLayer> layers = encode_layers(graph, architecture.array, mapping);
  if (layers.empty()) {
    throw RuleError("quantization.rules",
                    "no layer of the network is on the arrays: no rule matches a convolution or "
                    "fully connected layer");
  }
  const MappingInput input{graph, architecture, layers};
  require_fitting_beats(input);
  Program program;
  program.network = graph.name;
  program.architecture = architecture.name;
  program.arrays_available = architecture.num_arrays();
  program.layers = cut_layers(input);
  replicate(program.layers, architecture, mapping);
  program.arrays = place_arrays(program.layers, architecture);
  program.arrays_used = static_cast<int>(program.arrays.size());
  program.programming_cycles = programming_cycles(program.arrays, architecture);
  for (const LayerMapping& layer : program.layers) program.programmed_cells += layer.cells_used * layer.replicas;
  build_stages(program, input);
  size_buffers(program, architecture.tile.output_slots, mapping.buffer_slack);
  require_fitting_buffers(program, architecture);
  return program;
}

}  // namespace ohmic::mapping

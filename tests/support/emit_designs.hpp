// SPDX-License-Identifier: Apache-2.0
// Programs for weight images: matrix layers cut into blocks and replicas, without stages and streams.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "emit/emit.hpp"
#include "tests/support/designs.hpp"

namespace ohmic::test {

/// What emit takes, belonging together.
struct EmitDesign {
  models::ArchitectureSpec architecture = small_architecture();
  workloads::QuantizedGraph graph;
  std::vector<mapping::EncodedLayer> layers;
  mapping::Program program;

  emit::EmitReport emit(const std::filesystem::path& folder) const {
    return emit::emit_weight_images(program, layers, graph, architecture, folder);
  }
  emit::EmitReport verify(const std::filesystem::path& folder) const {
    return emit::verify_weight_images(folder, program, layers, graph, architecture);
  }
};

/// Encodes the matrix layers of `design.graph` and cuts each into arrays, `replicas` times.
inline void map_for_emit(EmitDesign& design, int replicas) {
  const models::ArraySpec& array = design.architecture.array;
  design.program.network = design.graph.name;
  design.program.architecture = design.architecture.name;
  int place = 0;
  for (const int node : design.graph.matrix_nodes()) {
    const auto& conv = std::get<workloads::QuantizedConv>(design.graph.nodes[node].operation);
    design.layers.push_back(mapping::encode_layer(conv, design.graph.input_params(node), array));
    mapping::LayerMapping layer;
    layer.node = node;
    layer.name = design.graph.nodes[node].name;
    layer.rows = conv.rows;
    layer.columns = conv.out_channels;
    layer.slices = static_cast<int>(design.layers.back().weights.slices.size());
    layer.columns_per_array = std::max(1, array.columns / layer.slices);
    layer.row_blocks = (layer.rows + array.rows - 1) / array.rows;
    layer.column_blocks = (layer.columns + layer.columns_per_array - 1) / layer.columns_per_array;
    layer.replicas = replicas;
    for (int i = 0; i < layer.arrays_per_replica() * replicas; ++i, ++place) {
      mapping::ArrayAssignment a;
      a.layer = static_cast<int>(design.program.layers.size());
      a.replica = i / layer.arrays_per_replica();
      a.row_block = i % layer.arrays_per_replica() / layer.column_blocks;
      a.column_block = i % layer.column_blocks;
      a.tile = place / 8;
      a.slot = place % 8;
      a.row_begin = a.row_block * array.rows;
      a.row_end = std::min(layer.rows, a.row_begin + array.rows);
      a.column_begin = a.column_block * layer.columns_per_array;
      a.column_end = std::min(layer.columns, a.column_begin + layer.columns_per_array);
      design.program.arrays.push_back(a);
    }
    design.program.layers.push_back(layer);
  }
}

/// One fully connected layer: weights[output][input], unsigned 8-bit inputs.
inline EmitDesign one_layer(const std::vector<std::vector<int>>& weights, int weight_bits, int cell_bits,
                            models::WeightEncoding encoding, int array_rows = 32, int replicas = 1) {
  EmitDesign design;
  design.architecture.array.rows = array_rows;
  design.architecture.array.cell.bits = cell_bits;
  design.architecture.array.weights.encoding = encoding;
  Random random(1);
  GraphBuilder builder({static_cast<int>(weights.front().size()), 1, 1});
  builder.conv(random, "fc", builder.last(), {}, static_cast<int>(weights.size()), weight_bits);
  design.graph = builder.finish();
  auto& conv = std::get<workloads::QuantizedConv>(design.graph.nodes.back().operation);
  conv.weights.clear();
  for (const auto& output : weights) conv.weights.insert(conv.weights.end(), output.begin(), output.end());
  map_for_emit(design, replicas);
  return design;
}

}  // namespace ohmic::test

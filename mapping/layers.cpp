// SPDX-License-Identifier: Apache-2.0
// Layers → blocks of arrays: how many columns fit side by side, how many blocks, how long a vector takes.
#include <fmt/format.h>

#include <algorithm>

#include "base/config_reader.hpp"
#include "mapping/mapping_parts.hpp"

namespace ohmic::mapping {

namespace {

int ceil_blocks(int count, int per_block) {
  return (count + per_block - 1) / per_block;
}

void require_lossless(const std::string& name, const EncodedLayer& layer, const models::ArraySpec& array) {
  if (array.adc->range != models::RangePolicy::lossless) return;
  const ConversionRange range = reachable_range(layer, array);
  const int needed = lossless_bits(range);
  if (needed <= array.adc->bits) return;
  throw RuleError(
      "architecture.array.adc.bits",
      fmt::format("lossless conversion of layer '{}' needs {} bits, the converter has {}: its columns reach "
                  "{} to {} (fewer parallel_rows, cell bits or DAC bits need fewer)",
                  name, needed, array.adc->bits, range.low, range.high));
}

std::int64_t conversions_per_vector(const LayerMapping& layer, const EncodedLayer& encoded,
                                    const models::ArraySpec& array) {
  if (array.compute == models::Domain::digital) return 0;
  std::int64_t groups = 0;
  for (int block = 0; block < layer.row_blocks; ++block) {
    groups += row_groups(array, std::min(array.rows, layer.rows - block * array.rows));
  }
  return groups * layer.columns * static_cast<std::int64_t>(conversions_of(encoded, array).size());
}

LayerMapping cut_layer(const MappingInput& input, int node, const EncodedLayer& encoded) {
  const models::ArraySpec& array = input.architecture.array;
  LayerMapping layer;
  layer.node = node;
  layer.name = input.node(node).name;
  layer.rows = encoded.weights.rows;
  layer.columns = encoded.weights.columns;
  layer.pixels = input.node(node).shape.pixels();
  layer.input_steps = static_cast<int>(encoded.inputs.steps.size());
  layer.slices = static_cast<int>(encoded.weights.slices.size());
  layer.columns_per_array = array.columns / layer.slices;
  if (layer.columns_per_array == 0) {
    throw RuleError(
        "architecture.array.columns",
        fmt::format("one weight of layer '{}' takes {} columns, the array has {} (more columns, or cells of "
                    "more bits)",
                    layer.name, layer.slices, array.columns));
  }
  layer.row_blocks = ceil_blocks(layer.rows, array.rows);
  layer.column_blocks = ceil_blocks(layer.columns, layer.columns_per_array);
  layer.conversions_per_vector = conversions_per_vector(layer, encoded, array);
  layer.timing = models::array_timing(array, input.architecture.clock, std::min(layer.rows, array.rows),
                                      std::min(layer.columns, layer.columns_per_array) * layer.slices,
                                      layer.input_steps, layer.slices);
  layer.cells_used = static_cast<std::int64_t>(encoded.weights.codes.size());
  return layer;
}

}  // namespace

std::int64_t row_groups(const models::ArraySpec& array, int rows) {
  return ceil_div(rows, array.rows_at_once());
}

std::vector<LayerMapping> cut_layers(const MappingInput& input) {
  std::vector<LayerMapping> layers;
  for (const int node : input.graph.matrix_nodes()) {
    const EncodedLayer& encoded = input.layers[layers.size()];
    if (encoded.is_streamed) {
      layers.push_back(streamed_layer(input, node));
      continue;
    }
    require_lossless(input.node(node).name, encoded, input.architecture.array);
    layers.push_back(cut_layer(input, node, encoded));
  }
  return layers;
}

std::vector<ArrayAssignment> place_arrays(const std::vector<LayerMapping>& layers,
                                          const models::ArchitectureSpec& architecture) {
  std::vector<ArrayAssignment> arrays;
  const int per_tile = architecture.arrays_per_tile();
  for (int l = 0; l < static_cast<int>(layers.size()); ++l) {
    const LayerMapping& layer = layers[static_cast<std::size_t>(l)];
    const int rows = architecture.array.rows;
    for (int copy = 0; copy < layer.replicas * layer.arrays_per_replica(); ++copy) {
      ArrayAssignment array;
      array.layer = l;
      array.replica = copy / layer.arrays_per_replica();
      array.row_block = copy % layer.arrays_per_replica() / layer.column_blocks;
      array.column_block = copy % layer.column_blocks;
      array.tile = static_cast<int>(arrays.size()) / per_tile;
      array.slot = static_cast<int>(arrays.size()) % per_tile;
      array.row_begin = array.row_block * rows;
      array.row_end = std::min(array.row_begin + rows, layer.rows);
      array.column_begin = array.column_block * layer.columns_per_array;
      array.column_end = std::min(array.column_begin + layer.columns_per_array, layer.columns);
      arrays.push_back(array);
    }
  }
  return arrays;
}

}  // namespace ohmic::mapping

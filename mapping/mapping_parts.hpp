// SPDX-License-Identifier: Apache-2.0
// The steps of map_network.
#pragma once

#include <vector>

#include "mapping/encoding.hpp"
#include "mapping/mapper.hpp"
#include "mapping/program.hpp"

namespace ohmic::mapping {

/// What the steps read.
struct MappingInput {
  const workloads::QuantizedGraph& graph;
  const models::ArchitectureSpec& architecture;
  const std::vector<EncodedLayer>& layers;  // of matrix_nodes(), in order

  [[nodiscard]] const workloads::QuantizedNode& node(int index) const {
    return graph.nodes[static_cast<std::size_t>(index)];
  }
};

/// Cuts every layer into arrays, one copy of each. RuleError when a weight is wider than an array, or when a lossless
/// converter has too few bits.
[[nodiscard]] std::vector<LayerMapping> cut_layers(const MappingInput& input);

/// A layer on multiply lanes. RuleError when the tile has none or its weight memory is too small.
[[nodiscard]] LayerMapping streamed_layer(const MappingInput& input, int node);

/// RuleError when a randomized leaky ReLU draws its slopes for beats that its activation unit does not have.
void require_fitting_beats(const MappingInput& input);

/// Sets the replicas. RuleError for an unknown strategy, or when one copy of each layer is too much.
void replicate(std::vector<LayerMapping>& layers, const models::ArchitectureSpec& architecture,
               const MappingSpec& mapping);

/// Rows of the matrix that one read takes at once, of an array with rows [begin, end): ceil((end − begin) / parallel).
[[nodiscard]] std::int64_t row_groups(const models::ArraySpec& array, int rows);

/// Arrays in the order layer, replica, row block, column block, in free slots tile by tile.
[[nodiscard]] std::vector<ArrayAssignment> place_arrays(const std::vector<LayerMapping>& layers,
                                                        const models::ArchitectureSpec& architecture);

/// Fills stages and streams of a program that has its layers and arrays.
void build_stages(Program& program, const MappingInput& input);

}  // namespace ohmic::mapping

// SPDX-License-Identifier: Apache-2.0
// QuantizedGraph + chip → Program: slice, tile, replicate, place, size buffers.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.hpp"
#include "mapping/encoding.hpp"
#include "mapping/program.hpp"
#include "models/architecture.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::mapping {

struct ReplicationSpec {
  std::optional<int> array_budget;  // arrays to use at most; the chip's when absent
};

/// The `mapping` section.
struct MappingSpec {
  std::string strategy = "balanced";  // a registered Strategy
  ReplicationSpec replication;
  int buffer_slack = 2;  // tokens beyond the deadlock-free minimum in every buffer
  /// Regular expression: layers whose weights stream into multiply lanes.
  std::optional<std::string> streamed = std::nullopt;
};
void fields(Fields& f, MappingSpec& s);

/// Chooses how often each layer is replicated. `balanced` takes the smallest T with Σ a_l · ⌈W_l / T⌉ ≤ budget and no
/// layer with more replicas than pixels, W_l = pixels · vector interval; `single` keeps one copy of each layer.
class Strategy {
 public:
  virtual ~Strategy() = default;
  /// Replicas of each layer, at least 1. One copy of each layer is known to be within the budget.
  [[nodiscard]] virtual std::vector<int> replicas(const std::vector<LayerMapping>& layers, int budget) const = 0;
};

/// Which matrix layers stream, in the order of QuantizedGraph::matrix_nodes(). RuleError when `mapping.streamed` is no
/// regular expression or names no matrix layer.
[[nodiscard]] std::vector<bool> streamed_layers(const workloads::QuantizedGraph& graph, const MappingSpec& mapping);

/// The matrix layers in their encoding, in the order of QuantizedGraph::matrix_nodes().
[[nodiscard]] std::vector<EncodedLayer> encode_layers(const workloads::QuantizedGraph& graph,
                                                      const models::ArraySpec& array, const MappingSpec& mapping = {});

/// RuleError when the network does not fit (by how many arrays or bytes, and what to change), when an encoding is
/// impossible, when a lossless ADC has too few bits, when a streamed layer finds no lanes or too small a memory.
[[nodiscard]] Program map_network(const workloads::QuantizedGraph& graph, const models::ArchitectureSpec& architecture,
                                  const MappingSpec& mapping);

}  // namespace ohmic::mapping

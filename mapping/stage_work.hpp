// SPDX-License-Identifier: Apache-2.0
// Nodes that run on the digital units of tiles.
#pragma once

#include <cstdint>
#include <optional>

#include "mapping/program.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::mapping {

/// What one result of a node that is not a matrix layer takes: elements through the digital unit, and actions.
struct Work {
  StageKind kind = StageKind::digital;
  std::int64_t elements = 0;
  std::optional<workloads::Window> window;
  models::ActionCounts actions;
};
/// Work of a node that is neither an input nor a matrix layer; `in` is the shape of its (first) input. Buffer reads
/// are not among the actions.
[[nodiscard]] Work node_work(const workloads::QuantizedNode& node, const workloads::Shape& in);

}  // namespace ohmic::mapping

// SPDX-License-Identifier: Apache-2.0
// From one copy of each layer to as many as the strategy wants and the chip has.
#include <fmt/format.h>

#include <algorithm>

#include "base/config_reader.hpp"
#include "mapping/mapping_parts.hpp"

namespace ohmic::mapping {

namespace {

/// "40 arrays of 32 x 32 for one copy of each layer (layer 'conv3' alone 20)".
std::string needs_text(const std::vector<LayerMapping>& layers, const models::ArraySpec& array, std::int64_t needed) {
  const auto largest = std::max_element(layers.begin(), layers.end(), [](const auto& a, const auto& b) {
    return a.arrays_per_replica() < b.arrays_per_replica();
  });
  return fmt::format("the network needs {} arrays of {} x {} for one copy of each layer (layer '{}' alone {})", needed,
                     array.rows, array.columns, largest->name, largest->arrays_per_replica());
}

}  // namespace

void replicate(std::vector<LayerMapping>& layers, const models::ArchitectureSpec& architecture,
               const MappingSpec& mapping) {
  auto& strategies = Registry<Strategy>::instance();
  if (!strategies.contains(mapping.strategy)) {
    throw RuleError("mapping.strategy", fmt::format("unknown value '{}'{}", mapping.strategy,
                                                    suggestion(mapping.strategy, strategies.names())));
  }
  std::int64_t needed = 0;
  for (const LayerMapping& layer : layers) needed += layer.arrays_per_replica();
  const int available = architecture.num_arrays();
  if (needed > available) {
    throw RuleError("architecture.tiles",
                    fmt::format("{}, the chip has {} ({} x {} tiles of {}): {} too few; take more tiles or arrays per "
                                "tile, larger arrays, or cells of more bits",
                                needs_text(layers, architecture.array, needed), available, architecture.tiles.x,
                                architecture.tiles.y, architecture.arrays_per_tile(), needed - available));
  }
  const int budget = std::min(mapping.replication.array_budget.value_or(available), available);
  if (needed > budget) {
    throw RuleError("mapping.replication.array_budget",
                    fmt::format("{}, the budget is {}: {} too few", needs_text(layers, architecture.array, needed),
                                budget, needed - budget));
  }
  std::vector<LayerMapping> on_arrays;
  for (const LayerMapping& layer : layers) {
    if (!layer.is_streamed()) on_arrays.push_back(layer);
  }
  if (on_arrays.empty()) return;
  const std::vector<int> replicas = strategies.create(mapping.strategy)->replicas(on_arrays, budget);
  std::size_t next = 0;
  for (LayerMapping& layer : layers) {
    if (!layer.is_streamed()) layer.replicas = replicas.at(next++);
  }
}

}  // namespace ohmic::mapping

// SPDX-License-Identifier: Apache-2.0
#include "report/result.hpp"

#include <algorithm>

namespace ohmic::report {

namespace {

LayerResult& entry(std::vector<LayerResult>& layers, const mapping::Stage& stage) {
  for (LayerResult& layer : layers) {
    if (layer.name == stage.node_name) return layer;
  }
  LayerResult& layer = layers.emplace_back();
  layer.name = stage.node_name;
  layer.operation = stage.layer >= 0 ? "matrix" : enum_name(stage.kind);
  return layer;
}

void describe_matrix(LayerResult& layer, const mapping::LayerMapping& mapped, const models::ArraySpec& array) {
  layer.rows = mapped.rows;
  layer.columns = mapped.columns;
  layer.pixels = mapped.pixels;
  layer.replicas = mapped.replicas;
  layer.arrays = mapped.replicas * mapped.arrays_per_replica();
  if (mapped.is_streamed()) return;
  const double cells = static_cast<double>(mapped.arrays_per_replica()) * array.rows * array.columns * array.planes();
  layer.cell_utilisation = static_cast<double>(mapped.cells_used) / cells;
  layer.conversions_per_image = mapped.conversions_per_vector * mapped.pixels;
}

}  // namespace

std::vector<LayerResult> layer_results(const mapping::Program& program, const models::ArchitectureSpec& architecture,
                                       const sim::TimingResult& timing, const EnergyReport& energy) {
  std::vector<LayerResult> layers;
  for (std::size_t i = 0; i < program.stages.size(); ++i) {
    const mapping::Stage& stage = program.stages[i];
    if (stage.kind == mapping::StageKind::source || stage.kind == mapping::StageKind::sink) continue;
    LayerResult& layer = entry(layers, stage);
    if (stage.layer >= 0) {
      describe_matrix(layer, program.layers[static_cast<std::size_t>(stage.layer)], architecture.array);
    } else {
      layer.pixels = static_cast<int>(stage.firings);
    }
    const sim::StageTiming& time = timing.stages[i];
    if (stage.kind != mapping::StageKind::mvm) {  // it sends what the node puts out
      layer.first_output = time.first_output;
      layer.interval_cycles = energy.interval_cycles / static_cast<double>(stage.firings);
    }
    if (!layer.busiest_stage.empty() && time.busy <= layer.timing.busy) continue;
    layer.busiest_stage = stage.name;
    layer.timing = time;
  }
  for (LayerResult& layer : layers) {
    const auto found = energy.by_layer_aj.find(layer.name);
    if (found != energy.by_layer_aj.end()) layer.energy_aj = found->second;
  }
  return layers;
}

}  // namespace ohmic::report

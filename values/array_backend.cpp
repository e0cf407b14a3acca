// SPDX-License-Identifier: Apache-2.0
#include "values/array_backend.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "base/config_reader.hpp"
#include "base/parallel.hpp"
#include "values/layer_array.hpp"

namespace ohmic::values {

namespace {

Path fastest(const LayerArray& layer) {
  if (can_collapse(layer)) return Path::collapsed;
  if (can_use_tables(layer)) return Path::tables;
  return can_use_planes(layer) ? Path::planes : Path::per_cell;
}

bool is_exact(Path path, const LayerArray& layer) {
  if (path == Path::collapsed) return can_collapse(layer);
  if (path == Path::tables) return can_use_tables(layer);
  return path != Path::planes || can_use_planes(layer);
}

std::unique_ptr<LayerPath> make_path(Path path, LayerArray layer, Dispatch dispatch) {
  switch (path) {
    case Path::tables:
      return make_tables(std::move(layer), dispatch);
    case Path::collapsed:
      return make_collapsed(std::move(layer), dispatch);
    case Path::planes:
      return make_planes(std::move(layer), dispatch);
    default:
      return make_per_cell(std::move(layer));
  }
}

/// Runs `make`; a broken rule says at which layer.
template <class Make>
LayerArray with_layer_named(const std::string& layer, const Make& make) {
  try {
    return make();
  } catch (const RuleError& error) {
    throw RuleError(error.path(), fmt::format("layer '{}': {}", layer, error.what()));
  }
}

/// A layer on multiply lanes: digital, so that nothing is lost.
class StreamedPath : public LayerPath {
 public:
  explicit StreamedPath(const workloads::QuantizedGraph& graph) : reference_(graph) {}
  [[nodiscard]] LayerStatistics multiply(const workloads::MatrixCall& call) const override {
    reference_.multiply(call);
    return {};
  }

 private:
  workloads::ReferenceBackend reference_;
};

}  // namespace

bool is_random(const models::ArraySpec& array) {
  // The others are the same on every chip and at every read.
  const Causes causes = causes_of(array)
                            .without(Cause::off_current)
                            .without(Cause::temperature)
                            .without(Cause::wires)
                            .without(Cause::adc_resolution);
  return !(causes == Causes::none());
}

ArrayBackend::ArrayBackend(const workloads::QuantizedGraph& graph, const std::vector<mapping::EncodedLayer>& layers,
                           const models::ArraySpec& array, const ConverterRanges& ranges, const Chip& chip,
                           const ComputeOptions& options)
    : layer_of_node_(graph.layer_of_node()) {
  const std::size_t count = graph.matrix_nodes().size();
  if (count != layers.size() || count != ranges.size()) {
    throw std::logic_error("layers and converter ranges must be those of the graph");
  }
  layers_.resize(count);
  parallel_for(count, options.threads, [&](std::size_t i) {
    layers_[i] = make_layer(graph, layers[i], array, ranges[i], chip, static_cast<int>(i), options);
  });
}

std::unique_ptr<ArrayBackend::Layer> ArrayBackend::make_layer(
    const workloads::QuantizedGraph& graph, const mapping::EncodedLayer& encoded, const models::ArraySpec& array,
    const std::vector<ConverterRange>& ranges, const Chip& chip, int index, const ComputeOptions& options) {
  auto layer = std::make_unique<Layer>();
  if (encoded.is_streamed) {
    layer->chosen = Path::collapsed;
    layer->path = std::make_unique<StreamedPath>(graph);
    return layer;
  }
  LayerArray layer_array = with_layer_named(graph.layer_name(static_cast<std::size_t>(index)), [&] {
    return LayerArray(encoded, array, ranges, chip, index, options.threads);
  });
  layer->chosen = options.path == Path::automatic ? fastest(layer_array) : options.path;
  if (!is_exact(layer->chosen, layer_array)) {
    throw UnsupportedPath("the path asked for cannot compute layer " + std::to_string(index) + " exactly");
  }
  layer->path = make_path(layer->chosen, std::move(layer_array), options.dispatch);
  return layer;
}

ArrayBackend::~ArrayBackend() = default;

void ArrayBackend::multiply(const workloads::MatrixCall& call) const {
  Layer& layer = *layers_[static_cast<std::size_t>(layer_of_node_[static_cast<std::size_t>(call.node)])];
  const LayerStatistics counted = layer.path->multiply(call);
  layer.conversions += counted.conversions;
  layer.clipped += counted.clipped;
  layer.inexact += counted.inexact;
  layer.rounding_squares += counted.rounding_squares;
}

std::vector<LayerStatistics> ArrayBackend::statistics() const {
  std::vector<LayerStatistics> all;
  for (const auto& layer : layers_) {
    all.push_back({layer->conversions, layer->clipped, layer->inexact, layer->rounding_squares});
  }
  return all;
}

}  // namespace ohmic::values

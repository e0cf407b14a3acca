// SPDX-License-Identifier: Apache-2.0
// Converter ranges of a network: from what is reachable, or from what calibration images convert.
#include <algorithm>
#include <mutex>

#include "base/config_reader.hpp"
#include "base/parallel.hpp"
#include "values/digits.hpp"
#include "values/evaluate.hpp"
#include "values/layer_array.hpp"

namespace ohmic::values {

namespace {

using mapping::Conversion;

/// Values that the converters of one layer see with ideal cells, in levels, by column or all together.
class ObservedLayer {
 public:
  ObservedLayer(const mapping::EncodedLayer& layer, const models::ArraySpec& array, bool by_column)
      : layer_(layer),
        conversions_(mapping::conversions_of(layer, array)),
        groups_(row_groups(layer.weights.rows, array)),
        histograms_(by_column ? static_cast<std::size_t>(layer.weights.columns) : 1,
                    ValueHistogram(mapping::reachable_range(layer, array))),
        empty_(histograms_) {
    // The conversions of all steps see the same cells.
    for (const Conversion& c : conversions_) {
      if (c.step_begin != conversions_.front().step_begin) break;
      std::vector<std::int32_t> coefficients;
      for (int row = 0; row < layer.weights.rows; ++row) {
        for (int column = 0; column < layer.weights.columns; ++column) {
          coefficients.push_back(static_cast<std::int32_t>(mapping::conversion_coefficient(layer, c, row, column)));
        }
      }
      coefficients_.push_back(std::move(coefficients));
    }
  }

  void observe(const workloads::MatrixCall& call);
  [[nodiscard]] const std::vector<ValueHistogram>& histograms() const { return histograms_; }

 private:
  const mapping::EncodedLayer& layer_;
  std::vector<Conversion> conversions_;
  std::vector<RowGroup> groups_;
  std::vector<std::vector<std::int32_t>> coefficients_;  // [conversion of a step][row][column]
  std::mutex mutex_;
  std::vector<ValueHistogram> histograms_;
  const std::vector<ValueHistogram> empty_;
};

void ObservedLayer::observe(const workloads::MatrixCall& call) {
  std::vector<ValueHistogram> seen = empty_;
  const auto columns = static_cast<std::size_t>(call.columns);
  std::vector<std::int64_t> sums(columns);
  const std::int64_t vectors = std::int64_t{1} * call.images * call.pixels;
  for (std::int64_t vector = 0; vector < vectors; ++vector) {
    const std::int32_t* x = call.x + vector * call.rows;
    for (std::size_t k = 0; k < conversions_.size(); ++k) {
      const std::int32_t* coefficients = coefficients_[k % coefficients_.size()].data();
      for (const RowGroup& group : groups_) {
        std::fill(sums.begin(), sums.end(), 0);
        for (int row = group.begin; row < group.end; ++row) {
          const std::int64_t drive =
              mapping::conversion_drive(layer_.inputs, conversions_[k], x[row] - layer_.inputs.offset);
          if (drive == 0) continue;
          const std::int32_t* coefficient = coefficients + std::ptrdiff_t{row} * call.columns;
          for (std::size_t c = 0; c < columns; ++c) sums[c] += drive * coefficient[c];
        }
        for (std::size_t c = 0; c < columns; ++c) seen[seen.size() == 1 ? 0 : c].add(sums[c]);
      }
    }
  }
  const std::lock_guard<std::mutex> lock(mutex_);
  for (std::size_t i = 0; i < seen.size(); ++i) histograms_[i].merge(seen[i]);
}

/// The integer reference, watched.
class ObservingBackend : public workloads::MatrixBackend {
 public:
  ObservingBackend(const workloads::QuantizedGraph& graph, const std::vector<mapping::EncodedLayer>& layers,
                   const models::ArraySpec& array)
      : reference_(graph), layer_of_node_(graph.nodes.size(), -1) {
    const std::vector<int> nodes = graph.matrix_nodes();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      layer_of_node_[static_cast<std::size_t>(nodes[i])] = static_cast<int>(i);
      layers_.push_back(layers[i].is_streamed ? nullptr
                                              : std::make_unique<ObservedLayer>(
                                                    layers[i], array, array.adc->scope == models::RangeScope::column));
    }
  }

  void multiply(const workloads::MatrixCall& call) const override {
    ObservedLayer* layer = layers_[static_cast<std::size_t>(layer_of_node_[static_cast<std::size_t>(call.node)])].get();
    if (layer != nullptr) layer->observe(call);
    reference_.multiply(call);
  }
  [[nodiscard]] const ObservedLayer& layer(std::size_t index) const { return *layers_[index]; }

 private:
  workloads::ReferenceBackend reference_;
  std::vector<int> layer_of_node_;
  std::vector<std::unique_ptr<ObservedLayer>> layers_;  // nullptr: streamed
};

std::string layer_name(const workloads::QuantizedGraph& graph, std::size_t layer) {
  return graph.nodes[static_cast<std::size_t>(graph.matrix_nodes()[layer])].name;
}

ConverterRanges calibrated_ranges(const workloads::QuantizedGraph& graph,
                                  const std::vector<mapping::EncodedLayer>& layers, const models::ArraySpec& array,
                                  const workloads::Dataset& calibration, const workloads::Normalize& normalize,
                                  int threads) {
  if (calibration.count() == 0) {
    throw RuleError("workload.data.calibration", "architecture.array.adc.range is calibrated, which needs images");
  }
  const ObservingBackend backend(graph, layers, array);
  constexpr int kBlock = 8;
  const int images = calibration.count();
  parallel_for(static_cast<std::size_t>((images + kBlock - 1) / kBlock), threads, [&](std::size_t block) {
    const int first = static_cast<int>(block) * kBlock;
    (void)workloads::execute(graph, backend, calibration, normalize, first, std::min(kBlock, images - first), false);
  });
  ConverterRanges ranges(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (layers[i].is_streamed) continue;
    for (const ValueHistogram& histogram : backend.layer(i).histograms()) {
      ranges[i].push_back(make_range(histogram.percentile(array.adc->percentile), *array.adc, layer_name(graph, i)));
    }
  }
  return ranges;
}

}  // namespace

ConverterRanges choose_ranges(const workloads::QuantizedGraph& graph, const std::vector<mapping::EncodedLayer>& layers,
                              const models::ArraySpec& array, const workloads::Dataset& calibration,
                              const workloads::Normalize& normalize, int threads) {
  const bool uses_arrays = std::any_of(layers.begin(), layers.end(), [](const auto& l) { return !l.is_streamed; });
  if (array.adc->range == models::RangePolicy::calibrated && uses_arrays) {
    return calibrated_ranges(graph, layers, array, calibration, normalize, threads);
  }
  ConverterRanges ranges;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    ranges.emplace_back();
    if (layers[i].is_streamed) continue;
    ranges.back() = {make_range(mapping::reachable_range(layers[i], array), *array.adc, layer_name(graph, i))};
  }
  return ranges;
}

}  // namespace ohmic::values

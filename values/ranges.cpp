// SPDX-License-Identifier: Apache-2.0
// Converter ranges of a network: from what is reachable, or from what calibration images convert.
#include <algorithm>
#include <cmath>
#include <memory>
#include <mutex>
#include <utility>

#include "base/config_reader.hpp"
#include "base/parallel.hpp"
#include "values/evaluate.hpp"
#include "values/layer_array.hpp"
#include "values/repair.hpp"

namespace ohmic::values {

namespace {

using mapping::Conversion;

/// What the converters of one layer see while calibration images pass: sums of coefficient · drive.
class ObservedLayer {
 public:
  virtual ~ObservedLayer() = default;
  virtual void observe(const workloads::MatrixCall& call) = 0;
  /// By column, or one of all.
  [[nodiscard]] virtual std::vector<ConverterRange> ranges(const models::Adc& adc, const std::string& name) const = 0;
};

/// Coefficients of a reader: `coefficient(conversion, row, column)`; `drive(conversion, row, drive value)`.
template <class Reader>
class LayerObserver : public ObservedLayer {
 public:
  LayerObserver(Reader reader, const mapping::EncodedLayer& layer, const models::ArraySpec& array)
      : reader_(std::move(reader)),
        layer_(layer),
        conversions_(mapping::conversions_of(layer, array)),
        groups_(row_groups(layer.weights.rows, array)),
        histograms_(
            array.adc->scope == models::RangeScope::column ? static_cast<std::size_t>(layer.weights.columns) : 1,
            reader_.histogram(mapping::reachable_range(layer, array))),
        empty_(histograms_) {
    // The conversions of all steps see the same cells.
    std::vector<Coefficients<std::int64_t>> coefficients;
    for (const Conversion& c : conversions_) {
      if (c.step_begin != conversions_.front().step_begin) break;
      Coefficients<std::int64_t>& own = coefficients.emplace_back();
      for (int row = 0; row < layer.weights.rows; ++row) {
        for (int column = 0; column < layer.weights.columns; ++column) {
          own.push_back(reader_.coefficient(c, row, column));
        }
      }
    }
    if (fits_narrow(coefficients)) {
      for (const auto& own : coefficients) narrow_.emplace_back(own.begin(), own.end());
    } else {
      wide_ = std::move(coefficients);
    }
  }

  void observe(const workloads::MatrixCall& call) override {
    std::vector<ValueHistogram> seen = empty_;
    narrow_.empty() ? add_up(wide_, call, seen) : add_up(narrow_, call, seen);
    const std::lock_guard<std::mutex> lock(mutex_);
    for (std::size_t i = 0; i < seen.size(); ++i) histograms_[i].merge(seen[i]);
  }

  [[nodiscard]] std::vector<ConverterRange> ranges(const models::Adc& adc, const std::string& name) const override {
    std::vector<ConverterRange> all;
    for (const ValueHistogram& histogram : histograms_) {
      all.push_back(reader_.range(histogram.percentile(adc.percentile), adc, name));
    }
    return all;
  }

 private:
  template <class Number>
  using Coefficients = std::vector<Number>;  // [row][column]

  /// Whether every sum of a row group fits 32 bits, at twice the speed of 64.
  [[nodiscard]] bool fits_narrow(const std::vector<Coefficients<std::int64_t>>& all) const {
    double largest = 0;
    for (const auto& own : all) {
      for (const std::int64_t c : own) largest = std::max(largest, std::fabs(static_cast<double>(c)));
    }
    double drive = 0;  // all digits of a conversion at their largest
    for (const Conversion& c : conversions_) {
      double sum = 0;
      for (int t = c.step_begin; t < c.step_end; ++t) {
        const auto weight = static_cast<double>(layer_.inputs.steps[static_cast<std::size_t>(t)].weight);
        sum += std::fabs(weight) * std::max(1, layer_.inputs.max_digit(t));
      }
      drive = std::max(drive, sum);
    }
    int rows = 0;
    for (const RowGroup& group : groups_) rows = std::max(rows, group.end - group.begin);
    return reader_.drives_whole_digits() && largest * drive * rows < std::ldexp(1.0, 31);
  }

  template <class Number>
  void add_up(const std::vector<Coefficients<Number>>& coefficients, const workloads::MatrixCall& call,
              std::vector<ValueHistogram>& seen) const {
    const auto columns = static_cast<std::size_t>(call.columns);
    std::vector<Number> sums(columns), drives(static_cast<std::size_t>(call.rows));
    const std::int64_t vectors = std::int64_t{1} * call.images * call.pixels;
    for (std::int64_t vector = 0; vector < vectors; ++vector) {
      const std::int32_t* x = call.x + vector * call.rows;
      for (std::size_t k = 0; k < conversions_.size(); k += coefficients.size()) {
        for (int row = 0; row < call.rows; ++row) {
          drives[static_cast<std::size_t>(row)] =
              static_cast<Number>(reader_.drive(conversions_[k], row, x[row] - layer_.inputs.offset));
        }
        for (const Coefficients<Number>& own : coefficients) {
          for (const RowGroup& group : groups_) {
            std::fill(sums.begin(), sums.end(), 0);
            for (int row = group.begin; row < group.end; ++row) {
              const Number drive = drives[static_cast<std::size_t>(row)];
              if (drive == 0) continue;
              const Number* coefficient = own.data() + std::ptrdiff_t{row} * call.columns;
              for (std::size_t c = 0; c < columns; ++c) sums[c] += drive * coefficient[c];
            }
            for (std::size_t c = 0; c < columns; ++c) seen[seen.size() == 1 ? 0 : c].add(reader_.value(sums[c]));
          }
        }
      }
    }
  }

  Reader reader_;
  const mapping::EncodedLayer& layer_;
  std::vector<Conversion> conversions_;
  std::vector<RowGroup> groups_;
  // [conversion of a step], one of the two
  std::vector<Coefficients<std::int32_t>> narrow_;
  std::vector<Coefficients<std::int64_t>> wide_;
  std::mutex mutex_;
  std::vector<ValueHistogram> histograms_;
  const std::vector<ValueHistogram> empty_;
};

/// Ideal cells and drivers; values in levels.
class IdealReader {
 public:
  explicit IdealReader(const mapping::EncodedLayer& layer) : layer_(layer) {}
  [[nodiscard]] std::int64_t coefficient(const Conversion& c, int row, int column) const {
    return mapping::conversion_coefficient(layer_, c, row, column);
  }
  [[nodiscard]] static bool drives_whole_digits() { return true; }
  [[nodiscard]] std::int64_t drive(const Conversion& c, int /*row*/, int drive) const {
    return mapping::conversion_drive(layer_.inputs, c, drive);
  }
  [[nodiscard]] static std::int64_t value(std::int64_t sum) { return sum; }
  [[nodiscard]] static ValueHistogram histogram(const mapping::ConversionRange& reachable) {
    return ValueHistogram(reachable);
  }
  [[nodiscard]] static ConverterRange range(const mapping::ConversionRange& seen, const models::Adc& adc,
                                            const std::string& name) {
    return make_range(seen, adc, name);
  }

 private:
  const mapping::EncodedLayer& layer_;
};

/// The frozen cells and drivers of a chip; values in 2^-F levels.
class ChipReader {
 public:
  explicit ChipReader(LayerArray layer) : layer_(std::move(layer)) {}
  [[nodiscard]] std::int64_t coefficient(const Conversion& c, int row, int column) const {
    const mapping::WeightPlan& weights = layer_.encoded.weights;
    std::int64_t sum = 0;
    for (int s = c.slice_begin; s < c.slice_end; ++s) {
      for (int p = 0; p < weights.planes; ++p) {
        if (c.polarity >= 0 && c.polarity != p) continue;
        const std::int64_t sign = c.polarity < 0 && p == 1 ? -1 : 1;
        sum += sign * layer_.slice_weight(c, s) * layer_.cells[weights.index(p, s, row, column)];
      }
    }
    return sum;
  }
  [[nodiscard]] bool drives_whole_digits() const { return layer_.drive.is_exact(); }
  [[nodiscard]] std::int64_t drive(const Conversion& c, int row, int drive) const {
    std::int64_t sum = 0;
    for (int t = c.step_begin; t < c.step_end; ++t) {
      const int digit = layer_.encoded.inputs.digit(drive, t);
      sum += layer_.step_weight(c, t) * (layer_.drive.is_exact() ? digit : layer_.drive.level(row, digit));
    }
    return sum;
  }
  [[nodiscard]] std::int64_t value(std::int64_t sum) const {
    return round_div(sum, std::int64_t{1} << layer_.drive.fraction_bits());
  }
  /// Bins of at least 2^-F levels, few enough to be fast.
  [[nodiscard]] ValueHistogram histogram(const mapping::ConversionRange& reachable) const {
    constexpr std::int64_t kBins = std::int64_t{1} << 13;
    const std::int64_t unit = std::int64_t{1} << layer_.fraction_bits;
    const mapping::ConversionRange expected{reachable.low * unit, reachable.high * unit};
    int bin_bits = 0;
    while ((expected.high - expected.low) >> bin_bits >= kBins) ++bin_bits;
    return ValueHistogram(expected, bin_bits);
  }
  [[nodiscard]] ConverterRange range(const mapping::ConversionRange& seen, const models::Adc& adc,
                                     const std::string& /*name*/) const {
    const std::int64_t unit = std::int64_t{1} << (kValueFractionBits - layer_.fraction_bits);
    const bool whole_levels = layer_.ideal_cells && layer_.drive.is_exact();
    return covering_range(seen.low * unit, seen.high * unit, adc, whole_levels ? kLevel : unit);
  }

 private:
  LayerArray layer_;
};

/// The integer reference, watched.
class ObservingBackend : public workloads::MatrixBackend {
 public:
  /// `layers`: by layer; nullptr for those that nobody watches.
  ObservingBackend(const workloads::QuantizedGraph& graph, std::vector<std::unique_ptr<ObservedLayer>> layers)
      : reference_(graph), layer_of_node_(graph.layer_of_node()), layers_(std::move(layers)) {}

  void multiply(const workloads::MatrixCall& call) const override {
    ObservedLayer* layer = layers_[static_cast<std::size_t>(layer_of_node_[static_cast<std::size_t>(call.node)])].get();
    if (layer != nullptr) layer->observe(call);
    reference_.multiply(call);
  }
  [[nodiscard]] const ObservedLayer* layer(std::size_t index) const { return layers_[index].get(); }

 private:
  workloads::ReferenceBackend reference_;
  std::vector<int> layer_of_node_;
  std::vector<std::unique_ptr<ObservedLayer>> layers_;
};

/// `observer(i)` makes the observer of layer i.
template <class MakeObserver>
ConverterRanges calibrated_ranges(const workloads::QuantizedGraph& graph,
                                  const std::vector<mapping::EncodedLayer>& layers, const models::ArraySpec& array,
                                  const workloads::Dataset& calibration, const workloads::Normalize& normalize,
                                  int threads, MakeObserver&& observer) {
  if (calibration.count() == 0) {
    throw RuleError("workload.data.calibration", "architecture.array.adc.range is calibrated, which needs images");
  }
  std::vector<std::unique_ptr<ObservedLayer>> observers(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (!layers[i].is_streamed) observers[i] = observer(i);
  }
  const ObservingBackend backend(graph, std::move(observers));
  workloads::execute_all(graph, backend, calibration, normalize, threads);
  ConverterRanges ranges(layers.size());
  for (std::size_t i = 0; i < layers.size(); ++i) {
    if (const ObservedLayer* layer = backend.layer(i)) ranges[i] = layer->ranges(*array.adc, graph.layer_name(i));
  }
  return ranges;
}

}  // namespace

ConverterRanges choose_ranges(const workloads::QuantizedGraph& graph, const std::vector<mapping::EncodedLayer>& layers,
                              const models::ArraySpec& array, const workloads::Dataset& calibration,
                              const workloads::Normalize& normalize, int threads) {
  const bool uses_arrays = std::any_of(layers.begin(), layers.end(), [](const auto& l) { return !l.is_streamed; });
  if (array.adc->range == models::RangePolicy::calibrated && uses_arrays) {
    return calibrated_ranges(graph, layers, array, calibration, normalize, threads, [&](std::size_t i) {
      return std::make_unique<LayerObserver<IdealReader>>(IdealReader(layers[i]), layers[i], array);
    });
  }
  ConverterRanges ranges;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    ranges.emplace_back();
    if (layers[i].is_streamed) continue;
    ranges.back() = {make_range(mapping::reachable_range(layers[i], array), *array.adc, graph.layer_name(i))};
  }
  return ranges;
}

ConverterRanges chip_ranges(const workloads::QuantizedGraph& graph, const std::vector<mapping::EncodedLayer>& layers,
                            const models::ArraySpec& array, const Chip& chip, const workloads::Dataset& calibration,
                            const workloads::Normalize& normalize, int threads) {
  return calibrated_ranges(graph, layers, array, calibration, normalize, threads, [&](std::size_t i) {
    LayerArray layer(layers[i], array, {ConverterRange{}}, chip, static_cast<int>(i));
    return std::make_unique<LayerObserver<ChipReader>>(ChipReader(std::move(layer)), layers[i], array);
  });
}

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
#include "values/observer.hpp"

#include <algorithm>
#include <cmath>

#include "values/layer_array.hpp"

namespace ohmic::values {

namespace {

LayerSample::Sum square(std::int64_t value) {
  const auto magnitude = static_cast<LayerSample::Sum>(value < 0 ? -static_cast<__int128_t>(value) : value);
  return magnitude * magnitude;
}

/// The image's own place in the feature map, so that a sample of images sees all of it.
int sampled_pixel(int image, int images, int pixels) {
  return static_cast<int>((2 * std::int64_t{image} + 1) * pixels / (2 * std::int64_t{images}));
}

}  // namespace

void LayerSample::add(const LayerSample& other) {
  products += other.products;
  signal += other.signal;
  error += other.error;
  converted.conversions += other.converted.conversions;
  converted.clipped += other.converted.clipped;
  converted.inexact += other.converted.inexact;
  converted.rounding_squares += other.converted.rounding_squares;
}

std::optional<double> LayerSample::sqnr_db() const {
  if (error == 0 || signal == 0) return std::nullopt;
  // The last digits of a logarithm are not the same in every library.
  constexpr double kPerDecibel = 1000;
  const double decibel = 10 * std::log10(static_cast<double>(signal) / static_cast<double>(error));
  return std::round(decibel * kPerDecibel) / kPerDecibel;
}

std::optional<double> LayerSample::error_rms() const {
  if (products == 0) return std::nullopt;
  return std::sqrt(static_cast<double>(error) / static_cast<double>(products));
}

std::optional<double> LayerSample::inexact_fraction() const {
  if (converted.conversions == 0) return std::nullopt;
  return static_cast<double>(converted.inexact) / static_cast<double>(converted.conversions);
}

std::optional<double> LayerSample::rounding_rms_lsb() const {
  const std::int64_t rounded = converted.conversions - converted.clipped;
  if (rounded == 0) return std::nullopt;
  return std::sqrt(std::ldexp(static_cast<double>(converted.rounding_squares) / static_cast<double>(rounded), -32));
}

ObservedBackend::ObservedBackend(const workloads::QuantizedGraph& graph, const workloads::MatrixBackend& chip,
                                 int images)
    : chip_(chip), reference_(graph), images_(images), layer_of_node_(graph.layer_of_node()) {
  const std::size_t layers = graph.matrix_nodes().size();
  samples_.resize(layers);
  vectors_.resize(layers);
}

void ObservedBackend::multiply(const workloads::MatrixCall& call) const {
  chip_.multiply(call);
  workloads::MatrixCall watched = call;
  watched.images = std::min(call.images, images_ - call.first_image);
  if (watched.images <= 0) return;
  const std::size_t count = static_cast<std::size_t>(watched.images) * static_cast<std::size_t>(call.pixels) *
                            static_cast<std::size_t>(call.columns);
  std::vector<std::int64_t> exact(count);
  watched.acc = exact.data();
  reference_.multiply(watched);
  const auto layer = static_cast<std::size_t>(layer_of_node_[static_cast<std::size_t>(call.node)]);
  LayerSample& sample = samples_[layer];
  sample.products += static_cast<std::int64_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    sample.signal += square(exact[i]);
    sample.error += square(call.acc[i] - exact[i]);
  }
  for (int i = 0; i < watched.images; ++i) {
    const int pixel = sampled_pixel(call.first_image + i, images_, call.pixels);
    const std::int32_t* x = call.x + (std::ptrdiff_t{i} * call.pixels + pixel) * call.rows;
    vectors_[layer].insert(vectors_[layer].end(), x, x + call.rows);
  }
}

LayerStatistics count_rounding(const mapping::EncodedLayer& encoded, const models::ArraySpec& array,
                               const std::vector<ConverterRange>& ranges, const Chip& chip, int layer,
                               const std::vector<std::int32_t>& vectors) {
  if (encoded.is_streamed || vectors.empty()) return {};
  const int rows = encoded.weights.rows;
  const int columns = encoded.weights.columns;
  constexpr std::int64_t kCellReads = std::int64_t{1} << 28;
  const auto reads = static_cast<std::int64_t>(encoded.weights.codes.size() * encoded.inputs.steps.size());
  const auto all = static_cast<std::int64_t>(vectors.size()) / rows;
  const auto images = static_cast<int>(std::clamp<std::int64_t>(kCellReads / reads, 1, all));
  std::vector<std::int64_t> acc(static_cast<std::size_t>(images) * static_cast<std::size_t>(columns));
  return make_per_cell(LayerArray(encoded, array, ranges, chip, layer))
      ->multiply({0, 0, images, 1, rows, columns, vectors.data(), acc.data()});
}

}  // namespace ohmic::values

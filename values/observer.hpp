// SPDX-License-Identifier: Apache-2.0
// A sample of images watched on their way through the chip: the products of its arrays beside the exact ones, and what
// the converters rounded (docs/accuracy.md, "Per layer"). Sums are exact integers, so that their order is free.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mapping/encoding.hpp"
#include "models/architecture.hpp"
#include "values/array_backend.hpp"
#include "values/converter.hpp"
#include "workloads/execute.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::values {

/// What the sample showed of one layer.
struct LayerSample {
  __extension__ using Sum = unsigned __int128;

  std::int64_t products = 0;
  Sum signal = 0;             // Σ exact²
  Sum error = 0;              // Σ (array − exact)²
  LayerStatistics converted;  // of one vector per image on the first chip, by the per_cell path

  void add(const LayerSample& other);
  /// Absent without an error, and without a signal.
  [[nodiscard]] std::optional<double> sqnr_db() const;
  /// Root mean square of the error, in units of the product; absent where nothing was watched.
  [[nodiscard]] std::optional<double> error_rms() const;
  /// Share of conversions whose value was none of the converter's.
  [[nodiscard]] std::optional<double> inexact_fraction() const;
  /// Root mean square rounding error of the conversions that did not clip, in steps of the converter.
  [[nodiscard]] std::optional<double> rounding_rms_lsb() const;
};

/// One block's view of a chip: computes what the chip computes and watches images [0, images). For one thread.
class ObservedBackend : public workloads::MatrixBackend {
 public:
  ObservedBackend(const workloads::QuantizedGraph& graph, const workloads::MatrixBackend& chip, int images);

  void multiply(const workloads::MatrixCall& call) const override;

  /// By layer.
  [[nodiscard]] const std::vector<LayerSample>& samples() const { return samples_; }
  /// One input vector of each image that was watched, from another place of each: [layer][image · rows].
  [[nodiscard]] const std::vector<std::vector<std::int32_t>>& vectors() const { return vectors_; }

 private:
  const workloads::MatrixBackend& chip_;
  workloads::ReferenceBackend reference_;
  int images_;
  std::vector<int> layer_of_node_;
  mutable std::vector<LayerSample> samples_;
  mutable std::vector<std::vector<std::int32_t>> vectors_;
};

/// Counts conversions of these input vectors (as many as about 2^28 cell reads allow, one at least) on a layer's arrays
/// by the per_cell path. Their noise is drawn as that of pixel 0.
[[nodiscard]] LayerStatistics count_rounding(const mapping::EncodedLayer& encoded, const models::ArraySpec& array,
                                             const std::vector<ConverterRange>& ranges, const Chip& chip, int layer,
                                             const std::vector<std::int32_t>& vectors);

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
// The `repair` section: a chip measures its own errors through its own converters and corrects them digitally
// (docs/circuits.md).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/draws.hpp"
#include "base/fields.hpp"
#include "mapping/encoding.hpp"
#include "models/architecture.hpp"
#include "values/array_backend.hpp"
#include "workloads/dataset.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::values {

/// Whose cells the calibrated converter ranges are for: ideal ones, or each chip's own.
enum class RangeCells { nominal, chip };
EnumNames enum_names(RangeCells);

/// The repairs, in the order in which they are applied; named as the keys of the section.
enum class Repair { converter_ranges, column_offset_gain, drift_compensation, affine };
EnumNames enum_names(Repair);

struct RepairSpec {
  RangeCells converter_ranges = RangeCells::nominal;
  bool column_offset_gain = false;
  bool drift_compensation = false;
  bool affine = false;
  int test_vectors = 64;  // of column_offset_gain

  [[nodiscard]] bool is_any() const {
    return converter_ranges == RangeCells::chip || column_offset_gain || drift_compensation || affine;
  }
};
void fields(Fields& f, RepairSpec& s);

/// Rules between `repair` and the rest; RuleError with paths that begin with "repair.".
void validate(const RepairSpec& repair, const models::ArraySpec& array, bool has_calibration_images);

/// Those that are on.
[[nodiscard]] std::vector<Repair> repairs_on(const RepairSpec& repair);
/// The section without one of them.
[[nodiscard]] RepairSpec without_repair(RepairSpec spec, Repair repair);

/// Calibrates chips. What is named must outlive it.
class Repairer {
 public:
  Repairer(const workloads::QuantizedGraph& graph, const std::vector<mapping::EncodedLayer>& layers,
           const models::ArraySpec& array, const ConverterRanges& ranges, const workloads::Dataset& calibration,
           const workloads::Normalize& normalize, const RepairSpec& repair, const ComputeOptions& options);

  /// Corrections of a chip as it is when it is evaluated; its own `corrections` are not looked at. They are the same
  /// for any number of threads.
  [[nodiscard]] std::shared_ptr<const ChipCorrections> measure(const Chip& chip, int threads) const;

 private:
  [[nodiscard]] std::vector<std::vector<Correction>> fit_channels(const Chip& chip, int threads) const;

  const workloads::QuantizedGraph& graph_;
  const std::vector<mapping::EncodedLayer>& layers_;
  const models::ArraySpec& array_;
  const ConverterRanges& ranges_;
  const workloads::Dataset& calibration_;
  const workloads::Normalize& normalize_;
  RepairSpec repair_;
  ComputeOptions options_;
};

/// Ranges by the percentiles of what the frozen cells and drivers of one chip give on the calibration images.
[[nodiscard]] ConverterRanges chip_ranges(const workloads::QuantizedGraph& graph,
                                          const std::vector<mapping::EncodedLayer>& layers,
                                          const models::ArraySpec& array, const Chip& chip,
                                          const workloads::Dataset& calibration, const workloads::Normalize& normalize,
                                          int threads);

struct LayerArray;

/// Per column: what its converted values are to go through so that they are what ideal cells would give. `key`: of the
/// test vectors. The layer's own corrections of columns are not looked at.
[[nodiscard]] std::vector<Correction> fit_columns(const LayerArray& layer, int test_vectors, PhiloxKey key);

/// Gain that brings the response of a layer to an all-ones input back to what it was when it was `fresh`.
[[nodiscard]] std::int64_t fit_drift(const LayerArray& fresh, const LayerArray& now);

/// Sums of pairs (measured, wanted), and the line through them: wanted = gain · measured + offset, least squares.
class LineFit {
 public:
  void add(std::int64_t measured, std::int64_t wanted) {
    ++count_;
    x_ += measured;
    y_ += wanted;
    xx_ += WideInteger{measured} * measured;
    xy_ += WideInteger{measured} * wanted;
  }
  void add(const LineFit& other);
  [[nodiscard]] std::int64_t count() const { return count_; }
  /// Gain rounded to 2^-14 and kept within 1/4 and 4, offset (for that gain) to a multiple of `unit`. Where all that
  /// was measured is the same, only the offset is fitted; {} where there is nothing.
  [[nodiscard]] Correction line(std::int64_t unit) const;

 private:
  std::int64_t count_ = 0;
  WideInteger x_ = 0, y_ = 0, xx_ = 0, xy_ = 0;
};

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
#include "values/repair.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <mutex>

#include "base/config_reader.hpp"
#include "base/parallel.hpp"
#include "values/column_reader.hpp"
#include "workloads/execute.hpp"

namespace ohmic::values {

namespace {

/// The integer reference, whose products are compared with those of a chip for the same inputs.
class ComparingBackend : public workloads::MatrixBackend {
 public:
  ComparingBackend(const workloads::QuantizedGraph& graph, const workloads::MatrixBackend& chip)
      : reference_(graph), chip_(chip), layer_of_node_(graph.layer_of_node()), fits_(graph.matrix_nodes().size()) {}

  void multiply(const workloads::MatrixCall& call) const override {
    reference_.multiply(call);
    const std::size_t products = static_cast<std::size_t>(call.images) * static_cast<std::size_t>(call.pixels) *
                                 static_cast<std::size_t>(call.columns);
    std::vector<std::int64_t> measured(products);
    workloads::MatrixCall other = call;
    other.acc = measured.data();
    chip_.multiply(other);
    const auto columns = static_cast<std::size_t>(call.columns);
    std::vector<LineFit> fits(columns);
    for (std::size_t i = 0; i < products; ++i) fits[i % columns].add(measured[i], call.acc[i]);
    const auto layer = static_cast<std::size_t>(layer_of_node_[static_cast<std::size_t>(call.node)]);
    const std::lock_guard<std::mutex> lock(mutex_);
    fits_[layer].resize(columns);
    for (std::size_t c = 0; c < columns; ++c) fits_[layer][c].add(fits[c]);
  }

  [[nodiscard]] const std::vector<LineFit>& fits(std::size_t layer) const { return fits_[layer]; }

 private:
  workloads::ReferenceBackend reference_;
  const workloads::MatrixBackend& chip_;
  std::vector<int> layer_of_node_;
  mutable std::mutex mutex_;
  mutable std::vector<std::vector<LineFit>> fits_;  // [layer][column]
};

/// Drive values of one test vector: a row is driven with probability 1/8 … 8/8, by any of the values there are.
std::vector<std::int32_t> test_drive(const LayerArray& layer, int vector, PhiloxKey key) {
  const mapping::InputPlan& inputs = layer.encoded.inputs;
  const auto values = static_cast<std::uint64_t>(inputs.v_max - inputs.v_min) + 1;
  const int eighths = vector % 8 + 1;
  const int undriven = std::clamp(0, inputs.v_min, inputs.v_max);
  std::vector<std::int32_t> drive;
  for (int row = 0; row < layer.rows(); ++row) {
    const PhiloxCounter words =
        philox({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(vector), 0, 0}, key);
    const bool driven = static_cast<int>(words[0] >> 29) < eighths;
    const auto value = static_cast<int>(words[1] * values >> 32) + inputs.v_min;
    drive.push_back(driven ? value : undriven);
  }
  return drive;
}

/// What ideal cells, drivers and converters would give, 2^-16 levels.
std::int64_t wanted_value(const LayerArray& layer, const std::vector<std::int32_t>& drive, const RowGroup& group,
                          const mapping::Conversion& c, int column) {
  std::int64_t sum = 0;
  for (int row = group.begin; row < group.end; ++row) {
    sum += mapping::conversion_coefficient(layer.encoded, c, row, column) *
           mapping::conversion_drive(layer.encoded.inputs, c, drive[static_cast<std::size_t>(row)]);
  }
  return sum * kLevel;
}

}  // namespace

EnumNames enum_names(RangeCells /*e*/) {
  return {{"nominal", 0}, {"chip", 1}};
}

EnumNames enum_names(Repair /*e*/) {
  return {{"converter_ranges", 0}, {"column_offset_gain", 1}, {"drift_compensation", 2}, {"affine", 3}};
}

void fields(Fields& f, RepairSpec& s) {
  f.key("converter_ranges", s.converter_ranges, {.doc = "calibrated ranges are those of ideal cells, or of each chip"});
  f.key("column_offset_gain", s.column_offset_gain, {.doc = "offset and gain of every column are corrected"});
  f.key("drift_compensation", s.drift_compensation, {.doc = "one factor per layer against drift"});
  f.key("affine", s.affine, {.doc = "gain and offset of every output channel, fitted on the calibration images"});
  f.key("test_vectors", s.test_vectors, {.doc = "known inputs that columns are measured with", .min = 2, .max = 65536});
}

void validate(const RepairSpec& repair, const models::ArraySpec& array, bool has_calibration_images) {
  if (repair.is_any() && array.compute == models::Domain::digital) {
    throw RuleError("repair", "digital arrays (architecture.array.compute) are exact: there is nothing to repair");
  }
  if (repair.converter_ranges == RangeCells::chip && array.adc->range != models::RangePolicy::calibrated) {
    throw RuleError("repair.converter_ranges",
                    fmt::format("chip needs architecture.array.adc.range calibrated, not {}: the other policies do "
                                "not look at what is converted",
                                enum_name(array.adc->range)));
  }
  if (repair.affine && !has_calibration_images) {
    throw RuleError("repair.affine", "is fitted on calibration images, and workload.data.calibration is absent");
  }
  if (repair.drift_compensation && repair.column_offset_gain) {
    throw RuleError("repair.drift_compensation",
                    "and column_offset_gain remove the same decay, twice if both do: keep one");
  }
  if (repair.drift_compensation && !array.cell.device->has_drift()) {
    throw RuleError(
        "repair.drift_compensation",
        fmt::format("the device '{}' does not drift: there is nothing to compensate", array.cell.device.kind));
  }
}

std::vector<Repair> repairs_on(const RepairSpec& repair) {
  std::vector<Repair> on;
  if (repair.converter_ranges == RangeCells::chip) on.push_back(Repair::converter_ranges);
  if (repair.column_offset_gain) on.push_back(Repair::column_offset_gain);
  if (repair.drift_compensation) on.push_back(Repair::drift_compensation);
  if (repair.affine) on.push_back(Repair::affine);
  return on;
}

RepairSpec without_repair(RepairSpec spec, Repair repair) {
  switch (repair) {
    case Repair::converter_ranges:
      spec.converter_ranges = RangeCells::nominal;
      break;
    case Repair::column_offset_gain:
      spec.column_offset_gain = false;
      break;
    case Repair::drift_compensation:
      spec.drift_compensation = false;
      break;
    case Repair::affine:
      spec.affine = false;
      break;
  }
  return spec;
}

void LineFit::add(const LineFit& other) {
  count_ += other.count_;
  x_ += other.x_;
  y_ += other.y_;
  xx_ += other.xx_;
  xy_ += other.xy_;
}

Correction LineFit::line(std::int64_t unit) const {
  Correction line;
  if (count_ == 0) return line;
  // Differences of products are exact as integers; doubles only divide them.
  const WideInteger spread = count_ * xx_ - x_ * x_;
  const WideInteger together = count_ * xy_ - x_ * y_;
  constexpr auto kUnity = static_cast<double>(kUnityGain);
  if (spread > 0) {
    const double gain = static_cast<double>(together) / static_cast<double>(spread) * kUnity;
    line.gain = static_cast<std::int64_t>(std::nearbyint(std::clamp(gain, kUnity / 4, kUnity * 4)));
  }
  const double rest = static_cast<double>(y_ * kUnityGain - x_ * line.gain) / (static_cast<double>(count_) * kUnity);
  line.offset = static_cast<std::int64_t>(std::nearbyint(rest / static_cast<double>(unit))) * unit;
  return line;
}

std::vector<Correction> fit_columns(const LayerArray& layer, int test_vectors, PhiloxKey key) {
  const ColumnReader reader(layer, layer.noise_key);
  const auto columns = static_cast<std::size_t>(layer.columns());
  const auto step_conversions = static_cast<std::size_t>(layer.step_conversions);
  const auto blocks = static_cast<std::size_t>(layer.groups.back().block) + 1;
  std::vector<LineFit> fits(blocks * step_conversions * columns);
  for (int v = 0; v < test_vectors; ++v) {
    const std::vector<std::int32_t> drive = test_drive(layer, v, key);
    const DrivenVector vector = reader.drive_rows(drive.data(), static_cast<std::uint32_t>(v), 0);
    for (int group = 0; group < static_cast<int>(layer.groups.size()); ++group) {
      const RowGroup& rows = layer.groups[static_cast<std::size_t>(group)];
      for (std::size_t k = 0; k < layer.conversions.size(); ++k) {
        const mapping::Conversion& c = layer.conversions[k];
        const std::size_t first =
            (static_cast<std::size_t>(rows.block) * step_conversions + k % step_conversions) * columns;
        for (int column = 0; column < layer.columns(); ++column) {
          const LayerArray::Reading reading = reader.read(vector, column, group, c);
          if (reading.clipped) continue;
          fits[first + static_cast<std::size_t>(column)].add(reading.value,
                                                             wanted_value(layer, drive, rows, c, column));
        }
      }
    }
  }
  std::vector<Correction> corrections;
  for (std::size_t i = 0; i < fits.size(); ++i) {
    corrections.push_back(fits[i].line(std::max<std::int64_t>(1, layer.ranges[i % columns].step / 16)));
  }
  return corrections;
}

std::int64_t fit_drift(const LayerArray& fresh, const LayerArray& now) {
  const ColumnReader before(fresh, fresh.noise_key);
  const ColumnReader after(now, now.noise_key);
  // The same read twice: the draws of the second are those of another image.
  const std::vector<std::int32_t> ones(static_cast<std::size_t>(now.rows()), now.encoded.inputs.v_max);
  const DrivenVector first = before.drive_rows(ones.data(), 0, 0);
  const DrivenVector second = after.drive_rows(ones.data(), 1, 0);
  std::int64_t sum_before = 0;
  std::int64_t sum_after = 0;
  for (int group = 0; group < static_cast<int>(now.groups.size()); ++group) {
    for (const mapping::Conversion& c : now.conversions) {
      for (int column = 0; column < now.columns(); ++column) {
        const LayerArray::Reading was = before.read(first, column, group, c);
        const LayerArray::Reading is = after.read(second, column, group, c);
        if (was.clipped || is.clipped) continue;
        sum_before += std::abs(was.value);
        sum_after += std::abs(is.value);
      }
    }
  }
  if (sum_before == 0 || sum_after == 0) return kUnityGain;
  const double ratio = static_cast<double>(sum_before) / static_cast<double>(sum_after);
  return static_cast<std::int64_t>(std::nearbyint(ratio * static_cast<double>(kUnityGain)));
}

Repairer::Repairer(const workloads::QuantizedGraph& graph, const std::vector<mapping::EncodedLayer>& layers,
                   const models::ArraySpec& array, const ConverterRanges& ranges, const workloads::Dataset& calibration,
                   const workloads::Normalize& normalize, const RepairSpec& repair, const ComputeOptions& options)
    : graph_(graph),
      layers_(layers),
      array_(array),
      ranges_(ranges),
      calibration_(calibration),
      normalize_(normalize),
      repair_(repair),
      options_(options) {}

std::shared_ptr<const ChipCorrections> Repairer::measure(const Chip& chip, int threads) const {
  auto corrections = std::make_shared<ChipCorrections>(layers_.size());
  Chip measured = chip;
  measured.is_calibrating = true;
  measured.corrections = corrections;
  if (repair_.converter_ranges == RangeCells::chip) {
    const ConverterRanges ranges = chip_ranges(graph_, layers_, array_, measured, calibration_, normalize_, threads);
    for (std::size_t i = 0; i < layers_.size(); ++i) (*corrections)[i].ranges = ranges[i];
  }
  parallel_for(layers_.size(), threads, [&](std::size_t i) {
    if (layers_[i].is_streamed) return;
    const int index = static_cast<int>(i);
    if (repair_.column_offset_gain) {
      const LayerArray layer(layers_[i], array_, ranges_[i], measured, index);
      const PhiloxKey key =
          stream_key({.seed = chip.seed, .purpose = Purpose::test_vector, .layer = static_cast<std::uint32_t>(index)});
      (*corrections)[i].columns = fit_columns(layer, repair_.test_vectors, key);
    }
    if (repair_.drift_compensation) {
      const LayerArray now(layers_[i], array_, ranges_[i], measured, index);
      Chip new_chip = measured;
      new_chip.conditions.time_since_write = Duration(0);
      ++new_chip.conditions.epoch;  // read long before: slow noise of its own
      const LayerArray fresh(layers_[i], array_, ranges_[i], new_chip, index);
      (*corrections)[i].drift_gain = fit_drift(fresh, now);
    }
  });
  if (repair_.affine) {
    std::vector<std::vector<Correction>> channels = fit_channels(measured, threads);
    for (std::size_t i = 0; i < layers_.size(); ++i) (*corrections)[i].channels = std::move(channels[i]);
  }
  return corrections;
}

std::vector<std::vector<Correction>> Repairer::fit_channels(const Chip& chip, int threads) const {
  ComputeOptions options = options_;
  options.threads = threads;
  const ArrayBackend arrays(graph_, layers_, array_, ranges_, chip, options);
  const ComparingBackend backend(graph_, arrays);
  workloads::execute_all(graph_, backend, calibration_, normalize_, threads);
  std::vector<std::vector<Correction>> channels(layers_.size());
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (layers_[i].is_streamed) continue;
    for (const LineFit& fit : backend.fits(i)) channels[i].push_back(fit.line(1));
  }
  return channels;
}

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
// The definition of docs/values.md as plain loops: every conversion adds up its cells one by one. Slow; what the
// other paths are compared with.
#include <algorithm>
#include <cmath>

#include "values/column_reader.hpp"

namespace ohmic::values {

namespace {

using mapping::Conversion;

/// (error / step)² in 2^-32: half a step at most where a converter rounds, more where it has errors of its own (of
/// which 16 steps count).
std::int64_t square_of_steps(std::int64_t error, std::int64_t step) {
  constexpr double kMost = 16;
  const double steps = std::clamp(static_cast<double>(error) / static_cast<double>(step), -kMost, kMost);
  const std::int64_t part = std::llround(std::ldexp(steps, 16));
  return part * part;
}

class PerCellPath : public LayerPath {
 public:
  explicit PerCellPath(LayerArray layer) : layer_(std::move(layer)), reader_(layer_, layer_.noise_key) {}
  [[nodiscard]] LayerStatistics multiply(const workloads::MatrixCall& call) const override;

 private:
  void count_rounding(const LayerArray::Reading& reading, std::int64_t step, LayerStatistics& counted) const;
  [[nodiscard]] std::int64_t convert_column(const DrivenVector& vector, int column, LayerStatistics& counted) const;

  LayerArray layer_;
  ColumnReader reader_;
};

LayerStatistics PerCellPath::multiply(const workloads::MatrixCall& call) const {
  LayerStatistics counted;
  std::int64_t* acc = call.acc;
  const std::int32_t* x = call.x;
  std::vector<std::int32_t> drive(static_cast<std::size_t>(call.rows));
  for (int image = 0; image < call.images; ++image) {
    for (int pixel = 0; pixel < call.pixels; ++pixel) {
      std::int64_t drive_sum = 0;
      for (std::int32_t& v : drive) {
        v = *x++ - layer_.encoded.inputs.offset;
        drive_sum += v;
      }
      const DrivenVector vector = reader_.drive_rows(drive.data(), static_cast<std::uint32_t>(call.first_image + image),
                                                     static_cast<std::uint32_t>(pixel));
      for (int column = 0; column < call.columns; ++column) {
        *acc++ = layer_.result(convert_column(vector, column, counted), drive_sum, column);
      }
    }
  }
  return counted;
}

void PerCellPath::count_rounding(const LayerArray::Reading& reading, std::int64_t step,
                                 LayerStatistics& counted) const {
  counted.inexact += reading.error != 0 ? 1 : 0;
  if (layer_.rounds && !reading.clipped) counted.rounding_squares += square_of_steps(reading.error, step);
}

/// Σ over row groups and conversions of weight · converted value, in 2^-16.
std::int64_t PerCellPath::convert_column(const DrivenVector& vector, int column, LayerStatistics& counted) const {
  std::int64_t raw = 0;
  WideInteger corrected = 0;  // in 2^-(16 + kGainBits)
  for (int group = 0; group < static_cast<int>(layer_.groups.size()); ++group) {
    const int row_block = layer_.groups[static_cast<std::size_t>(group)].block;
    for (std::size_t k = 0; k < layer_.conversions.size(); ++k) {
      const Conversion& c = layer_.conversions[k];
      const LayerArray::Reading reading = reader_.read(vector, column, group, c);
      counted.conversions += 1;
      counted.clipped += reading.clipped ? 1 : 0;
      count_rounding(reading, layer_.ranges[static_cast<std::size_t>(column)].step, counted);
      if (layer_.corrections.columns.empty()) {
        raw += c.weight * reading.value;
        continue;
      }
      const Correction& correction = layer_.column_correction(row_block, k, column);
      corrected +=
          c.weight * (WideInteger{correction.gain} * reading.value + WideInteger{correction.offset} * kUnityGain);
    }
  }
  return layer_.corrections.columns.empty() ? raw : round_shift(corrected, kGainBits);
}

}  // namespace

std::unique_ptr<LayerPath> make_per_cell(LayerArray layer) {
  return std::make_unique<PerCellPath>(std::move(layer));
}

}  // namespace ohmic::values

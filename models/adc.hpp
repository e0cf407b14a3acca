// SPDX-License-Identifier: Apache-2.0
// Analog-to-digital converters: what an array's `adc` section says.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "base/fields.hpp"

namespace ohmic::models {

/// How the converter's range is chosen. lossless: one code per unit, everything reachable is covered (an error when
/// the bits do not allow it). max: the reachable range divided into 2^bits − 1 steps, never finer than one unit.
/// granular: as max, the step rounded up to a power of two. calibrated: two-sided percentile of the values seen on
/// the calibration images, per layer or per column.
enum class RangePolicy { lossless, max, calibrated, granular };
enum class RangeScope { layer, column };

EnumNames enum_names(RangePolicy);
EnumNames enum_names(RangeScope);

/// Standard normal deviates of one converter, by index.
using Deviates = std::function<double(int)>;

/// What one converter has of its own. Its codes change at the inputs v where
/// (1 + gain) · v + offset = transition of an ideal converter + late, all in LSB counted from value 0.
struct ConverterErrors {
  double offset = 0;         // LSB
  double gain = 0;           // > −1
  std::vector<double> late;  // LSB, of transitions 1 … 2^bits − 1, such that transitions ascend; empty: none
};

/// Keys that all converters have; implementations are registered by `kind` and add their own.
/// Conversion: code = clamp(round_half_even((v − low) / step), 0, 2^bits − 1), value = low + code · step.
class Adc {
 public:
  virtual ~Adc() = default;
  virtual void fields(Fields& f);
  /// RuleError (paths "architecture.array.adc.…") for keys that exclude each other.
  virtual void validate() const {}
  /// Do converters differ from the ideal one, and so from each other?
  [[nodiscard]] virtual bool has_errors() const { return false; }
  /// Draws one converter. Only + − × ÷ √ may touch what `deviates` gives: bits follow from it.
  [[nodiscard]] virtual ConverterErrors draw(const Deviates& /*deviates*/) const { return {}; }
  /// Input-referred noise of one conversion, LSB rms.
  [[nodiscard]] virtual double noise_lsb() const { return 0; }

  int bits = 8;
  int columns_per_adc = 1;     // columns that share one converter
  Frequency rate{1000000000};  // conversions per second of one converter
  RangePolicy range = RangePolicy::max;
  double percentile = 99.99;             // calibrated only
  RangeScope scope = RangeScope::layer;  // calibrated only
};

/// Converter values have 16 bits behind the point of a level.
constexpr int kValueFractionBits = 16;
constexpr std::int64_t kLevel = std::int64_t{1} << kValueFractionBits;

/// Range of a converter, in units of 2^-16 levels.
struct ConverterRange {
  std::int64_t low = 0;
  std::int64_t step = kLevel;
  bool operator==(const ConverterRange&) const = default;
};

/// [layer][column]; one entry stands for all columns of its layer.
using ConverterRanges = std::vector<std::vector<ConverterRange>>;

}  // namespace ohmic::models

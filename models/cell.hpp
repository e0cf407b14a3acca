// SPDX-License-Identifier: Apache-2.0
// The `array.cell` section: a device and what can be wrong with cells of any device.
#pragma once

#include <optional>
#include <string>

#include "base/fields.hpp"
#include "models/device.hpp"

namespace ohmic::models {

/// What is done about the conductance of a cell that is off: exact = its nominal value is taken off again.
enum class OffCurrent { exact, none };
EnumNames enum_names(OffCurrent);

/// Fractions of all cells that conduct as if nothing, or everything, had been written.
struct StuckSpec {
  double off = 0;
  double on = 0;
};

struct TemperatureSpec {
  double kelvin = 300;
  double reference_kelvin = 300;  // at which conductances are as written
  double coefficient_per_kelvin = 0;

  /// Of every conductance.
  [[nodiscard]] double factor() const { return 1 + coefficient_per_kelvin * (kelvin - reference_kelvin); }
};

/// Shares of the variance of the writing error that the cells of a column, or neighbours in an array, have in common.
struct CorrelationSpec {
  double column = 0;
  double spatial = 0;
  double length_cells = 16;  // ℓ of the field's covariance exp(−d²/(2ℓ²))
};

struct CellSpec {
  int bits = 1;
  Part<Device> device;
  std::optional<double> on_off_ratio;  // absent: a cell that is off conducts nothing
  OffCurrent off_current = OffCurrent::exact;
  StuckSpec stuck;
  TemperatureSpec temperature;
  CorrelationSpec correlation;

  /// g_min / g_max.
  [[nodiscard]] double off_state() const { return on_off_ratio ? 1 / *on_off_ratio : 0.0; }
  /// State of a fraction of the levels.
  [[nodiscard]] double state(double level_fraction) const { return off_state() + level_fraction * (1 - off_state()); }
};

void fields(Fields& f, CellSpec& s);

/// RuleError with paths that begin with `path`.
void validate(const CellSpec& cell, const std::string& path);

}  // namespace ohmic::models

// SPDX-License-Identifier: Apache-2.0
// Memory cells as laws; docs/devices.md has the formulae and their sources. A state y is what a cell was to conduct,
// as a fraction of g_max; conductances and their deviations are fractions of g_max too.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.hpp"
#include "models/charge.hpp"

namespace ohmic::models {

/// Conductance falls as ((t + t0) / t0)^−ν with ν = |N(mean, std)|, drawn for every cell.
struct DriftLaw {
  double mean = 0;
  double std = 0;
};

/// Times since writing for which the source of a device has data: these points, or all between the first and the last.
struct DataTimes {
  std::vector<Duration> points;  // ascending; empty: nothing depends on time
  bool is_range = false;
};

/// Cells have at most 8 bits.
constexpr int kMostLevels = 256;

/// `array.cell.device`; implementations are registered by `kind`. Whatever is not overridden does not happen.
class Device {
 public:
  virtual ~Device() = default;
  virtual void fields(Fields& f) = 0;
  /// Rules between its keys: RuleError with paths that begin with `path`.
  virtual void validate(const std::string& /*path*/) const {}

  /// Levels that can be told apart.
  [[nodiscard]] virtual int most_levels() const { return kMostLevels; }
  /// Conductance of the state 1; zero: not stated.
  [[nodiscard]] virtual Conductance g_max() const { return {}; }
  [[nodiscard]] virtual DataTimes data_times() const { return {}; }

  /// Mean and standard deviation of the conductance `t` after writing, without drift.
  [[nodiscard]] virtual double mean(double y) const { return y; }
  [[nodiscard]] virtual double programming_sigma(double /*y*/, Duration /*t*/) const { return 0; }
  /// The deviation is what the source's own write-and-verify left: it cannot be verified once more.
  [[nodiscard]] virtual bool is_verified() const { return false; }

  [[nodiscard]] virtual DriftLaw drift(double /*y*/) const { return {}; }
  /// t0 of the drift law.
  [[nodiscard]] virtual Duration drift_start() const { return Duration(1); }
  /// Standard deviation of noise that is frozen during one evaluation, as a fraction of the cell's conductance.
  [[nodiscard]] virtual double slow_sigma(double /*y*/, Duration /*t*/) const { return 0; }
  /// Standard deviation of one read of one cell, drawn at every conversion.
  [[nodiscard]] virtual double read_sigma(double /*y*/) const { return 0; }

  /// Capacitors that share charge instead of conductances that add currents.
  [[nodiscard]] virtual std::optional<ChargeDomain> charge() const { return std::nullopt; }

  /// Whether some state has such an error.
  [[nodiscard]] bool has_programming_error() const;
  [[nodiscard]] bool has_drift() const;
  [[nodiscard]] bool has_slow_noise() const;
  [[nodiscard]] bool has_read_noise() const;
};

/// What the user must know about an evaluation at time `t`: that the source has no data there. "" when it has.
[[nodiscard]] std::string time_warning(const Device& device, const std::string& kind, Duration t);

}  // namespace ohmic::models

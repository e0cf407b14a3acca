// SPDX-License-Identifier: Apache-2.0
// Memory cells. A cell of b bits has 2^b levels; conductance is measured in levels, so that level c of an ideal cell
// has conductance c, and the off-current of level 0 is taken as corrected exactly.
#pragma once

#include <memory>

#include "base/fields.hpp"

namespace ohmic::models {

/// `array.cell.device`; implementations are registered by `kind`. All functions take the level fraction
/// x = level / (2^bits − 1) in [0, 1] and give fractions of the range g_max − g_min.
class Device {
 public:
  virtual ~Device() = default;
  virtual void fields(Fields& f) = 0;

  /// Conductance of the state 1; zero: not stated.
  [[nodiscard]] virtual Conductance g_max() const { return {}; }
  /// Standard deviation of the conductance that programming leaves (drawn once per chip and write).
  [[nodiscard]] virtual double programming_sigma(double x) const = 0;
  /// Standard deviation of one read of one cell whose conductance is x (drawn at every conversion).
  [[nodiscard]] virtual double read_sigma(double x) const = 0;
  [[nodiscard]] virtual bool has_programming_error() const = 0;
  [[nodiscard]] virtual bool has_read_noise() const = 0;
  /// Does the conductance fall with the time since writing?
  [[nodiscard]] virtual bool has_drift() const { return false; }
};

}  // namespace ohmic::models

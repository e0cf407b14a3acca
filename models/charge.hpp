// SPDX-License-Identifier: Apache-2.0
// Cells that are capacitors: the N capacitors of a column share their charge, V = Vdd · Σ w x C / (Σ C + C_par).
#pragma once

#include "base/units.hpp"

namespace ohmic::models {

/// Root mean square of the noise that is sampled on a capacitor: sqrt(kT/C).
[[nodiscard]] Voltage thermal_noise(Capacitance capacitance, double kelvin);

struct ChargeDomain {
  Capacitance capacitance{};        // of one cell
  double mismatch_at_1ff = 0;       // σ_C / C at 1 fF; falls with the square root of C
  double parasitic_per_cell = 0;    // of the column line, as a fraction of a cell's capacitance
  Capacitance parasitic_fixed{};    // of the column line
  Voltage supply{};                 // Vdd
  bool is_reference_scaled = true;  // the converters' full scale is that of the nominal gain

  /// σ_C / C of one cell.
  [[nodiscard]] double mismatch() const;
  /// Beside the capacitors of `cells` cells.
  [[nodiscard]] Capacitance parasitic(int cells) const;
  /// What parasitics leave of the signal: N C / (N C + C_par).
  [[nodiscard]] double gain(int cells) const;
  /// σ of kT/C on a column of `cells` cells, in levels at the converter's input: V · N / Vdd, divided by the gain where
  /// the reference is scaled to it.
  [[nodiscard]] double noise_levels(int cells, double kelvin) const;
};

}  // namespace ohmic::models

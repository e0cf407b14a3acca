// SPDX-License-Identifier: Apache-2.0
// Cells that are capacitors: the N capacitors of a column share their charge, V = Vdd · Σ w x C / (Σ C + C_par).
// N are the cells that are read together; C_par is that of the whole column line, whatever part of it is read.
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
  /// Of a column line along `rows` cells.
  [[nodiscard]] Capacitance parasitic(int rows) const;
  /// What parasitics leave of the signal of `cells` cells: N C / (N C + C_par).
  [[nodiscard]] double gain(int cells, int rows) const;
  /// σ of kT/C on the capacitors of `cells` cells, in levels at the converter's input: V · N / Vdd, divided by the gain
  /// where the reference is scaled to it.
  [[nodiscard]] double noise_levels(int cells, int rows, double kelvin) const;
};

}  // namespace ohmic::models

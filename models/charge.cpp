// SPDX-License-Identifier: Apache-2.0
#include "models/charge.hpp"

#include <cmath>

namespace ohmic::models {

namespace {
constexpr double kBoltzmann = 1.380649e-23;  // J/K, exact in the SI
constexpr double kFemtofarad = 1e-15;
}  // namespace

Voltage thermal_noise(Capacitance capacitance, double kelvin) {
  return Voltage(std::sqrt(kBoltzmann * kelvin / capacitance.value()));
}

double ChargeDomain::mismatch() const {
  return mismatch_at_1ff / std::sqrt(capacitance.value() / kFemtofarad);
}

Capacitance ChargeDomain::parasitic(int rows) const {
  return Capacitance(parasitic_per_cell * rows * capacitance.value() + parasitic_fixed.value());
}

double ChargeDomain::gain(int cells, int rows) const {
  const double signal = cells * capacitance.value();
  return signal / (signal + parasitic(rows).value());
}

double ChargeDomain::noise_levels(int cells, int rows, double kelvin) const {
  const Capacitance total(cells * capacitance.value() + parasitic(rows).value());
  const double levels = thermal_noise(total, kelvin).value() * cells / supply.value();
  return is_reference_scaled ? levels / gain(cells, rows) : levels;
}

}  // namespace ohmic::models

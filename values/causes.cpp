// SPDX-License-Identifier: Apache-2.0
#include "values/causes.hpp"

namespace ohmic::values {

EnumNames enum_names(Cause /*e*/) {
  return {{"programming_error", 0}, {"drift", 1},       {"slow_noise", 2},     {"read_noise", 3}, {"stuck_cells", 4},
          {"off_current", 5},       {"temperature", 6}, {"mismatch", 7},       {"wires", 8},      {"dac_error", 9},
          {"adc_error", 10},        {"adc_noise", 11},  {"adc_resolution", 12}};
}

Causes causes_of(const models::ArraySpec& array) {
  Causes causes = Causes::none();
  const auto add = [&](Cause cause, bool is_there) {
    if (is_there) causes = causes.with(cause);
  };
  const models::CellSpec& cell = array.cell;
  const models::Device& device = *cell.device;
  add(Cause::programming_error, device.has_programming_error());
  add(Cause::drift, device.has_drift());
  add(Cause::slow_noise, device.has_slow_noise());
  add(Cause::read_noise, device.has_read_noise());
  add(Cause::stuck_cells, cell.stuck.off + cell.stuck.on > 0);
  add(Cause::off_current, cell.on_off_ratio && cell.off_current == models::OffCurrent::none);
  add(Cause::temperature, cell.temperature.factor() != 1);
  add(Cause::mismatch, device.charge().has_value());
  add(Cause::wires, array.has_wires());
  add(Cause::dac_error, array.inputs.level_error > 0);
  add(Cause::adc_error, array.adc->has_errors());
  add(Cause::adc_noise, device.charge().has_value() || array.adc->noise_lsb() > 0);
  add(Cause::adc_resolution, array.compute == models::Domain::analog);
  return causes;
}

}  // namespace ohmic::values

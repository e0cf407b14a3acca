// SPDX-License-Identifier: Apache-2.0
#include "values/causes.hpp"

namespace ohmic::values {

EnumNames enum_names(Cause /*e*/) {
  return {{"programming_error", 0}, {"drift", 1},       {"slow_noise", 2},     {"read_noise", 3}, {"stuck_cells", 4},
          {"off_current", 5},       {"temperature", 6}, {"mismatch", 7},       {"wires", 8},      {"dac_error", 9},
          {"adc_error", 10},        {"adc_noise", 11},  {"adc_resolution", 12}};
}

Causes causes_of(const models::ArraySpec& array) {
  Causes causes = Causes::none().with(Cause::adc_resolution);
  const models::Device& device = *array.cell.device;
  if (device.has_programming_error()) causes = causes.with(Cause::programming_error);
  if (device.has_read_noise()) causes = causes.with(Cause::read_noise);
  if (array.inputs.level_error > 0) causes = causes.with(Cause::dac_error);
  if (array.adc->has_errors()) causes = causes.with(Cause::adc_error);
  if (array.adc->noise_lsb() > 0) causes = causes.with(Cause::adc_noise);
  if (array.has_wires()) causes = causes.with(Cause::wires);
  return causes;
}

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
// The tile timing law.
#include <algorithm>

#include "models/architecture.hpp"

namespace ohmic::models {

int reads_per_step(const InputSpec& inputs) {
  return inputs.shape == InputShape::amplitude ? 1 : (1 << inputs.dac_bits) - 1;
}

ArrayTiming array_timing(const ArraySpec& array, Frequency clock, int rows, int columns, int steps, int slices) {
  const bool analog_inputs = array.accumulate.inputs == Domain::analog;
  const bool analog_slices = array.accumulate.slices == Domain::analog;
  const bool digital_polarity = array.planes() == 2 && array.accumulate.polarity == Domain::digital;
  const int steps_per_group = analog_inputs ? steps : 1;
  const int parallel_rows = array.rows_at_once();
  ArrayTiming timing;
  const Duration one_read(array.read.time.value() * reads_per_step(array.inputs) + array.read.settle.value());
  timing.read = std::max<Cycle>(1, cycles_covering(one_read, clock)) * steps_per_group;
  // The converter with the most columns sets the burst. Slices that meet before it count once.
  const std::int64_t columns_of_adc = std::min(columns, array.adc->columns_per_adc);
  const std::int64_t conversions = ceil_div(columns_of_adc, analog_slices ? slices : 1) * (digital_polarity ? 2 : 1);
  const bool converts = array.compute == Domain::analog;
  timing.convert = converts ? ceil_mul_div(conversions, clock.value(), array.adc->rate.value()) : 0;
  timing.add = array.shift_add_cycles;
  timing.step = !converts || array.sample_hold.banks == 2 ? std::max({timing.read, timing.convert, timing.add})
                                                          : timing.read + timing.convert + timing.add;
  timing.groups = ceil_div(rows, parallel_rows) * (steps / steps_per_group);
  timing.interval = timing.step * timing.groups;
  timing.latency = timing.step * (timing.groups - 1) + timing.read + timing.convert + timing.add;
  return timing;
}

}  // namespace ohmic::models

// SPDX-License-Identifier: Apache-2.0
#include "models/actions.hpp"

namespace ohmic::models {

EnumNames enum_names(Component /*e*/) {
  return {{"array", 0},           {"dac", 1},
          {"sample_hold", 2},     {"adc", 3},
          {"shift_add", 4},       {"input_register", 5},
          {"output_register", 6}, {"buffer", 7},
          {"tile_bus", 8},        {"digital", 9},
          {"pool", 10},           {"adder", 11},
          {"float_unit", 12},     {"router", 13},
          {"global_buffer", 14},  {"chip_link", 15},
          {"write", 16},          {"tile_register", 17},
          {"multiplier", 18},     {"weight_memory", 19}};
}

void fields(Fields& f, ActionCounts& counts) {
  for (const auto& [name, number] : enum_names(Component{})) {
    std::int64_t& count = counts[static_cast<Component>(number)];
    std::optional<std::int64_t> value = count != 0 ? std::optional(count) : std::nullopt;
    f.key(name, value);
    count = value.value_or(0);
  }
}

}  // namespace ohmic::models

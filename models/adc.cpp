// SPDX-License-Identifier: Apache-2.0
#include "models/adc.hpp"

namespace ohmic::models {

EnumNames enum_names(RangePolicy /*e*/) {
  return {{"lossless", 0}, {"max", 1}, {"calibrated", 2}, {"granular", 3}};
}
EnumNames enum_names(RangeScope /*e*/) {
  return {{"layer", 0}, {"column", 1}};
}

void Adc::fields(Fields& f) {
  f.key("bits", bits, {.doc = "resolution", .required = true, .min = 1, .max = 16});
  f.key("columns_per_adc", columns_per_adc, {.doc = "columns that share one converter", .required = true, .min = 1});
  f.key("rate", rate, {.doc = "conversions per second", .required = true, .min = 1e3, .max = 1e12});
  f.key("range", range, {.doc = "how the range is chosen"});
  f.key("percentile", percentile, {.doc = "of the calibrated range", .min = 50, .max = 100});
  f.key("scope", scope, {.doc = "one calibrated range per layer or per column"});
}

}  // namespace ohmic::models

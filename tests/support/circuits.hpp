// SPDX-License-Identifier: Apache-2.0
// Converters written as YAML, and layers of which only the size matters.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "base/config_reader.hpp"
#include "tests/support/values_cases.hpp"

namespace ohmic::test {

struct AdcHolder {
  Part<models::Adc> adc;
};
inline void fields(Fields& f, AdcHolder& h) {
  f.key("adc", h.adc, {.required = true});
}
/// Keys beside bits, columns_per_adc and rate, e.g. "kind: sar, offset_lsb: 0.5".
inline Part<models::Adc> adc(int bits, int columns_per_adc, const std::string& keys) {
  AdcHolder holder;
  const std::string yaml = "adc: {bits: " + std::to_string(bits) +
                           ", columns_per_adc: " + std::to_string(columns_per_adc) + ", rate: 1 GS/s, " + keys + "}";
  ConfigReader::read(load_yaml_text(yaml, "test"), holder);
  return holder.adc;
}

/// A layer of zeros: rows × columns of one slice.
inline mapping::EncodedLayer empty_layer(int rows, int columns) {
  mapping::EncodedLayer layer;
  layer.weights.encoding = models::WeightEncoding::offset;
  layer.weights.slices = {{0, 1, 1}};
  layer.weights.rows = rows;
  layer.weights.columns = columns;
  layer.weights.codes.assign(static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns), 0);
  return layer;
}

/// Mean and central moments of a sample.
struct Sample {
  explicit Sample(const std::vector<double>& values) : count(static_cast<double>(values.size())) {
    for (const double v : values) mean += v / count;
    for (const double v : values) {
      const double square = (v - mean) * (v - mean);
      variance += square / count;
      fourth += square * square / count;
    }
  }
  double count;
  double mean = 0, variance = 0, fourth = 0;

  /// Distance of the mean from `expected` in its standard errors.
  [[nodiscard]] double mean_off(double expected) const {
    return std::abs(mean - expected) / std::sqrt(variance / count);
  }
  [[nodiscard]] double variance_off(double expected) const {
    return std::abs(variance - expected) / std::sqrt((fourth - variance * variance) / count);
  }
};

}  // namespace ohmic::test

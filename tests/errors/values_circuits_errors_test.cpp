// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/circuits.hpp"
#include "tests/support/support.hpp"
#include "values/repair.hpp"
#include "values/transitions.hpp"

namespace {

using namespace ohmic;

std::string adc_rule(int bits, const std::string& keys) {
  return test::broken_rule([&] { test::adc(bits, 1, keys)->validate(); });
}

TEST_CASE("a bow that folds codes") {
  CHECK(adc_rule(4, "kind: sar, inl_lsb: 3.4").empty());
  CHECK(
      adc_rule(4, "kind: sar, inl_lsb: -3.5") ==
      "architecture.array.adc.inl_lsb: a bow of -3.5 LSB would fold the codes of a converter of 4 bits: its magnitude "
      "must be below 3.5");
  CHECK(adc_rule(1, "kind: sar, inl_lsb: 0.1") ==
        "architecture.array.adc.inl_lsb: a bow of 0.1 LSB would fold the codes of a converter of 1 bits: its magnitude "
        "must be below 0");
}

std::string message(const std::string& keys) {
  try {
    (void)test::adc(8, 1, keys);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("standard deviations and percentiles out of bounds") {
  CHECK(message("kind: sar, offset_lsb: -1") == "test:1:61: adc.offset_lsb: must be between 0 and 65536, not -1");
  CHECK(message("kind: sar, gain_error: -0.01") == "test:1:61: adc.gain_error: must be between 0 and 0.1, not -0.01");
  CHECK(message("kind: sar, capacitor_mismatch: 0.2") ==
        "test:1:61: adc.capacitor_mismatch: must be between 0 and 0.1, not 0.2");
  CHECK(message("kind: sar, noise_lsb: -0.5") == "test:1:61: adc.noise_lsb: must be between 0 and 65536, not -0.5");
  CHECK(message("kind: ideal, percentile: 101") == "test:1:63: adc.percentile: must be between 50 and 100, not 101");
  CHECK(message("kind: ideal, percentile: -1") == "test:1:63: adc.percentile: must be between 50 and 100, not -1");
}

TEST_CASE("an error of a converter that has none") {
  CHECK(
      message("kind: ideal, offset_lsb: 1") ==
      "test:1:63: adc: unknown key 'offset_lsb' (known: bits, columns_per_adc, kind, percentile, range, rate, scope)");
}

TEST_CASE("more transitions than memory holds") {
  models::ArraySpec array = test::small_architecture().array;
  array.rows = 1;
  array.adc = test::adc(16, 1, "kind: sar, offset_lsb: 1");
  const mapping::EncodedLayer layer = test::empty_layer(100, 32);
  CHECK(test::broken_rule(
            [&] { const values::ConverterBank bank(layer, array, std::vector<values::ConverterRange>(32), {}); }) ==
        "architecture.array.adc.bits: the converters of one layer have too many transitions to keep at 16 bits: fewer "
        "bits, or scope layer");
}

std::string repair_rule(const values::RepairSpec& repair, bool has_images = true) {
  models::ArraySpec array = test::small_architecture().array;
  return test::broken_rule([&] { values::validate(repair, array, has_images); });
}

TEST_CASE("repairs that cannot be") {
  values::RepairSpec repair;
  CHECK(repair_rule(repair).empty());
  repair.converter_ranges = values::RangeCells::chip;
  CHECK(repair_rule(repair) ==
        "repair.converter_ranges: chip needs architecture.array.adc.range calibrated, not max: the other policies do "
        "not look at what is converted");
  repair = {};
  repair.affine = true;
  CHECK(repair_rule(repair).empty());
  CHECK(repair_rule(repair, false) ==
        "repair.affine: is fitted on calibration images, and workload.data.calibration is absent");
  repair = {};
  repair.drift_compensation = true;
  CHECK(repair_rule(repair) ==
        "repair.drift_compensation: the device 'ideal' does not drift: there is nothing to compensate");
  repair.column_offset_gain = true;
  CHECK(repair_rule(repair) ==
        "repair.drift_compensation: and column_offset_gain remove the same decay, twice if both do: keep one");
}

}  // namespace

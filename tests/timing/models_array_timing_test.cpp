// SPDX-License-Identifier: Apache-2.0
// The tile timing law, with N written as a sum of named parts.
#include <catch2/catch.hpp>
#include <random>

#include "models/architecture.hpp"

using namespace ohmic;
using namespace ohmic::models;

namespace {

ArraySpec small_array() {
  ArraySpec array;
  array.rows = 128;
  array.columns = 128;
  array.parallel_rows = 128;
  array.cell.bits = 2;
  array.read.time = Duration(1e-8);
  array.adc.kind = "ideal";
  array.adc.part = Registry<Adc>::instance().create("ideal");
  array.adc.part->columns_per_adc = 16;
  array.adc.part->rate = Frequency(1280000000);
  return array;
}
const Frequency kClock(1000000000);

}  // namespace

TEST_CASE("two banks overlap: the slowest of reading, converting and adding sets the step") {
  ArraySpec array = small_array();
  const ArrayTiming t = array_timing(array, kClock, 128, 128, 8, 4);
  CHECK(t.read == 10);
  CHECK(t.convert == 13);  // ceil(16 · 1 GHz / 1.28 GS/s)
  CHECK(t.add == 1);
  CHECK(t.step == 13);
  CHECK(t.groups == 8);
  CHECK(t.interval == 8 * 13);
  CHECK(t.latency == 7 * 13 + 10 + 13 + 1);
}

TEST_CASE("one bank takes turns: the step is the sum") {
  ArraySpec array = small_array();
  array.sample_hold.banks = 1;
  const ArrayTiming t = array_timing(array, kClock, 128, 128, 8, 4);
  CHECK(t.step == 10 + 13 + 1);
  CHECK(t.latency == t.interval);
}

TEST_CASE("row groups, settling, pulse inputs, analog accumulation and digital polarity each change one term") {
  ArraySpec array = small_array();
  array.parallel_rows = 32;
  CHECK(array_timing(array, kClock, 100, 128, 8, 4).groups == 4 * 8);
  array = small_array();
  array.read.settle = Duration(2e-9);
  CHECK(array_timing(array, kClock, 128, 128, 8, 4).read == 12);
  array = small_array();
  array.inputs.dac_bits = 2;
  array.inputs.shape = InputShape::width;
  CHECK(array_timing(array, kClock, 128, 128, 4, 4).read == 3 * 10);
  array = small_array();
  array.accumulate.inputs = Domain::analog;
  CHECK(array_timing(array, kClock, 128, 128, 8, 4).read == 8 * 10);
  CHECK(array_timing(array, kClock, 128, 128, 8, 4).groups == 1);
  array = small_array();
  array.accumulate.slices = Domain::analog;
  CHECK(array_timing(array, kClock, 128, 128, 8, 4).convert == 4);  // ceil(16/4 · 1 / 1.28)
  array = small_array();
  array.accumulate.polarity = Domain::digital;
  CHECK(array_timing(array, kClock, 128, 128, 8, 4).convert == 25);  // ceil(32 / 1.28)
}

TEST_CASE("a digital array has nothing to convert: reading or adding sets the step") {
  ArraySpec array = small_array();
  array.compute = Domain::digital;
  array.sample_hold.banks = 1;
  use_exact_sums(array);
  ArrayTiming t = array_timing(array, kClock, 128, 128, 8, 8);
  CHECK(t.convert == 0);
  CHECK(t.step == 10);
  CHECK(t.interval == 8 * 10);
  CHECK(t.latency == 7 * 10 + 10 + 1);
  array.shift_add_cycles = 12;
  t = array_timing(array, kClock, 128, 128, 8, 8);
  CHECK(t.step == 12);
  CHECK(t.latency == 7 * 12 + 10 + 12);
}

TEST_CASE("halving the rate of the converter doubles the interval of an ADC-bound array exactly") {
  const unsigned seed = 77;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  for (int i = 0; i < 1000; ++i) {
    ArraySpec array = small_array();
    array.adc.part->columns_per_adc = 1 + static_cast<int>(random() % 128);
    array.parallel_rows = 1 + static_cast<int>(random() % 128);
    array.read.time = Duration(1e-9);
    // Whole cycles per conversion, so that no rounding hides in the burst.
    const int cycles = 1 + static_cast<int>(random() % 8);
    const int columns = array.adc.part->columns_per_adc;
    array.adc.part->rate = Frequency(kClock.value() / cycles);
    const Cycle one = array_timing(array, kClock, 128, columns, 8, 4).interval;
    array.adc.part->rate = Frequency(kClock.value() / (2 * cycles));
    if (kClock.value() % (2 * cycles) == 0) CHECK(array_timing(array, kClock, 128, columns, 8, 4).interval == 2 * one);
  }
}

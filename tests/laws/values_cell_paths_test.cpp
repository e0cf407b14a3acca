// SPDX-License-Identifier: Apache-2.0
// Every path computes the same bits from cells of any device, whatever is wrong with them.
#include <catch2/catch.hpp>

#include "tests/support/values_cases.hpp"

using namespace ohmic;
using values::Dispatch;
using values::Path;

TEST_CASE("planes equal cells for every device and every effect on cells", "[laws]") {
  int compared = 0;
  test::for_all_encodings(31, [&](test::ValuesCase& one, test::Random& random) {
    if (random.between(0, 3) != 0) return;
    one.array.rows = random.between(4, 40);
    one.array.parallel_rows = random.between(1, one.array.rows);
    one.array.columns = random.between(8, 32);
    one.array.cell.device = test::device(random.pick<std::string>(
        {"{kind: pcm_joshi2020}", "{kind: rram_wan2022, read_noise: 0.01}",
         "{kind: table, states: [{state: 0, mean: 0.05, std: 0.02}, {state: 1, mean: 0.9, std: 0.1}]}"}));
    one.array.cell.on_off_ratio = random.between(3, 40);
    one.array.cell.off_current = random.pick({models::OffCurrent::exact, models::OffCurrent::none});
    one.array.cell.stuck = {0.05, 0.05};
    one.array.cell.temperature = {330, 300, 0.002};
    one.array.cell.correlation = {0.2, 0.3, 3};
    one.fill(random, random.between(1, 60), random.between(1, 21), random.between(2, 8));
    one.array.adc.part->bits = random.between(4, 12);
    one.choose_ranges();
    INFO(test::describe(one));
    values::Chip chip{random.bits(), random.bits()};
    chip.conditions = {Duration(random.between(0, 100000)), random.bits()};
    const test::Computed expected = test::compute(one, Path::per_cell, Dispatch::portable, chip);
    for (const Dispatch dispatch : values::available_dispatch()) {
      REQUIRE(test::compute(one, Path::planes, dispatch, chip).acc == expected.acc);
    }
    ++compared;
  });
  REQUIRE(compared > 50);
}

TEST_CASE("constant noise of conversions is that of the definition on the path that is chosen", "[laws]") {
  test::ValuesCase one;
  test::Random random(2);
  one.array.cell.device = test::device("{kind: sram_charge, capacitance: 2 fF, supply: 0.9 V}");
  one.fill(random, 20, 5, 4);
  one.choose_ranges();
  const values::ArrayBackend noisy(one.graph, one.layers, one.array, one.ranges, {}, {});
  CHECK(noisy.path(0) == Path::tables);
  REQUIRE(test::compute(one, Path::automatic, Dispatch::automatic, {}).acc ==
          test::compute(one, Path::per_cell, Dispatch::portable, {}).acc);
  values::Chip quiet;
  quiet.causes = values::Causes().without(values::Cause::adc_noise);
  const values::ArrayBackend silent(one.graph, one.layers, one.array, one.ranges, quiet, {});
  CHECK(silent.path(0) != Path::per_cell);
}

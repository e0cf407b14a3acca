// SPDX-License-Identifier: Apache-2.0
// Whole layers with errors of drivers, converters and cells: against plain sums over the errors that were drawn, and
// against the integer reference where causes of errors are switched off.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/support/circuits.hpp"
#include "values/layer_array.hpp"

namespace {

using namespace ohmic;
using values::Cause;
using values::Causes;
using values::Dispatch;
using values::Path;

__extension__ using Wide = __int128;

/// Some of the errors of circuits, at random.
void draw_circuits(test::ValuesCase& one, test::Random& random) {
  const int bits = random.between(3, 10);
  const int columns_per_adc = random.between(1, 16);
  one.array.adc =
      test::adc(bits, columns_per_adc,
                fmt::format("kind: sar, offset_lsb: {}, gain_error: {}, inl_lsb: {}, capacitor_mismatch: {}, range: {}",
                            random.pick({0.0, 0.5}), random.pick({0.0, 0.05}), random.pick({0.0, 0.4}),
                            random.pick({0.0, 0.02}), random.flip() ? "max" : "granular"));
  one.array.inputs.shape =
      random.pick({models::InputShape::amplitude, models::InputShape::width, models::InputShape::count});
  one.array.inputs.level_error = random.pick({0.0, 0.01, 0.1});
}

void draw_shape(test::ValuesCase& one, test::Random& random) {
  one.array.rows = random.between(1, 30);
  one.array.columns = random.between(16, 40);
  one.array.parallel_rows = random.flip() ? one.array.rows : random.between(1, one.array.rows);
  one.images = random.between(1, 2);
  one.pixels = random.between(1, 2);
}

/// Σ over conversions of weight · converted value, written down once more: sums over the cells and levels of `layer`,
/// one integer in 2^-(F + D), rounded to 2^-F, and the number of transitions that it has passed.
std::int64_t expected_result(const test::ValuesCase& one, const values::LayerArray& layer, const std::int32_t* x,
                             int column) {
  const mapping::EncodedLayer& encoded = one.layers[0];
  const mapping::WeightPlan& w = encoded.weights;
  const auto& steps = encoded.inputs.steps;
  Wide raw = 0;
  std::int64_t drive_sum = 0;
  for (int row = 0; row < w.rows; ++row) drive_sum += x[row] - encoded.inputs.offset;
  for (int block = 0; block * one.array.rows < w.rows; ++block) {
    const int block_begin = block * one.array.rows;
    const int block_end = std::min(w.rows, block_begin + one.array.rows);
    for (int begin = block_begin; begin < block_end; begin += one.array.parallel_rows) {
      for (const mapping::Conversion& c : mapping::conversions_of(encoded, one.array)) {
        Wide sum = 0;
        for (int row = begin; row < std::min(block_end, begin + one.array.parallel_rows); ++row) {
          for (int t = c.step_begin; t < c.step_end; ++t) {
            const int digit = encoded.inputs.digit(x[row] - encoded.inputs.offset, t);
            const int level = layer.drive.is_exact() ? digit : layer.drive.level(row, digit);
            for (int s = c.slice_begin; s < c.slice_end; ++s) {
              for (int p = 0; p < w.planes; ++p) {
                if (c.polarity >= 0 && c.polarity != p) continue;
                const Wide weight = steps[static_cast<std::size_t>(t)].weight /
                                    steps[static_cast<std::size_t>(c.step_begin)].weight *
                                    (w.slices[static_cast<std::size_t>(s)].weight /
                                     w.slices[static_cast<std::size_t>(c.slice_begin)].weight);
                sum += weight * level * layer.cells[w.index(p, s, row, column)] * (c.polarity < 0 && p == 1 ? -1 : 1);
              }
            }
          }
        }
        const auto value = round_div(static_cast<std::int64_t>(sum), std::int64_t{1} << layer.drive.fraction_bits()) *
                           (std::int64_t{1} << (16 - layer.fraction_bits));
        const values::ConverterRange& range = one.ranges[0][0];
        std::int64_t code = 0;
        for (std::int64_t k = 1; k <= values::max_code(one.array.adc->bits); ++k) {
          const std::int64_t at = layer.converters.empty()
                                      ? values::ideal_transition(range, k)
                                      : layer.converters.of(block, column, c.slice_begin).begins()[k - 1];
          code += value >= at ? 1 : 0;
        }
        raw += Wide{c.weight} * (range.low + code * range.step);
      }
    }
  }
  const mapping::Reconstruction& back = encoded.reconstruction;
  const std::int64_t digital = back.input_sum * drive_sum + back.constant[static_cast<std::size_t>(column)];
  return round_div(static_cast<std::int64_t>(raw) + digital * values::kLevel, values::kLevel << back.shift);
}

TEST_CASE("layers with errors of drivers and converters compute the sums of what was drawn", "[laws]") {
  int compared = 0;
  for (std::uint64_t seed = 61; seed <= 62; ++seed) {
    test::for_all_encodings(seed, [&](test::ValuesCase& one, test::Random& random) {
      if (random.between(0, 2) != 0) return;
      draw_shape(one, random);
      draw_circuits(one, random);
      one.array.cell.device = test::device("{kind: rram_generic, programming_error: 0.05}");
      one.fill(random, random.between(1, 40), random.between(1, 12), random.between(2, 6));
      if (static_cast<int>(one.layers[0].weights.slices.size()) > one.array.columns) return;
      one.choose_ranges();
      INFO("seed " << seed << ": " << test::describe(one));
      const values::Chip chip{random.bits(), random.bits()};
      const auto acc = test::compute(one, Path::automatic, Dispatch::automatic, chip).acc;
      const values::LayerArray layer(one.layers[0], one.array, one.ranges[0], chip, 0);
      for (std::size_t i = 0; i < acc.size(); ++i) {
        const auto columns = static_cast<std::size_t>(one.layer().out_channels);
        const std::int32_t* x = one.x.data() + i / columns * static_cast<std::size_t>(one.layer().rows);
        REQUIRE(acc[i] == expected_result(one, layer, x, static_cast<int>(i % columns)));
      }
      ++compared;
    });
  }
  REQUIRE(compared > 100);
}

/// A case with every error of circuits and of the generic device.
void draw_everything(test::ValuesCase& one, test::Random& random) {
  draw_shape(one, random);
  one.array.columns = 64;
  one.array.adc = test::adc(random.between(2, 8), 4,
                            "kind: sar, offset_lsb: 0.5, gain_error: 0.05, capacitor_mismatch: 0.02, noise_lsb: 0.5");
  one.array.inputs.shape =
      random.pick({models::InputShape::amplitude, models::InputShape::width, models::InputShape::count});
  one.array.inputs.level_error = 0.05;
  one.array.cell.device = test::device("{kind: rram_generic, programming_error: 0.1, read_noise: 0.1}");
  one.fill(random, random.between(1, 60), random.between(1, 12), random.between(2, 8));
  one.choose_ranges();
}

TEST_CASE("without any cause of errors every layer is the integer reference", "[laws]") {
  int compared = 0;
  int changed = 0;
  test::for_all_encodings(63, [&](test::ValuesCase& one, test::Random& random) {
    draw_everything(one, random);
    INFO(test::describe(one));
    std::vector<std::int64_t> expected;
    one.multiply(workloads::ReferenceBackend(one.graph), expected);
    values::Chip chip{random.bits(), random.bits()};
    changed += test::compute(one, Path::automatic, Dispatch::automatic, chip).acc != expected ? 1 : 0;
    chip.causes = Causes::none();
    for (const Path path : {Path::automatic, Path::per_cell, Path::collapsed}) {
      const test::Computed exact = test::compute(one, path, Dispatch::automatic, chip);
      REQUIRE(exact.acc == expected);
      REQUIRE(exact.counted.clipped == 0);
    }
    ++compared;
  });
  REQUIRE(compared > 200);
  REQUIRE(changed > compared / 2);
}

TEST_CASE("a cause that is off leaves exactly the others", "[laws]") {
  int compared = 0;
  test::for_all_encodings(64, [&](test::ValuesCase& one, test::Random& random) {
    if (random.between(0, 3) != 0) return;
    draw_everything(one, random);
    INFO(test::describe(one));
    const values::Chip whole{random.bits(), random.bits()};
    // Switching a cause off and leaving its keys out are the same.
    test::ValuesCase quiet = one;
    const std::string bits = std::to_string(one.array.adc->bits);
    struct Off {
      Cause cause;
      const char* adc;
      double level_error;
    };
    for (const Off& off :
         {Off{Cause::adc_noise, "kind: sar, offset_lsb: 0.5, gain_error: 0.05, capacitor_mismatch: 0.02", 0.05},
          Off{Cause::adc_error, "kind: sar, noise_lsb: 0.5", 0.05},
          Off{Cause::dac_error,
              "kind: sar, offset_lsb: 0.5, gain_error: 0.05, capacitor_mismatch: 0.02, noise_lsb: 0.5", 0}}) {
      quiet.array.adc = test::adc(one.array.adc->bits, 4, off.adc);
      quiet.array.inputs.level_error = off.level_error;
      values::Chip chip = whole;
      chip.causes = Causes().without(off.cause);
      CAPTURE(static_cast<int>(off.cause));
      REQUIRE(test::compute(one, Path::automatic, Dispatch::automatic, chip).acc ==
              test::compute(quiet, Path::automatic, Dispatch::automatic, whole).acc);
    }
    ++compared;
  });
  REQUIRE(compared > 50);
}

TEST_CASE("per-column ranges give per-column noise") {
  test::Random random(5);
  test::ValuesCase one;
  one.array.adc = test::adc(8, 4, "kind: sar, noise_lsb: 0.5");
  one.fill(random, 4, 2, 4);
  one.ranges = {{{0, values::kLevel}, {0, 4 * values::kLevel}}};
  const values::LayerArray apart(one.layers[0], one.array, one.ranges[0], {1, 0}, 0);
  CHECK(apart.constant_variance(0) == 0.25 * 1024 * 1024);
  CHECK(apart.constant_variance(1) == 4.0 * 1024 * 1024);
  one.ranges[0][1].step = values::kLevel;
  const values::LayerArray alike(one.layers[0], one.array, one.ranges[0], {1, 0}, 0);
  CHECK(alike.noise.column_variance == 0.25 * 1024 * 1024);
  CHECK(alike.constant_variance(1) == 0.25 * 1024 * 1024);
}

}  // namespace

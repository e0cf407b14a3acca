// SPDX-License-Identifier: Apache-2.0
// Repairs take away what was planted: offset and gain of columns, a line in every channel, a uniform decay, a chip's
// own range; and only measure what can be measured.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/circuits.hpp"
#include "values/column_reader.hpp"
#include "values/repair.hpp"

namespace {

using namespace ohmic;
using values::Correction;
using values::Dispatch;
using values::kLevel;
using values::kUnityGain;
using values::LayerArray;
using values::Path;

TEST_CASE("least squares finds the line that was planted", "[laws]") {
  test::Random random(81);
  for (int round = 0; round < 200; ++round) {
    const std::int64_t gain = random.between(static_cast<int>(kUnityGain / 2), static_cast<int>(2 * kUnityGain));
    const std::int64_t offset = random.between(-100000, 100000);
    values::LineFit fit, other;
    for (int i = 0; i < 50; ++i) {
      const std::int64_t x = random.between(-1000, 1000) * kUnityGain;
      (i % 2 == 0 ? fit : other).add(x, x / kUnityGain * gain + offset);
    }
    fit.add(other);
    REQUIRE(fit.line(1) == Correction{gain, offset});
    REQUIRE(std::abs(fit.line(64).offset - offset) <= 32);
    REQUIRE(fit.line(64).offset % 64 == 0);
  }
}

TEST_CASE("least squares of what does not vary fits an offset alone, of nothing nothing") {
  values::LineFit fit;
  CHECK(fit.line(1) == Correction{});
  fit.add(100, 70);
  fit.add(100, 74);
  CHECK(fit.line(1) == Correction{kUnityGain, -28});
}

TEST_CASE("corrections round half to even once") {
  CHECK(Correction{kUnityGain / 2, 10}.apply(5) == 12);
  CHECK(Correction{kUnityGain / 2, 10}.apply(7) == 14);
  CHECK(Correction{kUnityGain / 2, 0}.apply(-5) == -2);
  CHECK(Correction{3 * kUnityGain, -1}.apply(std::int64_t{1} << 50) == 3 * (std::int64_t{1} << 50) - 1);
}

/// Random layer of several blocks, with converters of enough bits for a range without clipping.
test::ValuesCase planted_case(test::Random& random, const std::string& adc) {
  test::ValuesCase one;
  one.array.rows = 20;
  one.array.parallel_rows = random.flip() ? 20 : 10;
  one.array.columns = 32;
  one.array.cell.bits = 2;
  one.array.adc = test::adc(12, 4, adc);
  one.input.bits = 4;
  one.images = 20;
  one.fill(random, 45, 9, 5);
  one.choose_ranges();
  // Half as much again on either side, so that errors of gain and offset clip nothing.
  for (values::ConverterRange& range : one.ranges[0]) {
    range.step = std::max<std::int64_t>(1, range.step / 64);
    range.low = -(values::max_code(12) / 2) * range.step;
    range.step = kLevel / 8;
    range.low = -2048 * range.step;
  }
  return one;
}

TEST_CASE("columns are freed of the offset and gain of their converters, up to the fixed point", "[laws]") {
  test::Random random(82);
  for (int round = 0; round < 20; ++round) {
    const test::ValuesCase one = planted_case(random, "kind: sar, offset_lsb: 20, gain_error: 0.03");
    INFO(test::describe(one));
    const values::Chip chip{random.bits(), random.bits()};
    const LayerArray layer(one.layers[0], one.array, one.ranges[0], chip, 0);
    const auto columns = values::fit_columns(layer, 64, stream_key({.seed = 1, .purpose = Purpose::test_vector}));
    REQUIRE(columns.size() == 3 * static_cast<std::size_t>(layer.step_conversions) * 9);
    // What is left of a value: rounding of the converter, of the gain (2^-15 of the value) and of the offset.
    const values::ColumnReader reader(layer, layer.noise_key);
    const double step = static_cast<double>(one.ranges[0][0].step);
    double worst_before = 0;
    for (int image = 0; image < one.images; ++image) {
      std::vector<std::int32_t> drive(one.x.begin() + image * 45, one.x.begin() + (image + 1) * 45);
      for (std::int32_t& v : drive) v -= one.layers[0].inputs.offset;
      const auto vector = reader.drive_rows(drive.data(), 0, 0);
      for (int group = 0; group < static_cast<int>(layer.groups.size()); ++group) {
        const values::RowGroup& rows = layer.groups[static_cast<std::size_t>(group)];
        for (std::size_t k = 0; k < layer.conversions.size(); ++k) {
          for (int column = 0; column < 9; ++column) {
            std::int64_t wanted = 0;
            for (int row = rows.begin; row < rows.end; ++row) {
              wanted += mapping::conversion_coefficient(one.layers[0], layer.conversions[k], row, column) *
                        mapping::conversion_drive(one.layers[0].inputs, layer.conversions[k],
                                                  drive[static_cast<std::size_t>(row)]);
            }
            const auto reading = reader.read(vector, column, group, layer.conversions[k]);
            if (reading.clipped) continue;
            const std::size_t place =
                (static_cast<std::size_t>(rows.block) * static_cast<std::size_t>(layer.step_conversions) +
                 k % static_cast<std::size_t>(layer.step_conversions)) *
                    9 +
                static_cast<std::size_t>(column);
            const std::int64_t corrected = columns[place].apply(reading.value);
            const double error = static_cast<double>(corrected - wanted * kLevel) / step;
            worst_before =
                std::max(worst_before, std::abs(static_cast<double>(reading.value - wanted * kLevel)) / step);
            // Half a step of rounding, as much again of what its fit leaves.
            REQUIRE(std::abs(error) < 1.1);
          }
        }
      }
    }
    REQUIRE(worst_before > 20);
    // The same inside of the layer: results are those of the reference, nearly.
    auto corrections = std::make_shared<values::ChipCorrections>(1);
    (*corrections)[0].columns = columns;
    values::Chip repaired = chip;
    repaired.corrections = corrections;
    std::vector<std::int64_t> reference;
    one.multiply(workloads::ReferenceBackend(one.graph), reference);
    const auto before = test::compute(one, Path::automatic, Dispatch::automatic, chip).acc;
    const auto after = test::compute(one, Path::automatic, Dispatch::automatic, repaired).acc;
    double squares_before = 0, squares_after = 0;
    for (std::size_t i = 0; i < reference.size(); ++i) {
      squares_before += std::pow(static_cast<double>(before[i] - reference[i]), 2);
      squares_after += std::pow(static_cast<double>(after[i] - reference[i]), 2);
    }
    CAPTURE(squares_before, squares_after);
    REQUIRE(squares_after < squares_before / 100);
  }
}

TEST_CASE("corrections of columns are those of the definition", "[laws]") {
  test::Random random(83);
  int compared = 0;
  test::for_all_encodings(83, [&](test::ValuesCase& one, test::Random& more) {
    if (more.between(0, 3) != 0) return;
    one.array.rows = more.between(2, 20);
    one.array.parallel_rows = more.between(1, one.array.rows);
    one.fill(more, more.between(1, 40), 3, 4);
    one.choose_ranges();
    INFO(test::describe(one));
    const LayerArray plain(one.layers[0], one.array, one.ranges[0], {}, 0);
    auto corrections = std::make_shared<values::ChipCorrections>(1);
    const int blocks = plain.groups.back().block + 1;
    for (int i = 0; i < blocks * plain.step_conversions * 3; ++i) {
      (*corrections)[0].columns.push_back({more.between(10000, 20000), more.between(-100000, 100000)});
    }
    (*corrections)[0].drift_gain = more.between(10000, 30000);
    for (int c = 0; c < 3; ++c) {
      (*corrections)[0].channels.push_back({more.between(10000, 20000), more.between(-50, 50)});
    }
    values::Chip chip;
    chip.corrections = corrections;
    const auto acc = test::compute(one, Path::automatic, Dispatch::automatic, chip).acc;
    const values::ColumnReader reader(plain, {});
    const mapping::EncodedLayer& encoded = one.layers[0];
    std::vector<std::int32_t> drive(one.x);
    std::int64_t drive_sum = 0;
    for (std::int32_t& v : drive) drive_sum += v -= encoded.inputs.offset;
    const auto vector = reader.drive_rows(drive.data(), 0, 0);
    for (int column = 0; column < 3; ++column) {
      values::WideInteger sum = 0;
      for (int group = 0; group < static_cast<int>(plain.groups.size()); ++group) {
        for (std::size_t k = 0; k < plain.conversions.size(); ++k) {
          const auto place =
              static_cast<std::size_t>((plain.groups[static_cast<std::size_t>(group)].block * plain.step_conversions +
                                        static_cast<int>(k) % plain.step_conversions) *
                                           3 +
                                       column);
          const Correction& own = (*corrections)[0].columns[place];
          const auto value = reader.read(vector, column, group, plain.conversions[k]).value;
          sum += values::WideInteger{plain.conversions[k].weight} *
                 (values::WideInteger{own.gain} * value + own.offset * kUnityGain);
        }
      }
      const auto raw = static_cast<std::int64_t>(std::nearbyint(static_cast<double>(sum) / kUnityGain));
      const auto scaled = static_cast<std::int64_t>(
          std::nearbyint(static_cast<double>(raw) * static_cast<double>((*corrections)[0].drift_gain) / kUnityGain));
      const std::int64_t digital = encoded.reconstruction.input_sum * drive_sum +
                                   encoded.reconstruction.constant[static_cast<std::size_t>(column)];
      const std::int64_t result = round_div(scaled + digital * kLevel, kLevel << encoded.reconstruction.shift);
      const Correction& channel = (*corrections)[0].channels[static_cast<std::size_t>(column)];
      REQUIRE(acc[static_cast<std::size_t>(column)] == round_div(result * channel.gain, kUnityGain) + channel.offset);
    }
    ++compared;
  });
  REQUIRE(compared > 50);
}

TEST_CASE("a uniform decay is compensated by its inverse", "[laws]") {
  test::Random random(84);
  for (const double decay : {0.95, 0.7, 0.4}) {
    for (const char* encoding : {"differential", "offset"}) {
      test::ValuesCase one = planted_case(random, "kind: ideal");
      if (std::string(encoding) == "offset") {
        one.array.weights.encoding = models::WeightEncoding::offset;
        one.layers = {mapping::encode_layer(one.layer(), one.input, one.array)};
      }
      const LayerArray fresh(one.layers[0], one.array, one.ranges[0], {}, 0);
      LayerArray old = fresh;
      for (std::int16_t& cell : old.cells) cell = static_cast<std::int16_t>(std::lround(cell * decay));
      const double gain = static_cast<double>(values::fit_drift(fresh, old)) / static_cast<double>(kUnityGain);
      CAPTURE(decay, encoding, gain);
      // Values of tens of levels in steps of 1/8: thousands of steps, each rounded.
      CHECK(gain == Approx(1 / decay).epsilon(2e-3));
      CHECK(values::fit_drift(fresh, fresh) == kUnityGain);
    }
  }
}

TEST_CASE("conversions that clip do not count for drift") {
  test::Random random(85);
  test::ValuesCase one = planted_case(random, "kind: ideal");
  for (values::ConverterRange& range : one.ranges[0]) range = {-16 * kLevel, kLevel / 128};
  const LayerArray fresh(one.layers[0], one.array, one.ranges[0], {}, 0);
  LayerArray old = fresh;
  for (std::int16_t& cell : old.cells) cell = static_cast<std::int16_t>(std::lround(cell * 0.5));
  const double gain = static_cast<double>(values::fit_drift(fresh, old)) / static_cast<double>(kUnityGain);
  CHECK(gain == Approx(2).epsilon(1e-3));
}

/// A network of one layer and a calibration set of random images.
workloads::Dataset random_images(test::Random& random, int rows, int images) {
  workloads::Dataset data;
  data.shape = {1, rows, 1};
  for (int image = 0; image < images; ++image) {
    data.labels.push_back(0);
    for (int i = 0; i < rows; ++i) data.images.push_back(static_cast<std::uint8_t>(random.bits() >> 24));
  }
  return data;
}

struct RepairCase {
  test::ValuesCase one;
  workloads::Dataset data;
  workloads::Normalize normalize{{0.0}, {16.0}};
};

RepairCase repair_case(test::Random& random, const std::string& device, const std::string& adc) {
  RepairCase c;
  c.one.array.rows = 16;
  c.one.array.columns = 32;
  c.one.array.cell.bits = 2;
  c.one.array.cell.device = test::device(device);
  c.one.array.adc = test::adc(8, 4, adc);
  c.one.input.bits = 4;
  c.one.fill(random, 40, 6, 5);
  c.data = random_images(random, 40, 64);
  c.one.ranges = values::choose_ranges(c.one.graph, c.one.layers, c.one.array, c.data, c.normalize, 1);
  return c;
}

values::Repairer repairer(const RepairCase& c, const values::RepairSpec& spec) {
  return {c.one.graph, c.one.layers, c.one.array, c.one.ranges, c.data, c.normalize, spec, {}};
}

TEST_CASE("the affine compensator finds the line that lies in every channel", "[laws]") {
  test::Random random(86);
  for (int round = 0; round < 10; ++round) {
    // One converter for all, which neither rounds nor clips: its gain and offset are those of every channel.
    RepairCase c = repair_case(random, "{kind: ideal}", "kind: sar, offset_lsb: 2, gain_error: 0.05, range: max");
    c.one.array.rows = c.one.array.columns = 64;
    c.one.array.parallel_rows = 0;
    c.one.array.adc = test::adc(8, 64, "kind: sar, offset_lsb: 2, gain_error: 0.05, range: max");
    c.one.choose_ranges();
    values::Chip chip{random.bits(), 0};
    values::RepairSpec spec;
    spec.affine = true;
    const LayerArray layer(c.one.layers[0], c.one.array, c.one.ranges[0], chip, 0);
    chip.causes = values::Causes::none().with(values::Cause::adc_error);
    // code · step = (1 + g) · value + o between the first and the last transition.
    const auto& converter = layer.converters.of(0, 0, 0);
    const double step = static_cast<double>(c.one.ranges[0][0].step);
    const double first = static_cast<double>(converter.begins()[0]);
    const double last = static_cast<double>(converter.begins()[254]);
    const double gain = 254 * step / (last - first);
    const double offset = static_cast<double>(c.one.ranges[0][0].low) + step / 2 - gain * first;
    double weights = 0;
    for (const mapping::Conversion& conversion : layer.conversions) weights += static_cast<double>(conversion.weight);
    const auto channels = (*repairer(c, spec).measure(chip, 1))[0].channels;
    REQUIRE(channels.size() == 6);
    for (const Correction& channel : channels) {
      CAPTURE(gain, offset, weights, channel.gain, channel.offset);
      // Accumulators are whole units: six standard errors of a line through 64 of them, that spread over 100.
      CHECK(static_cast<double>(channel.gain) == Approx(kUnityGain / gain).margin(6 * kUnityGain * 0.29 / (8 * 100)));
      CHECK(static_cast<double>(channel.offset) ==
            Approx(-offset * weights / gain / static_cast<double>(kLevel)).margin(2));
    }
    // Nothing is found where nothing is wrong.
    chip.causes = values::Causes::none();
    CHECK((*repairer(c, spec).measure(chip, 1))[0].channels == std::vector<Correction>(6));
  }
}

TEST_CASE("drift of phase-change cells is compensated as far as all cells drift alike", "[laws]") {
  test::Random random(90);
  for (const double days : {1.0, 30.0}) {
    RepairCase c = repair_case(random, "{kind: pcm_joshi2020}", "kind: ideal, range: max");
    c.one.array.rows = c.one.array.parallel_rows = 64;
    c.one.array.adc = test::adc(12, 4, "kind: ideal, range: max");
    c.one.images = 200;
    c.one.fill(random, 60, 30, 5);
    c.one.choose_ranges();
    values::Chip chip{.seed = random.bits(), .conditions = {.time_since_write = Duration(86400 * days)}};
    values::RepairSpec spec;
    spec.drift_compensation = true;
    const auto corrections = repairer(c, spec).measure(chip, 1);
    // ((t + 20 s) / 20 s)^ν; ν of the mean is 0.049 to 0.1, by state.
    const double decay = static_cast<double>((*corrections)[0].drift_gain) / static_cast<double>(kUnityGain);
    const double time = std::log1p(86400 * days / 20);
    CAPTURE(days, decay);
    CHECK(decay > std::exp(0.04 * time));
    CHECK(decay < std::exp(0.1 * time));
    // Right after writing there is nothing to compensate but noise.
    values::Chip written = chip;
    written.conditions = {};
    const auto nothing = repairer(c, spec).measure(written, 1);
    CHECK(static_cast<double>((*nothing)[0].drift_gain) == Approx(kUnityGain).epsilon(0.02));
    // What is left is the spread of ν, noise and the error of writing.
    std::vector<std::int64_t> exact;
    c.one.multiply(workloads::ReferenceBackend(c.one.graph), exact);
    const auto squares = [&](const values::Chip& one) {
      const auto acc = test::compute(c.one, Path::automatic, Dispatch::automatic, one).acc;
      double sum = 0;
      for (std::size_t i = 0; i < exact.size(); ++i) sum += std::pow(static_cast<double>(acc[i] - exact[i]), 2);
      return sum;
    };
    const double drifted = squares(chip);
    chip.corrections = corrections;
    const double compensated = squares(chip);
    CAPTURE(drifted, compensated);
    CHECK(compensated < drifted / 3);
  }
}

TEST_CASE("results of repairs do not depend on threads", "[laws]") {
  test::Random random(87);
  const RepairCase c = repair_case(random, "{kind: rram_generic, programming_error: 0.1, read_noise: 0.05}",
                                   "kind: sar, offset_lsb: 1, gain_error: 0.05, range: calibrated, percentile: 99");
  values::RepairSpec spec;
  spec.converter_ranges = values::RangeCells::chip;
  spec.column_offset_gain = spec.affine = true;
  const values::Chip chip{5, 2};
  const auto once = repairer(c, spec).measure(chip, 1);
  for (const int threads : {2, 7}) {
    const auto again = repairer(c, spec).measure(chip, threads);
    REQUIRE((*again)[0].ranges == (*once)[0].ranges);
    REQUIRE((*again)[0].columns == (*once)[0].columns);
    REQUIRE((*again)[0].channels == (*once)[0].channels);
  }
}

TEST_CASE("ranges of ideal chips are the nominal ones", "[laws]") {
  test::Random random(88);
  for (int round = 0; round < 20; ++round) {
    const RepairCase c = repair_case(random, "{kind: ideal}",
                                     fmt::format("kind: ideal, range: calibrated, percentile: {}, scope: {}",
                                                 random.pick({95.0, 99.0, 100.0}), random.flip() ? "layer" : "column"));
    REQUIRE(values::chip_ranges(c.one.graph, c.one.layers, c.one.array, {3, 1}, c.data, c.normalize, 1) ==
            c.one.ranges);
  }
}

TEST_CASE("ranges of a chip cover all that its cells give, and are hardly larger", "[laws]") {
  test::Random random(89);
  for (int round = 0; round < 20; ++round) {
    RepairCase c = repair_case(
        random, "{kind: rram_generic, programming_error: 0.2}",
        fmt::format("kind: ideal, range: calibrated, percentile: 100, scope: {}", random.flip() ? "layer" : "column"));
    c.one.array.inputs.level_error = 0.05;
    const values::Chip chip{random.bits(), 0};
    const auto ranges = values::chip_ranges(c.one.graph, c.one.layers, c.one.array, chip, c.data, c.normalize, 1)[0];
    // The inputs that the network makes of the images, on the chip, column by column.
    const auto nodes = workloads::execute(c.one.graph, workloads::ReferenceBackend(c.one.graph), c.data, c.normalize, 0,
                                          c.data.count(), true);
    const LayerArray layer(c.one.layers[0], c.one.array, ranges, chip, 0);
    const values::ColumnReader reader(layer, {});
    std::vector<std::int64_t> low(ranges.size(), 0), high(ranges.size(), 0);
    for (int image = 0; image < c.data.count(); ++image) {
      std::vector<std::int32_t> drive(nodes[1].integers.begin() + image * 40,
                                      nodes[1].integers.begin() + (image + 1) * 40);
      for (std::int32_t& v : drive) v -= c.one.layers[0].inputs.offset;
      const auto vector = reader.drive_rows(drive.data(), 0, 0);
      for (int column = 0; column < 6; ++column) {
        for (int group = 0; group < static_cast<int>(layer.groups.size()); ++group) {
          for (const mapping::Conversion& conversion : layer.conversions) {
            const std::int64_t value = reader.column_value(vector, column, group, conversion) * 64;  // F = 10
            const std::size_t i = ranges.size() == 1 ? 0 : static_cast<std::size_t>(column);
            low[i] = std::min(low[i], value);
            high[i] = std::max(high[i], value);
          }
        }
      }
    }
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      CAPTURE(i, low[i], high[i], ranges[i].low, ranges[i].step);
      REQUIRE(ranges[i].low <= low[i]);
      REQUIRE(ranges[i].low + 255 * ranges[i].step >= high[i]);
      REQUIRE(ranges[i].step <= std::max<std::int64_t>(kLevel / 1024, (high[i] - low[i]) / 250));
    }
  }
}

}  // namespace

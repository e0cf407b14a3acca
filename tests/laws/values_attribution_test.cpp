// SPDX-License-Identifier: Apache-2.0
// Attribution switches what it says and nothing else: a lone cause costs the whole loss, taking a cause away is taking
// it out of the device, a lone layer is the chip without the errors of the others.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/circuits.hpp"
#include "tests/support/evaluation_case.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;
using values::Cause;
using values::Causes;

/// Sixteen-bit converters that lose nothing of ideal cells.
test::EvaluationCase lossless_case(const std::string& device, int depth = 3) {
  test::EvaluationCase one = test::evaluation_case(23, 60, depth);
  one.array.adc.part->bits = 16;
  one.array.adc.part->range = models::RangePolicy::lossless;
  one.array.cell.device = test::device(device);
  one.lay();
  return one;
}

const values::Effect& named(const std::vector<values::Effect>& effects, const std::string& name) {
  const auto found = std::find_if(effects.begin(), effects.end(), [&](const auto& e) { return e.name == name; });
  REQUIRE(found != effects.end());
  return *found;
}

/// Everything wrong at once, and converters of four bits.
void spoil(models::ArraySpec& array) {
  array.cell.device = test::device("{kind: rram_generic, programming_error: 0.2, read_noise: 0.2, g_max: 40 uS}");
  array.cell.stuck = {0.02, 0.01};
  array.cell.on_off_ratio = 20;
  array.cell.off_current = models::OffCurrent::none;
  array.cell.temperature = {350, 300, 0.002};
  array.wires = models::WireSpec{};
  array.wires->row_resistance = array.wires->column_resistance = Resistance(20);
  array.inputs.level_error = 0.05;
  array.adc = test::adc(4, 4, "kind: sar, offset_lsb: 0.5, gain_error: 0.02, noise_lsb: 0.4, range: max");
}

test::EvaluationCase bad_case() {
  test::EvaluationCase one = test::evaluation_case(24, 30);
  spoil(one.array);
  one.lay();
  return one;
}

TEST_CASE("without causes the chip is the integer reference", "[laws]") {
  const test::EvaluationCase one = bad_case();
  for (const auto& layer_causes : {std::vector<Causes>{}, std::vector<Causes>(3, Causes::none())}) {
    values::Chip chip{.seed = 3, .causes = layer_causes.empty() ? Causes::none() : Causes{}};
    chip.layer_causes = layer_causes;
    for (const values::Trial& trial : values::run_trials(one.experiment(chip), 2, std::nullopt, {})) {
      REQUIRE(trial.answers.classes == one.data.labels);
    }
  }
  const auto wrong = values::run_trials(one.experiment({.seed = 3}), 1, std::nullopt, {});
  REQUIRE(wrong[0].answers.classes != one.data.labels);
}

TEST_CASE("a lone cause costs the whole loss, and removing it gives all of it back", "[laws]") {
  for (const auto& [device, cause] :
       {std::pair{"{kind: rram_generic, programming_error: 0.2}", Cause::programming_error},
        std::pair{"{kind: rram_generic, read_noise: 0.3}", Cause::read_noise}}) {
    const test::EvaluationCase one = lossless_case(device);
    const values::Experiment experiment = one.experiment({.seed = 4, .causes = Causes::none().with(cause)});
    const values::Attribution found = values::attribute(experiment, {true, false, 6, 0}, {});
    REQUIRE(found.integers == 1.0);
    REQUIRE(found.loss.mean > 0.05);
    REQUIRE(found.causes.size() == 1);
    const values::Effect& effect = found.causes.front();
    REQUIRE(effect.alone.trials == found.whole.trials);
    REQUIRE(effect.loss.trials == found.loss.trials);
    REQUIRE(effect.removed.trials == std::vector<double>(6, found.integers));
    REQUIRE(effect.gain.trials == effect.loss.trials);
    REQUIRE(effect.gain.ci95 == effect.loss.ci95);
    REQUIRE(effect.harm() == Approx(found.loss.mean));
    REQUIRE(values::most_harmful(found.causes) == &effect);
  }
}

TEST_CASE("rounding alone costs the whole loss of ideal cells behind a coarse converter", "[laws]") {
  test::EvaluationCase one = test::evaluation_case(25, 60);
  one.array.adc.part->bits = 3;
  one.lay();
  const values::Attribution found = values::attribute(one.experiment({.seed = 4}), {true, false, 3, 0}, {});
  REQUIRE(found.loss.mean > 0.05);
  REQUIRE(found.causes.size() == 1);
  REQUIRE(found.causes[0].name == "adc_resolution");
  REQUIRE(found.causes[0].loss.trials == found.loss.trials);
  REQUIRE(found.causes[0].gain.trials == found.loss.trials);
  REQUIRE(found.causes[0].removed.trials == std::vector<double>(3, found.integers));
}

TEST_CASE("every cause of a chip on which all is wrong is named, in their order", "[laws]") {
  const test::EvaluationCase one = bad_case();
  const values::Attribution found = values::attribute(one.experiment({.seed = 4}), {true, true, 2, 10}, {});
  std::vector<std::string> names;
  for (const values::Effect& effect : found.causes) names.push_back(effect.name);
  REQUIRE(names == std::vector<std::string>{"programming_error", "read_noise", "stuck_cells", "off_current",
                                            "temperature", "wires", "dac_error", "adc_error", "adc_noise",
                                            "adc_resolution"});
  REQUIRE(found.layers.size() == 3);
}

TEST_CASE("a cause removed is a device without it: the same chips but for that", "[laws]") {
  const test::EvaluationCase both = lossless_case("{kind: rram_generic, programming_error: 0.15, read_noise: 0.2}");
  const values::Attribution found = values::attribute(both.experiment({.seed = 5}), {true, false, 5, 40}, {});
  REQUIRE(found.images == 40);
  const values::EvaluationSpec spec{.trials = 5, .images = 40};
  REQUIRE(found.whole.trials == both.evaluate(spec, 5).scores.trials);
  const test::EvaluationCase programmed = lossless_case("{kind: rram_generic, programming_error: 0.15}");
  const test::EvaluationCase noisy = lossless_case("{kind: rram_generic, read_noise: 0.2}");
  REQUIRE(named(found.causes, "read_noise").removed.trials == programmed.evaluate(spec, 5).scores.trials);
  REQUIRE(named(found.causes, "programming_error").removed.trials == noisy.evaluate(spec, 5).scores.trials);
  for (const values::Effect& effect : found.causes) {
    for (std::size_t i = 0; i < 5; ++i) {
      REQUIRE(effect.gain.trials[i] == effect.removed.trials[i] - found.whole.trials[i]);
      REQUIRE(effect.loss.trials[i] == found.integers - effect.alone.trials[i]);
    }
  }
}

TEST_CASE("of two layers, one alone is the other removed; of one layer, alone is all", "[laws]") {
  const std::string device = "{kind: rram_generic, programming_error: 0.2, read_noise: 0.1}";
  const test::EvaluationCase two = lossless_case(device, 2);
  const values::Attribution found = values::attribute(two.experiment({.seed = 6}), {false, true, 4, 0}, {});
  REQUIRE(found.causes.empty());
  REQUIRE(found.layers.size() == 2);
  REQUIRE(found.layers[0].name == "second");
  REQUIRE(found.layers[1].name == "third");
  REQUIRE(found.layers[0].alone.trials == found.layers[1].removed.trials);
  REQUIRE(found.layers[1].alone.trials == found.layers[0].removed.trials);
  REQUIRE(found.layers[0].alone.trials != found.layers[1].alone.trials);

  const test::EvaluationCase one = lossless_case(device, 1);
  const values::Attribution whole = values::attribute(one.experiment({.seed = 6}), {false, true, 4, 0}, {});
  REQUIRE(whole.loss.mean > 0);
  REQUIRE(whole.layers[0].loss.trials == whole.loss.trials);
  REQUIRE(whole.layers[0].gain.trials == whole.loss.trials);
  REQUIRE(values::most_harmful(whole.layers) == &whole.layers[0]);
}

TEST_CASE("pairing chips makes gains better known than the accuracies that they are made of", "[laws]") {
  const test::EvaluationCase one = lossless_case("{kind: rram_generic, programming_error: 0.15, read_noise: 0.04}");
  const values::Attribution found = values::attribute(one.experiment({.seed = 7}), {true, false, 12, 0}, {});
  const values::Effect& noise = named(found.causes, "read_noise");
  REQUIRE(*noise.gain.ci95 < std::hypot(*noise.removed.ci95, *found.whole.ci95));
}

/// The section of a preset file, read under `key` with further keys.
template <class Holder>
Holder preset(const std::string& key, const std::filesystem::path& file, const std::string& further = "") {
  const test::TemporaryFolder folder;
  const std::string name = (folder.path() / "preset.yaml").string();
  write_file_atomically(name, key + ": {use: " + file.string() + further + "}\n");
  Holder holder;
  ConfigReader::read(load_config(name), holder);
  return holder;
}

/// Chips that differ from a plain one with coarse converters in one preset, and one on which all is wrong.
std::vector<std::pair<std::string, models::ArraySpec>> arrays_to_know() {
  models::ArraySpec plain = test::small_architecture().array;
  plain.adc.part->bits = 4;
  std::vector<std::pair<std::string, models::ArraySpec>> arrays{{"all wrong", plain}};
  spoil(arrays.back().second);
  for (const auto& entry : std::filesystem::directory_iterator(test::source_dir() / "configs/devices")) {
    if (entry.path().extension() != ".yaml") continue;
    arrays.emplace_back(entry.path().string(), plain);
    arrays.back().second.cell.device = preset<test::DeviceHolder>("device", entry.path()).device;
  }
  for (const auto& entry : std::filesystem::directory_iterator(test::source_dir() / "configs/converters")) {
    if (entry.path().extension() != ".yaml") continue;
    arrays.emplace_back(entry.path().string(), plain);
    arrays.back().second.adc = preset<test::AdcHolder>("adc", entry.path(), ", columns_per_adc: 4, rate: 1 GS/s").adc;
  }
  return arrays;
}

/// Products of three chips with these causes, 100 s after writing.
std::vector<std::vector<std::int64_t>> products(const test::ValuesCase& one, Causes causes) {
  std::vector<std::vector<std::int64_t>> all;
  for (std::uint32_t trial = 0; trial < 3; ++trial) {
    values::Chip chip{.seed = 9, .trial = trial, .causes = causes};
    chip.conditions.time_since_write = Duration(100);
    all.push_back(test::compute(one, values::Path::automatic, values::Dispatch::automatic, chip).acc);
  }
  return all;
}

TEST_CASE("attribution knows every cause of every preset, and each of them acts", "[laws]") {
  for (const auto& [name, array] : arrays_to_know()) {
    CAPTURE(name);
    test::Random random(8);
    test::ValuesCase one;
    one.array = array;
    one.images = 60;  // a small error of cells moves few of the codes
    one.fill(random, 50, 12, 6);
    one.choose_ranges();
    const auto whole = products(one, {});
    const Causes known = values::causes_of(one.array);
    REQUIRE(products(one, known) == whole);
    for (const auto& [cause_name, number] : enum_names(Cause{})) {
      if (!known.has(static_cast<Cause>(number))) continue;
      CAPTURE(cause_name);
      REQUIRE(products(one, known.without(static_cast<Cause>(number))) != whole);
    }
  }
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
#include "report/write_result.hpp"

#include <limits>

#include "base/files.hpp"
#include "report/hdf5_file.hpp"
#include "report/summary.hpp"

namespace ohmic::report {

namespace {

constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();

template <class Row, class Get>
auto column(const std::vector<Row>& rows, Get get) {
  std::vector<decltype(get(rows.front()))> values;
  for (const Row& row : rows) values.push_back(get(row));
  return values;
}

void write_layers(Hdf5File& file, const std::vector<LayerResult>& layers) {
  using Row = LayerResult;
  const auto cycles = [&](const std::string& name, auto get) {
    file.write("/layers/" + name, column(layers, get), "cycle");
  };
  file.write("/layers/name", column(layers, [](const Row& r) { return r.name; }));
  file.write("/layers/operation", column(layers, [](const Row& r) { return r.operation; }));
  cycles("first_output_cycles", [](const Row& r) { return r.first_output; });
  cycles("busy_cycles", [](const Row& r) { return r.timing.busy; });
  cycles("stalled_input_cycles", [](const Row& r) { return r.timing.stalled_input; });
  cycles("stalled_output_cycles", [](const Row& r) { return r.timing.stalled_output; });
  cycles("stalled_network_cycles", [](const Row& r) { return r.timing.stalled_network; });
  file.write("/layers/energy_per_image_aj", column(layers, [](const Row& r) { return r.energy_aj; }), "aJ");
  file.write("/layers/conversions_per_image", column(layers, [](const Row& r) { return r.conversions_per_image; }),
             "1");
  const auto optional = [&](const char* name, auto member, const char* unit, const char* description) {
    file.write(std::string("/layers/") + name,
               column(layers, [&](const Row& r) { return (r.*member).value_or(kAbsent); }), unit, description);
  };
  optional("clipped_fraction", &Row::clipped_fraction, "1", "conversions that clipped, of all");
  optional("inexact_fraction", &Row::inexact_fraction, "1", "conversions whose value is none of the converter's");
  optional("rounding_rms_lsb", &Row::rounding_rms_lsb, "LSB", "of conversions that did not clip");
  optional("error_rms", &Row::error_rms, "1", "products of the arrays minus exact products");
  optional("sqnr_db", &Row::sqnr_db, "dB", "exact products over their errors; not a number: no error, or not watched");
}

constexpr const char* kOneRow = "; one row where all chips are alike";

/// What every trial gave for every image, and the labels.
void write_classes(Hdf5File& file, const RunResult& result) {
  const values::Evaluation& arrays = result.arrays;
  file.write("/accuracy/array/trials", arrays.scores.trials, "1", "accuracy of each trial (chip)");
  file.write("/accuracy/labels", std::vector<std::int64_t>(result.labels.begin(), result.labels.end()), "class");
  std::vector<std::int32_t> predictions;
  std::vector<std::uint8_t> correct;
  for (const workloads::Answers& answers : arrays.answers) {
    const std::vector<int>& classes = answers.classes;
    predictions.insert(predictions.end(), classes.begin(), classes.end());
    const std::size_t begin = correct.size();
    correct.resize(begin + (classes.size() + 7) / 8);
    for (std::size_t i = 0; i < classes.size(); ++i) {
      if (classes[i] == result.labels[i]) correct[begin + i / 8] |= static_cast<std::uint8_t>(1U << i % 8);
    }
  }
  file.write_table("/accuracy/array/predictions", predictions, arrays.answers.size(), "class",
                   std::string("predicted class, [trial][image]") + kOneRow);
  file.write_table("/accuracy/array/correct", correct, arrays.answers.size(), "bits",
                   std::string("1 = image is classified right, [trial][image / 8], image 0 in bit 0") + kOneRow);
}

/// The same where answers are right more or less.
void write_errors(Hdf5File& file, const RunResult& result) {
  const std::string& unit = result.metric.unit;
  const values::Evaluation& arrays = result.arrays;
  file.write("/metric/array/trials", arrays.scores.trials, unit, result.metric.name + " of each trial (chip)");
  std::vector<double> errors;
  for (const workloads::Answers& answers : arrays.answers) {
    errors.insert(errors.end(), answers.square_errors.begin(), answers.square_errors.end());
  }
  file.write_table("/metric/array/square_errors", errors, arrays.answers.size(), unit == "1" ? "1" : unit + "^2",
                   std::string("mean over the outputs of (output - target)^2, [trial][image]") + kOneRow);
}

/// /attribution/<causes or layers>: names, and differences of scores by effect and trial.
void write_effects(Hdf5File& file, const std::string& group, const std::string& unit,
                   const std::vector<values::Effect>& effects) {
  if (effects.empty()) return;
  file.write(group + "/name", column(effects, [](const values::Effect& e) { return e.name; }));
  const auto write = [&](const std::string& name, auto member, const std::string& description) {
    file.write(group + "/" + name, column(effects, [&](const values::Effect& e) { return (e.*member).mean; }), unit,
               description);
    file.write(group + "/" + name + "_ci95",
               column(effects, [&](const values::Effect& e) { return (e.*member).ci95.value_or(kAbsent); }), unit,
               "half-width of the 95 % interval of " + name);
    std::vector<double> trials;
    for (const values::Effect& e : effects)
      trials.insert(trials.end(), (e.*member).trials.begin(), (e.*member).trials.end());
    file.write_table(group + "/" + name + "_trials", trials, effects.size(), unit, name + ", [effect][trial]");
  };
  write("loss", &values::Effect::loss, "integers minus the chip on which nothing else is wrong");
  write("gain", &values::Effect::gain, "the chip on which all else is wrong minus the whole chip");
}

/// Stages, streams and loads in the order of the Program and of TimingResult.
void write_timing(Hdf5File& file, const RunResult& result) {
  const auto table = [&](const std::string& name, const auto& rows, auto get) {
    file.write("/timing/" + name, column(rows, get), "cycle");
  };
  const std::vector<sim::StageTiming>& stages = result.timing.stages;
  file.write("/timing/result_cycles", std::vector<std::int64_t>(result.timing.result_cycles), "cycle");
  file.write("/timing/stages/name", result.stage_names);
  table("stages/first_output_cycles", stages, [](const auto& s) { return s.first_output; });
  table("stages/busy_cycles", stages, [](const auto& s) { return s.busy; });
  table("stages/stalled_input_cycles", stages, [](const auto& s) { return s.stalled_input; });
  table("stages/stalled_output_cycles", stages, [](const auto& s) { return s.stalled_output; });
  table("stages/stalled_network_cycles", stages, [](const auto& s) { return s.stalled_network; });
  file.write("/timing/loads/resource", column(result.timing.loads, [](const auto& l) { return l.resource; }));
  table("loads/cycles_per_image", result.timing.loads, [](const auto& l) { return l.cycles; });
}

void write_hdf5(const RunResult& result, const std::filesystem::path& path) {
  Hdf5File file(path);
  file.write_text("/configuration", result.configuration.dump(2, ' ', false, Json::error_handler_t::replace));
  file.write_text("/summary", json_text(summary(result)));
  if (result.metric.is_accuracy) {
    write_classes(file, result);
  } else {
    write_errors(file, result);
  }
  if (result.arrays.attribution) {
    const std::string& unit = result.metric.unit;
    file.write("/attribution/chip_trials", result.arrays.attribution->whole.trials, unit,
               result.metric.name + " of the whole chip");
    write_effects(file, "/attribution/causes", unit, result.arrays.attribution->causes);
    write_effects(file, "/attribution/layers", unit, result.arrays.attribution->layers);
  }
  write_timing(file, result);
  std::vector<std::string> components;
  std::vector<std::int64_t> energy;
  std::vector<std::int64_t> actions;
  std::vector<std::int64_t> area;
  for (const auto& [component, aj] : result.energy.by_component_aj) {
    components.push_back(enum_name(component));
    energy.push_back(aj);
    actions.push_back(result.energy.actions[component]);
    area.push_back(result.energy.area_nm2.at(component));
  }
  file.write("/components/name", components);
  file.write("/components/energy_per_image_aj", energy, "aJ");
  file.write("/components/actions_per_image", actions, "1");
  file.write("/components/area_nm2", area, "nm2");
  write_layers(file, result.layers);
  file.commit();
}

}  // namespace

void write_result(const RunResult& result, const std::filesystem::path& folder) {
  write_file_atomically(folder / "layers.csv", layers_csv(result));
  write_hdf5(result, folder / "result.h5");
  write_file_atomically(folder / "summary.json", json_text(summary(result)));
}

}  // namespace ohmic::report

// SPDX-License-Identifier: Apache-2.0
#include "report/result_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <limits>
#include <set>

#include "base/files.hpp"
#include "report/hdf5_file.hpp"
#include "report/summary.hpp"

namespace ohmic::report {

namespace {

/// The JSON of a file, null when it is none.
Json json_of(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) return nullptr;
  return Json::parse(read_text_file(file), nullptr, false);
}

/// Every text of a document.
void collect_texts(const Json& json, std::set<std::string>& texts) {
  if (json.is_string()) texts.insert(json.get<std::string>());
  for (const Json& part : json) {
    if (json.is_structured()) collect_texts(part, texts);
  }
}

/// What only a result of ours holds: a summary with its provenance, or the manifest of weight images.
bool is_ours(const std::filesystem::path& folder) {
  const Json summary = json_of(folder / "summary.json");
  if (summary.is_object() && summary.contains("provenance")) return true;
  const Json manifest = json_of(folder / "manifest.json");
  return manifest.is_object() && manifest.value("format", Json()) == "ohmic weight images";
}

/// Below the folders of a result: a file that neither the manifest nor the chip's list names; "" when there is none.
std::string unlisted_file(const std::filesystem::path& folder) {
  std::set<std::string> listed;
  for (const char* list : {"manifest.json", "chip.json"}) collect_texts(json_of(folder / list), listed);
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (!entry.is_directory() || entry.is_symlink()) continue;
    for (const auto& below : std::filesystem::recursive_directory_iterator(entry.path())) {
      const std::string name = below.path().lexically_relative(folder).string();
      if (!below.is_directory() && !listed.contains(name)) return name;
    }
  }
  return "";
}

/// Name of a file or folder that no result has; "" when there is none.
std::string foreign_file(const std::filesystem::path& folder) {
  static const std::set<std::string> ours{"summary.json", "layers.csv",   "result.h5", "report.html", "manifest.json",
                                          "weights",      "integer.onnx", "rtl",       "rom",         "tiles",
                                          "golden",       "tb",           "chip.json", "files.f",     "synth.ys",
                                          "weights.h",    "images.mem"};
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string ending = entry.path().extension().string();
    const bool is_plot = entry.is_regular_file() && (ending == ".png" || ending == ".svg");
    std::string name = entry.path().filename().string();
    if (!is_plot && !ours.contains(name)) return name;
  }
  return unlisted_file(folder);
}

/// Half-written folders beside this one, of processes that were killed.
void remove_leftovers(const std::filesystem::path& folder) {
  const std::string begin = folder.filename().string() + ".";
  constexpr std::string_view kEnd = ".partial";
  const std::filesystem::path parent = std::filesystem::absolute(folder).parent_path();
  std::vector<std::filesystem::path> left;
  for (const auto& entry : std::filesystem::directory_iterator(parent)) {
    const std::string name = entry.path().filename().string();
    if (name.size() <= begin.size() + kEnd.size() || name.rfind(begin, 0) != 0 || !name.ends_with(kEnd)) continue;
    const std::string id = name.substr(begin.size(), name.size() - begin.size() - kEnd.size());
    const bool is_number = std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    if (is_number && id.size() < 10 && ::kill(std::stoi(id), 0) != 0 && errno == ESRCH) left.push_back(entry.path());
  }
  std::error_code ignored;
  for (const std::filesystem::path& path : left) std::filesystem::remove_all(path, ignored);
}

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

ResultFolder::ResultFolder(std::filesystem::path folder, bool replace) : folder_(std::move(folder)) {
  if (!folder_.has_filename()) folder_ = folder_.parent_path();
  replaces_ = std::filesystem::exists(folder_);
  if (replaces_ && (!std::filesystem::is_directory(folder_) || std::filesystem::is_symlink(folder_))) {
    throw InputError(folder_.string(), "is a file or a link, the result needs a folder of its own");
  }
  if (replaces_ && !std::filesystem::is_empty(folder_)) {
    const std::string stranger = foreign_file(folder_);
    if (!stranger.empty()) {
      throw InputError(folder_.string(),
                       fmt::format("holds '{}', which is no file of a result, so it is not replaced", stranger));
    }
    if (!is_ours(folder_)) {
      throw InputError(folder_.string(), "is not empty and holds no result of ours, so it is not replaced");
    }
    if (!replace) {
      throw InputError(folder_.string(), "already holds a result (use --force to replace it, or another --out)");
    }
  }
  std::filesystem::path ancestor = std::filesystem::absolute(folder_).lexically_normal();
  while (!std::filesystem::exists(ancestor)) ancestor = ancestor.parent_path();
  if (!std::filesystem::is_directory(ancestor) || ::access(ancestor.c_str(), W_OK | X_OK) != 0) {
    throw InputError(folder_.string(),
                     fmt::format("cannot be made: '{}' is not a folder that can be written", ancestor.string()));
  }
  staging_ = folder_.string() + fmt::format(".{}.partial", ::getpid());
}

ResultFolder::~ResultFolder() {
  if (!staged_) return;
  std::error_code ignored;
  std::filesystem::remove_all(staging_, ignored);
}

const std::filesystem::path& ResultFolder::staging() {
  if (staged_) return staging_;
  std::error_code error;
  std::filesystem::create_directories(staging_, error);
  if (!error) remove_leftovers(folder_);
  if (error) throw InputError(folder_.string(), "cannot be made: " + error.message());
  staged_ = true;
  return staging_;
}

const std::filesystem::path& ResultFolder::commit() {
  const std::filesystem::path old = staging_.string() + ".old";
  std::error_code error;
  if (replaces_) std::filesystem::rename(folder_, old, error);
  if (!error) std::filesystem::rename(staging_, folder_, error);
  if (error) {
    std::error_code ignored;
    if (replaces_) std::filesystem::rename(old, folder_, ignored);
    throw InputError(folder_.string(), "cannot be written: " + error.message());
  }
  std::filesystem::remove_all(old, error);
  staged_ = false;
  return folder_;
}

void write_result(const RunResult& result, const std::filesystem::path& folder) {
  write_file_atomically(folder / "layers.csv", layers_csv(result));
  write_hdf5(result, folder / "result.h5");
  write_file_atomically(folder / "summary.json", json_text(summary(result)));
}

}  // namespace ohmic::report

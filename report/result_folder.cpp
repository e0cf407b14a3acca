// SPDX-License-Identifier: Apache-2.0
#include "report/result_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "base/files.hpp"
#include "report/hdf5_file.hpp"
#include "report/summary.hpp"

namespace ohmic::report {

namespace {

template <class Get>
auto column(const std::vector<LayerResult>& layers, Get get) {
  std::vector<decltype(get(layers.front()))> values;
  for (const LayerResult& layer : layers) values.push_back(get(layer));
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
}

void write_hdf5(const RunResult& result, const std::filesystem::path& path) {
  Hdf5File file(path);
  file.write_text("/configuration", result.configuration.dump(2));
  file.write_text("/summary", json_text(summary(result)));
  file.write("/accuracy/array/trials", result.arrays.accuracy.trials, "1");
  file.write("/timing/result_cycles", std::vector<std::int64_t>(result.timing.result_cycles), "cycle");
  std::vector<std::string> components;
  std::vector<std::int64_t> energy;
  std::vector<std::int64_t> actions;
  std::vector<std::int64_t> area;
  for (const auto& [component, aj] : result.energy.by_component_aj) {
    components.emplace_back(models::component_name(component));
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
  if (folder_.has_filename() == false) folder_ = folder_.parent_path();
  if (std::filesystem::exists(folder_) && !std::filesystem::is_directory(folder_)) {
    throw InputError(folder_.string(), "is a file, the result needs a folder");
  }
  const bool holds_something = std::filesystem::exists(folder_) && !std::filesystem::is_empty(folder_);
  if (holds_something && !replace) {
    throw InputError(folder_.string(), "already holds a result (use --force to replace it, or another --out)");
  }
  if (holds_something && !std::filesystem::exists(folder_ / "summary.json") &&
      !std::filesystem::exists(folder_ / "manifest.json")) {
    throw InputError(folder_.string(), "holds files that are no result of ours, so it is not replaced");
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
  if (error) throw InputError(folder_.string(), "cannot be made: " + error.message());
  staged_ = true;
  return staging_;
}

const std::filesystem::path& ResultFolder::commit() {
  std::error_code error;
  std::filesystem::remove_all(folder_, error);
  std::filesystem::rename(staging_, folder_, error);
  if (error) throw InputError(folder_.string(), "cannot be written: " + error.message());
  staged_ = false;
  return folder_;
}

void write_result(const RunResult& result, const std::filesystem::path& folder) {
  write_file_atomically(folder / "layers.csv", layers_csv(result));
  write_hdf5(result, folder / "result.h5");
  write_file_atomically(folder / "summary.json", json_text(summary(result)));
}

}  // namespace ohmic::report

// SPDX-License-Identifier: Apache-2.0
#include "report/result_folder.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <set>
#include <vector>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/json_writer.hpp"

namespace ohmic::report {

namespace {

constexpr const char* kPartial = ".partial";  // NAME.PID.partial: a result being written
constexpr const char* kReplaced = ".old";     // behind that: the one whose place it takes

std::filesystem::path without_last_slash(const std::filesystem::path& folder) {
  return folder.has_filename() ? folder : folder.parent_path();
}

/// Folders beside `folder` by its name, the id of a process that is no more, and `ending`.
std::vector<std::filesystem::path> left_behind(const std::filesystem::path& folder, const std::string& ending) {
  const std::string begin = folder.filename().string() + ".";
  const std::filesystem::path parent = std::filesystem::absolute(folder).parent_path();
  std::vector<std::filesystem::path> left;
  if (!std::filesystem::is_directory(parent)) return left;
  for (const auto& entry : std::filesystem::directory_iterator(parent)) {
    const std::string name = entry.path().filename().string();
    if (name.size() <= begin.size() + ending.size() || !name.starts_with(begin) || !name.ends_with(ending)) continue;
    const std::string id = name.substr(begin.size(), name.size() - begin.size() - ending.size());
    const bool is_number = std::all_of(id.begin(), id.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    if (is_number && id.size() < 10 && ::kill(std::stoi(id), 0) != 0 && errno == ESRCH) left.push_back(entry.path());
  }
  return left;
}

bool is_older(const std::filesystem::path& one, const std::filesystem::path& other) {
  return std::filesystem::last_write_time(one) < std::filesystem::last_write_time(other);
}

/// The JSON of a file, null when it is none.
Json json_of(const std::filesystem::path& file) {
  if (!std::filesystem::is_regular_file(file)) return nullptr;
  return Json::parse(read_text_file(file), nullptr, false);
}

/// Every text of a document.
void collect_texts(const Json& json, std::set<std::string>& texts) {
  if (json.is_string()) texts.insert(json.get<std::string>());
  if (!json.is_structured()) return;
  for (const Json& part : json) collect_texts(part, texts);
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
      std::string name = below.path().lexically_relative(folder).string();
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

}  // namespace

ResultFolder::ResultFolder(const std::filesystem::path& folder, bool replace) : folder_(without_last_slash(folder)) {
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
  staging_ = folder_.string() + fmt::format(".{}{}", ::getpid(), kPartial);
}

ResultFolder::~ResultFolder() {
  if (!staged_) return;
  std::error_code ignored;
  std::filesystem::remove_all(staging_, ignored);
}

void ResultFolder::remove_leftovers(const std::filesystem::path& folder) {
  const std::filesystem::path result = without_last_slash(folder);
  std::error_code error;
  const std::vector<std::filesystem::path> replaced = left_behind(result, std::string(kPartial) + kReplaced);
  if (!replaced.empty() && !std::filesystem::is_directory(std::filesystem::symlink_status(result))) {
    std::filesystem::rename(*std::max_element(replaced.begin(), replaced.end(), is_older), result, error);
    if (error) return;
  }
  for (const std::filesystem::path& path : replaced) std::filesystem::remove_all(path, error);
  for (const std::filesystem::path& path : left_behind(result, kPartial)) std::filesystem::remove_all(path, error);
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
  const std::filesystem::path old = staging_.string() + kReplaced;
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

}  // namespace ohmic::report

// SPDX-License-Identifier: Apache-2.0
// What tests share: files of the source tree, data that may be absent, temporary folders, caught messages.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/config_reader.hpp"
#include "base/error.hpp"
#include "base/files.hpp"

namespace ohmic::test {

inline std::filesystem::path source_dir() {
  return OHMIC_SOURCE_DIR;
}

/// File `name` along the data path (OHMIC_DATA, then build/data); a test that needs one that is absent is skipped,
/// visibly: exit code 77.
inline std::string data_file(const std::string& name) {
  const char* variable = std::getenv("OHMIC_DATA");
  const DataPath path((variable != nullptr ? std::string(variable) + ":" : "") + OHMIC_SOURCE_DIR "/build/data");
  const std::filesystem::path found = path.find(name);
  if (found.empty()) {
    std::printf("SKIPPED: needs %s on the data path (OHMIC_DATA)\n", name.c_str());
    std::fflush(stdout);
    std::_Exit(77);
  }
  return found.string();
}

/// A folder of its own for one test, removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "ohmic-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The message of the InputError that `action` throws; "" when it throws none.
template <class Action>
std::string input_error(Action&& action) {
  try {
    action();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

/// "path: message" of the rule that is broken, "" when none is.
template <class Action>
std::string broken_rule(Action&& action) {
  try {
    action();
  } catch (const RuleError& error) {
    return error.path() + ": " + error.what();
  }
  return "";
}

}  // namespace ohmic::test

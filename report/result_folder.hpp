// SPDX-License-Identifier: Apache-2.0
// The folder of one result: summary.json, layers.csv, result.h5. It appears whole or not at all.
#pragma once

#include <filesystem>
#include <string>

#include "report/result.hpp"

namespace ohmic::report {

class ResultFolder {
 public:
  /// Checks that `folder` can be made, before any work is done: InputError when it is there already (unless
  /// `replace`) or cannot be written. Makes nothing yet.
  ResultFolder(std::filesystem::path folder, bool replace);
  ResultFolder(const ResultFolder&) = delete;
  ResultFolder& operator=(const ResultFolder&) = delete;
  ~ResultFolder();

  /// A folder for files of the result until commit(), made at the first call; removed when there is no commit().
  [[nodiscard]] const std::filesystem::path& staging();
  /// Gives the folder its name, and tells it.
  const std::filesystem::path& commit();

 private:
  std::filesystem::path folder_;
  std::filesystem::path staging_;
  bool replaces_ = false;  // a folder of that name is there
  bool staged_ = false;    // made and not yet committed
};

/// Writes the files of a result into `folder`, which exists.
void write_result(const RunResult& result, const std::filesystem::path& folder);

}  // namespace ohmic::report

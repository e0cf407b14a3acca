// SPDX-License-Identifier: Apache-2.0
// The folder of a result, of a run or an emission. It appears whole or not at all.
#pragma once

#include <filesystem>
#include <string>

namespace ohmic::report {

class ResultFolder {
 public:
  /// Checks that `folder` can be made, before any work is done: InputError when it is there already (unless
  /// `replace`) or cannot be written. Makes nothing yet.
  ResultFolder(std::filesystem::path folder, bool replace);
  ResultFolder(const ResultFolder&) = delete;
  ResultFolder& operator=(const ResultFolder&) = delete;
  ~ResultFolder();

  /// Removes half-written folders of this name, of processes that were killed. Reads the folder around it: once a
  /// command, not for every point of a sweep, which looks after its own.
  void remove_leftovers() const;
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

}  // namespace ohmic::report

// SPDX-License-Identifier: Apache-2.0
// The folder of a result, of a run or an emission. It appears whole or not at all.
#pragma once

#include <filesystem>
#include <string>

namespace ohmic::report {

class ResultFolder {
 public:
  /// Removes what killed processes left of this name: half-written folders, and results that others have replaced. One
  /// that was killed between its two renames left the old result alone: that gets its name back. First of all, and
  /// once a command, as it reads the folder around it; a sweep looks after its points itself.
  static void remove_leftovers(const std::filesystem::path& folder);

  /// Checks that `folder` can be made, before any work is done: InputError when it is there already (unless
  /// `replace`) or cannot be written. Makes nothing yet.
  ResultFolder(const std::filesystem::path& folder, bool replace);
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

}  // namespace ohmic::report

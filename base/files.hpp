// SPDX-License-Identifier: Apache-2.0
// Files: whole reads with clear errors, atomic writes, and the data path.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace ohmic {

/// The whole file; InputError when it cannot be read.
[[nodiscard]] std::string read_text_file(const std::filesystem::path& file);

/// Writes by temporary file, fsync and rename: readers see the old content or the new, never a part.
/// InputError when the place cannot be written.
void write_file_atomically(const std::filesystem::path& file, std::string_view content);

/// True for the temporary name that write_file_atomically() gives `file`, in whatever process: what is left of it when
/// that is killed.
[[nodiscard]] bool is_temporary_name_of(std::string_view file, std::string_view name);

/// Makes a folder and its parents; InputError when that is not possible.
void make_folder(const std::filesystem::path& folder);

/// SHA-256 in lowercase hex.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

/// Where `data:NAME` is looked for: the folders of --data, else OHMIC_DATA (separated by colons), else `build/data`.
class DataPath {
 public:
  DataPath() = default;
  explicit DataPath(const std::string& colon_separated);
  static DataPath from_environment();

  [[nodiscard]] const std::vector<std::filesystem::path>& folders() const { return folders_; }
  /// First folder that has `name`; empty path when none has.
  [[nodiscard]] std::filesystem::path find(const std::string& name) const;

 private:
  std::vector<std::filesystem::path> folders_;
};

}  // namespace ohmic

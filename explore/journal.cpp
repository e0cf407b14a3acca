// SPDX-License-Identifier: Apache-2.0
#include "explore/journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.hpp"
#include "base/files.hpp"

namespace ohmic::explore {

void append_to_journal(const std::filesystem::path& file, const JournalEntry& entry) {
  const nlohmann::json json{{"point", entry.point}, {"digest", entry.digest}, {"error", entry.error}};
  // A newline first: should the line before be torn, this one still stands alone.
  const std::string line = "\n" + json.dump() + "\n";
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const bool written = descriptor >= 0 &&
                       ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       ::fdatasync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!written) throw InputError(file.string(), "cannot be written");
}

std::map<int, JournalEntry> read_journals(const std::filesystem::path& folder) {
  std::map<int, JournalEntry> entries;
  if (!std::filesystem::is_directory(folder)) return entries;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const std::string name = file.path().filename().string();
    if (name.rfind("journal.", 0) != 0) continue;
    std::istringstream lines(read_text_file(file.path()));
    for (std::string line; std::getline(lines, line);) {
      const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
      if (!json.is_object() || !json.contains("point") || !json.contains("digest") || !json.contains("error")) continue;
      entries[json["point"].get<int>()] = {json["point"], json["digest"], json["error"]};
    }
  }
  return entries;
}

}  // namespace ohmic::explore

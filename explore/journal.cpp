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
  using Json = nlohmann::json;
  // A newline first: should the line before be torn, this one still stands alone.
  const std::string line = "\n" + json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const bool written = descriptor >= 0 &&
                       ::write(descriptor, line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
                       ::fdatasync(descriptor) == 0;
  if (descriptor >= 0) ::close(descriptor);
  if (!written) throw InputError(file.string(), "cannot be written");
}

std::vector<JournalEntry> read_journals(const std::filesystem::path& folder) {
  std::vector<JournalEntry> entries;
  if (!std::filesystem::is_directory(folder)) return entries;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    const std::string name = file.path().filename().string();
    if (name.rfind("journal.", 0) != 0) continue;
    std::istringstream lines(read_text_file(file.path()));
    for (std::string line; std::getline(lines, line);) {
      const nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
      if (!json.is_object() || json.size() != 3) continue;
      const auto point = json.find("point");
      const auto digest = json.find("digest");
      const auto error = json.find("error");
      if (point == json.end() || digest == json.end() || error == json.end()) continue;
      if (!point->is_number_integer() || !digest->is_string() || !error->is_string()) continue;
      entries.push_back({point->get<int>(), digest->get<std::string>(), error->get<std::string>()});
    }
  }
  return entries;
}

std::optional<JournalEntry> find_entry(const std::vector<JournalEntry>& entries, int point, const std::string& digest) {
  std::optional<JournalEntry> found;
  for (const JournalEntry& entry : entries) {
    if (entry.point != point || entry.digest != digest) continue;
    if (entry.error.empty()) return entry;
    if (!found || entry.error < found->error) found = entry;  // whichever worker wrote last
  }
  return found;
}

}  // namespace ohmic::explore

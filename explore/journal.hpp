// SPDX-License-Identifier: Apache-2.0
// What is done of a sweep: one file per worker, a JSON line per point, each written with one write and synced. A line
// torn by a crash is ignored.
#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace ohmic::explore {

struct JournalEntry {
  int point = 0;
  std::string digest;  // version and config_digest of the point
  std::string error;   // bad input of this point, "" = done
};

void append_to_journal(const std::filesystem::path& file, const JournalEntry& entry);

/// Entries of all journals of a folder, the last for each point.
[[nodiscard]] std::map<int, JournalEntry> read_journals(const std::filesystem::path& folder);

}  // namespace ohmic::explore

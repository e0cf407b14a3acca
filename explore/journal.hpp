// SPDX-License-Identifier: Apache-2.0
// What is done of a sweep: one file per worker, a JSON line per point, each written with one write and synced. A line
// torn by a crash is ignored.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace ohmic::explore {

struct JournalEntry {
  int point = 0;
  std::string digest;  // version and config_digest of the point
  std::string error;   // bad input of this point, "" = done
};

void append_to_journal(const std::filesystem::path& file, const JournalEntry& entry);

/// Entries of all journals of a folder; lines that are torn or none of ours are left out.
[[nodiscard]] std::vector<JournalEntry> read_journals(const std::filesystem::path& folder);

/// What the journals say of a point with this digest: done ("" in error) before any error; nothing when it was not run.
[[nodiscard]] std::optional<JournalEntry> find_entry(const std::vector<JournalEntry>& entries, int point,
                                                     const std::string& digest);

}  // namespace ohmic::explore

// SPDX-License-Identifier: Apache-2.0
// The proof of a period: the whole state of the engine, relative to the present and to the images done, written at
// the end of each image. Equal states have equal futures, so the first repetition is the smallest period.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/units.hpp"

namespace ohmic::sim {

/// State as bytes; short for small numbers, exact for all.
class Snapshot {
 public:
  explicit Snapshot(Cycle now) : now_(now) {}

  void number(std::int64_t value) {
    std::uint64_t rest = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    while (rest >= 0x80) {
      bytes_.push_back(static_cast<char>(rest | 0x80));
      rest >>= 7;
    }
    bytes_.push_back(static_cast<char>(rest));
  }
  /// A time from which something is possible: all that lie in the past mean the same.
  void time(Cycle cycle) { number(std::max<Cycle>(cycle - now_, 0)); }

  [[nodiscard]] Cycle now() const { return now_; }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  Cycle now_;
  std::string bytes_;
};

struct Period {
  int images = 0;
  Cycle cycles = 0;
};

class PeriodFinder {
 public:
  /// State at the end of image `image`; a period when it has been there before.
  std::optional<Period> add(int image, Snapshot snapshot) {
    const Cycle now = snapshot.now();
    const auto [entry, is_new] = seen_.try_emplace(snapshot.take(), image, now);
    if (is_new) return std::nullopt;
    return Period{image - entry->second.first, now - entry->second.second};
  }

 private:
  std::map<std::string, std::pair<int, Cycle>> seen_;
};

}  // namespace ohmic::sim

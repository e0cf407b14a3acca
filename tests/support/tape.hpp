// SPDX-License-Identifier: Apache-2.0
// The choices that a random design was drawn from, one after another. A tape that is shorter or has smaller numbers
// gives a simpler design of the same generator: that is how failing designs are shrunk (shrink.hpp).
#pragma once

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

namespace ohmic::test {

using Choices = std::vector<std::uint64_t>;

/// A generator that waits for a choice which a tape does not give.
class EndlessTape : public std::runtime_error {
 public:
  EndlessTape() : std::runtime_error("a generator does not come to an end") {}
};

class Tape {
 public:
  Tape() = default;
  /// Replays; beyond the end every choice is 0.
  explicit Tape(Choices choices) : given_(std::move(choices)), replays_(true) {}

  /// A choice of 0 … most: `drawn`, or what the tape has in its place.
  std::uint64_t choose(std::uint64_t most, std::uint64_t drawn) {
    constexpr std::size_t kMost = 100000;
    if (made_.size() == kMost) throw EndlessTape();
    const std::size_t place = made_.size();
    if (replays_) drawn = place < given_.size() ? std::min(given_[place], most) : 0;
    made_.push_back(drawn);
    return drawn;
  }

  /// Whether one more of `wanted` parts is made, `made` being there. Counted so, a part is cut out with its choices.
  bool another(int made, int wanted) { return choose(1, made < wanted ? 1 : 0) != 0; }

  /// All that was chosen.
  [[nodiscard]] const Choices& made() const { return made_; }

 private:
  Choices given_, made_;
  bool replays_ = false;
};

}  // namespace ohmic::test

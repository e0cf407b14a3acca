// SPDX-License-Identifier: Apache-2.0
// A failing design made small: ever shorter tapes with ever smaller choices, as long as the design that they give still
// fails.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <utility>

#include "tests/support/tape.hpp"

namespace ohmic::test {

/// Builds the design of a tape: what was chosen when it fails, nothing when it does not or is no design.
using StillFails = std::function<std::optional<Choices>(const Choices&)>;

class Shrinker {
 public:
  /// `failing` fails; no attempt begins after `seconds`.
  Shrinker(Choices failing, StillFails fails, double seconds)
      : best_(std::move(failing)),
        fails_(std::move(fails)),
        end_(std::chrono::steady_clock::now() + std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6))) {}

  /// The smallest that was found: nothing can be cut out of it, set to 0 or made less by one, if there was time.
  Choices shrink() {
    for (bool simpler = true; simpler;) {
      const Choices before = best_;
      cut_out();
      set_to_zero();
      lessen();
      simpler = best_ != before;
    }
    return best_;
  }
  [[nodiscard]] int attempts() const { return attempts_; }

 private:
  /// Shorter is simpler, of equal length that with the first smaller choice.
  static bool is_simpler(const Choices& a, const Choices& b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
  }

  bool attempt(const Choices& candidate) {
    if (std::chrono::steady_clock::now() > end_ || !tried_.insert(candidate).second) return false;
    ++attempts_;
    std::optional<Choices> made = fails_(candidate);
    if (!made || !is_simpler(*made, best_)) return false;
    best_ = std::move(*made);
    return true;
  }

  /// Calls change(choices, first, count) for pieces of all sizes, the largest and the last first.
  template <class Change>
  void in_pieces(const Change& change) {
    for (std::size_t size = std::max<std::size_t>(1, best_.size() / 2); size > 0; size /= 2) {
      for (std::size_t end = best_.size(); end > 0; end = std::min(best_.size(), end - std::min(end, size))) {
        const std::size_t first = end - std::min(end, size);
        Choices candidate = best_;
        if (change(candidate, first, end)) attempt(candidate);
      }
    }
  }

  void cut_out() {
    in_pieces([](Choices& c, std::size_t first, std::size_t end) {
      c.erase(c.begin() + static_cast<std::ptrdiff_t>(first), c.begin() + static_cast<std::ptrdiff_t>(end));
      return true;
    });
  }

  void set_to_zero() {
    in_pieces([](Choices& c, std::size_t first, std::size_t end) {
      bool any = false;
      for (std::size_t i = first; i < end; ++i) any = std::exchange(c[i], 0) != 0 || any;
      return any;
    });
  }

  void lessen() {
    for (std::size_t i = 0; i < best_.size(); ++i) {
      for (std::uint64_t step = best_[i]; step > 0 && i < best_.size();) {
        Choices candidate = best_;
        candidate[i] -= std::min(candidate[i], step);
        if (!attempt(candidate)) step /= 2;
      }
    }
  }

  Choices best_;
  StillFails fails_;
  std::chrono::steady_clock::time_point end_;
  std::set<Choices> tried_;
  int attempts_ = 0;
};

}  // namespace ohmic::test

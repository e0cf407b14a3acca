// SPDX-License-Identifier: Apache-2.0
// Random designs for laws: draws from Philox, so that a seed printed by a failing test repeats it anywhere.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "base/draws.hpp"
#include "tests/support/tape.hpp"

namespace ohmic::test {

class Random {
 public:
  /// `tape`, where there is one, records or replays what is chosen.
  explicit Random(std::uint64_t seed, Tape* tape = nullptr)
      : key_(stream_key({.seed = seed, .purpose = Purpose::test})), tape_(tape) {}

  std::uint32_t bits() { return static_cast<std::uint32_t>(choose(~std::uint32_t{0}, raw())); }
  /// Uniform in [low, high], both included.
  int between(int low, int high) {
    const auto most = static_cast<std::uint32_t>(high - low);
    return low + static_cast<int>(choose(most, raw() % (most + 1)));
  }
  bool flip() { return choose(1, raw() & 1U) != 0; }
  template <class T>
  T pick(std::initializer_list<T> choices) {
    return choices.begin()[between(0, static_cast<int>(choices.size()) - 1)];
  }
  /// `value`, which is not drawn; a tape that is replayed may have less, down to `least`.
  int at_most(int value, int least) {
    const auto above = static_cast<std::uint64_t>(value - least);
    return least + static_cast<int>(choose(above, above));
  }

  /// How many parts another() is to give: drawn, not on the tape.
  int count(int low, int high) {
    const Untaped untaped(*this);
    return between(low, high);
  }
  bool another(int made, int wanted) { return tape_ == nullptr ? made < wanted : tape_->another(made, wanted); }

  /// While it lives nothing is on the tape: many draws that make a design no simpler (weights, pixels).
  class Untaped {
   public:
    explicit Untaped(Random& random) : random_(random), tape_(random.tape_) { random_.tape_ = nullptr; }
    Untaped(const Untaped&) = delete;
    Untaped& operator=(const Untaped&) = delete;
    ~Untaped() { random_.tape_ = tape_; }

   private:
    Random& random_;
    Tape* tape_;
  };

 private:
  std::uint32_t raw() { return philox({count_++, 0, 0, 0}, key_)[0]; }
  std::uint64_t choose(std::uint64_t most, std::uint64_t drawn) {
    return tape_ == nullptr ? drawn : tape_->choose(most, drawn);
  }

  PhiloxKey key_;
  std::uint32_t count_ = 0;
  Tape* tape_;
};

}  // namespace ohmic::test

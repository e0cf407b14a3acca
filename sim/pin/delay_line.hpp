// SPDX-License-Identifier: Apache-2.0
// Registers one behind the other.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "base/units.hpp"

namespace ohmic::sim::pin {

template <class T>
class DelayLine {
 public:
  explicit DelayLine(Cycle registers) : values_(static_cast<std::size_t>(registers)) {}

  /// A clock edge: `value` goes into the first register; returns what the last one held. None: `value` itself.
  T shift(T value) {
    if (values_.empty()) return value;
    std::swap(value, values_[next_]);
    next_ = next_ + 1 == values_.size() ? 0 : next_ + 1;
    return value;
  }

 private:
  std::vector<T> values_;
  std::size_t next_ = 0;
};

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
// Signals between modules. Each has one writer by construction; the kernel's check of that costs time and is off.
#pragma once

#include <memory>
#include <systemc>
#include <utility>
#include <vector>

#include "sim/pin/bits.hpp"
#include "sim/pin/core.hpp"

namespace ohmic::sim::pin {

template <class T>
using Signal = sc_core::sc_signal<T, sc_core::SC_UNCHECKED_WRITERS>;

using Clock = sc_core::sc_signal_in_if<bool>;

/// A stream between two modules (docs/hardware.md, "Streams").
struct StreamSignals {
  Signal<bool> valid, ready;
  Signal<Bits> data;
};

/// Owns signals and modules of a chip, whatever their types, in the order of their making.
class Parts {
 public:
  template <class T, class... Arguments>
  T& make(Arguments&&... arguments) {
    auto part = std::make_shared<T>(std::forward<Arguments>(arguments)...);
    T& reference = *part;
    parts_.push_back(std::move(part));
    return reference;
  }
  template <class T>
  T& keep(std::unique_ptr<T> part) {
    T& reference = *part;
    parts_.push_back(std::shared_ptr<T>(std::move(part)));
    return reference;
  }

 private:
  std::vector<std::shared_ptr<void>> parts_;
};

}  // namespace ohmic::sim::pin

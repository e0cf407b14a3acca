// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "sim/pin/bits.hpp"
#include "sim/timing.hpp"

namespace ohmic::sim::pin {

/// Hops in the order of sim::HopSink, each with the token that arrived.
using PinHopSink = std::function<void(const Hop&, const Bits&)>;

}  // namespace ohmic::sim::pin

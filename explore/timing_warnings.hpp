// SPDX-License-Identifier: Apache-2.0
// What a reader should know of a simulation before believing its interval.
#pragma once

#include "base/error.hpp"
#include "mapping/program.hpp"
#include "sim/timing.hpp"

namespace ohmic::explore {

/// `timing` is that of `program`, `interval_cycles` the one that is reported.
[[nodiscard]] Warnings timing_warnings(const mapping::Program& program, const sim::TimingResult& timing,
                                       double interval_cycles);

}  // namespace ohmic::explore

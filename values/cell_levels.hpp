// SPDX-License-Identifier: Apache-2.0
// The constants of a cell by its code: laws of the device, rounded to fixed point.
#pragma once

#include <cstdint>
#include <vector>

#include "mapping/encoding.hpp"
#include "models/architecture.hpp"
#include "values/chip.hpp"

namespace ohmic::values {

/// σ of programming has 8 bits more than conductances.
constexpr int kSigmaFractionBits = 8;

/// Units are 2^-F levels.
struct CellLevel {
  double nominal = 0;      // what the integer reference counts with
  double mean = 0;         // what writing leaves on average, off conductance included
  std::int64_t sigma = 0;  // of writing, 2^-(F+8) levels
  // σ · deviate with which write-and-verify is content, 2^-(F+8) levels; a conductance of 0 can be near enough.
  std::int64_t least_accepted = 0;
  std::int64_t most_accepted = 0;
  double drift_mean = 0;
  double drift_std = 0;
  double slow = 0;  // σ of slow noise as a fraction of the conductance
};

struct CellConstants {
  std::vector<CellLevel> levels;  // by code
  double off = 0;                 // nominal off conductance
  double low = 0;                 // conductances are not negative; the difference of an xnor pair can be
  double drift_log = 0;           // ln((t + t0) / t0)
  double temperature = 1;
};

/// Level fraction of a code. A ±1 cell of xnor weights is a pair of devices of which one is fully on, for both signs:
/// it drifts as the highest level does.
[[nodiscard]] double level_fraction(const mapping::WeightPlan& plan, int code, int cell_bits);

/// Fractions of g_max → units of 2^-F levels.
[[nodiscard]] double conductance_units(const models::CellSpec& cell);

[[nodiscard]] CellConstants cell_constants(const mapping::WeightPlan& plan, const models::ArraySpec& array,
                                           Causes causes, Duration time_since_write);

}  // namespace ohmic::values

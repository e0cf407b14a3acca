// SPDX-License-Identifier: Apache-2.0
// Which chip is computed, and in what condition it is.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/units.hpp"
#include "values/causes.hpp"
#include "values/corrections.hpp"

namespace ohmic::values {

struct Conditions {
  Duration time_since_write{};
  std::uint32_t epoch = 0;  // of the evaluation: noise that is frozen during one is drawn again in another
};

/// All random draws of a chip follow from seed and trial. `causes` says what is wrong with it, `layer_causes`
/// (one per layer, or empty: all alike) where.
struct Chip {
  std::uint64_t seed = 0;
  std::uint32_t trial = 0;
  Causes causes{};
  std::vector<Causes> layer_causes{};
  Conditions conditions{};
  std::shared_ptr<const ChipCorrections> corrections{};  // nullptr: none
  bool is_calibrating = false;                           // its reads draw noise of their own

  [[nodiscard]] Causes causes_of(int layer) const {
    return layer_causes.empty() ? causes : layer_causes[static_cast<std::size_t>(layer)];
  }
};

}  // namespace ohmic::values

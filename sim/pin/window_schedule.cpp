// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/window_schedule.hpp"

#include <algorithm>

namespace ohmic::sim::pin {

WindowSchedule::WindowSchedule(const mapping::InputPort& port, std::int64_t firings, std::int64_t tokens)
    : port_(port), needed_(static_cast<std::size_t>(firings), 0), last_user_(static_cast<std::size_t>(tokens), -1) {
  for (std::int64_t f = 0; f < firings; ++f) {
    for_each_place(f, [&](int /*place*/, std::int64_t token) {
      if (token < 0) return;
      std::int32_t& needed = needed_[static_cast<std::size_t>(f)];
      needed = std::max(needed, static_cast<std::int32_t>(token + 1));
      last_user_[static_cast<std::size_t>(token)] = static_cast<std::int32_t>(f);
    });
  }
}

}  // namespace ohmic::sim::pin

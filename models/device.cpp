// SPDX-License-Identifier: Apache-2.0
#include "models/device.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ohmic::models {

namespace {

/// True when `law(y)` is not zero for some state that a cell of some bits can hold.
template <class Law>
bool acts(const Law& law) {
  for (int level = 0; level < kMostLevels; ++level) {
    if (law(static_cast<double>(level) / (kMostLevels - 1)) != 0) return true;
  }
  return false;
}

std::string human_time(Duration t) {
  constexpr double kDay = 86400;
  if (t.value() == 0) return "0 s";
  return t.value() >= kDay ? fmt::format("{:g} day{}", t.value() / kDay, t.value() == kDay ? "" : "s") : to_string(t);
}

}  // namespace

bool Device::has_programming_error() const {
  return acts([&](double y) { return programming_sigma(y, Duration(0)); }) ||
         acts([&](double y) { return mean(y) - y; });
}

bool Device::has_drift() const {
  return acts([&](double y) { return drift(y).mean + drift(y).std; });
}

bool Device::has_slow_noise() const {
  return acts([&](double y) { return slow_sigma(y, Duration(0)); });
}

bool Device::has_read_noise() const {
  return acts([&](double y) { return read_sigma(y); });
}

std::string time_warning(const Device& device, const std::string& kind, Duration t) {
  const DataTimes times = device.data_times();
  if (times.points.empty()) return "";
  const Duration first = times.points.front();
  const Duration last = times.points.back();
  const bool is_known = times.is_range ? t >= first && t <= last
                                       : std::find(times.points.begin(), times.points.end(), t) != times.points.end();
  if (is_known) return "";
  std::string known = times.is_range ? human_time(first) + " to " + human_time(last) : "";
  for (std::size_t i = 0; i < times.points.size() && !times.is_range; ++i) {
    known += (i == 0 ? "" : ", ") + human_time(times.points[i]);
  }
  return fmt::format("{} has data at {} after writing, not at {} (evaluation.time_since_write{}): {}", kind, known,
                     human_time(t), t == Duration(0) ? ", 0 s where it is absent" : "",
                     t > first && t < last ? "interpolated" : "extrapolated");
}

}  // namespace ohmic::models

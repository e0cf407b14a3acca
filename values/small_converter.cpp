// SPDX-License-Identifier: Apache-2.0
#include "values/small_converter.hpp"

#include <cmath>

#include "values/table_loops.hpp"

namespace ohmic::values {

namespace {

constexpr std::int64_t kMostValues = std::int64_t{1} << 16;
/// round_to_integer() of a float holds below.
constexpr float kRoundable = 4194304.0F;

float neighbour(float x, int steps) {
  for (; steps > 0; --steps) x = std::nextafter(x, INFINITY);
  for (; steps < 0; ++steps) x = std::nextafter(x, -INFINITY);
  return x;
}

bool agrees(std::int64_t value, const Converted& wanted, const SmallConverter& converter, float max_code) {
  const float x = static_cast<float>(value) * converter.scale + converter.offset;
  if (!(std::fabs(x) < kRoundable)) return false;
  const float code = round_to_integer(x);
  const float inside = std::min(std::max(code, 0.0F), max_code);
  return inside == static_cast<float>(wanted.code) && (code != inside) == wanted.clipped;
}

}  // namespace

std::optional<SmallConverter> find_small_converter(const ConverterRange& range, std::int64_t max_code,
                                                   const ValueRange& reachable, std::int64_t unit) {
  if (reachable.high - reachable.low > kMostValues) return std::nullopt;
  std::vector<Converted> wanted;
  for (std::int64_t v = reachable.low; v <= reachable.high; ++v) wanted.push_back(convert(v * unit, range, max_code));
  const auto step = static_cast<double>(range.step);
  const auto scale = static_cast<float>(static_cast<double>(unit) / step);
  const auto offset = static_cast<float>(-static_cast<double>(range.low) / step);
  const auto last = static_cast<float>(max_code);
  const auto is_exact = [&](const SmallConverter& converter) {
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (!agrees(reachable.low + static_cast<std::int64_t>(i), wanted[i], converter, last)) return false;
    }
    return true;
  };
  // Ties that are none, by less than single precision can tell, are moved to their side by a little more or less.
  for (const int scale_steps : {0, -1, 1, -2, 2, -4, 4}) {
    for (const int offset_steps : {0, -1, 1, -4, 4, -16, 16}) {
      const SmallConverter converter{neighbour(scale, scale_steps), neighbour(offset, offset_steps)};
      if (is_exact(converter)) return converter;
    }
  }
  return std::nullopt;
}

}  // namespace ohmic::values

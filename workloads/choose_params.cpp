// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "workloads/quantize.hpp"
#include "workloads/requantize.hpp"

namespace ohmic::workloads {

namespace {

/// Scale that covers the range with all integers of one kind.
double covering_scale(const ActivationRule& rule, double low, double high, const QuantParams& params) {
  double scale = 0;
  if (!rule.symmetric) {
    scale = (high - low) / (static_cast<double>(params.q_max()) - params.q_min());
  } else {
    scale = (rule.is_signed ? std::max(-low, high) : high) / params.q_max();
  }
  if (scale > 0 && rule.scale_kind == ScaleKind::power_of_two) scale = covering_power_of_two(scale);
  return scale;
}

}  // namespace

QuantParams choose_params(const ActivationRule& rule, const NodeRange& range, const std::string& node,
                          Warnings& warnings) {
  QuantParams params{rule.bits, rule.is_signed, 1, 0};
  if (rule.scale) {
    params.scale = *rule.scale;
    params.zero_point = rule.zero_point.value_or(0);
    return params;
  }
  const double low = std::min(range.low, 0.0);
  const double high = std::max(range.high, 0.0);
  const double scale = covering_scale(rule, low, high, params);
  if (rule.symmetric && !rule.is_signed && low < 0) {
    warnings.push_back(
        fmt::format("node '{}' has negative values (down to {:.4g}), which unsigned symmetric integers "
                    "cut off",
                    node, low));
  }
  if (scale == 0) {
    warnings.push_back(fmt::format("node '{}' is zero on all calibration images", node));
    return params;
  }
  params.scale = scale;
  if (!rule.symmetric) {
    const double zero = params.q_min() + std::nearbyint(-low / scale);
    params.zero_point = static_cast<int>(std::clamp<double>(zero, params.q_min(), params.q_max()));
  }
  return params;
}

}  // namespace ohmic::workloads

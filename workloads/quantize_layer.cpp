// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantize_layer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <set>

#include "base/config_reader.hpp"
#include "workloads/leaky.hpp"
#include "workloads/quantize.hpp"
#include "workloads/requantize.hpp"
#include "workloads/window.hpp"

namespace ohmic::workloads {

namespace {

/// Magnitude that the largest integer has to stand for.
double weight_range(const float* weights, std::size_t count, double percentile) {
  std::vector<float> magnitudes(count);
  std::transform(weights, weights + count, magnitudes.begin(), [](float w) { return std::fabs(w); });
  if (count == 0) return 0;
  const auto rank = static_cast<std::ptrdiff_t>(percentile_rank(percentile, static_cast<std::int64_t>(count)));
  std::nth_element(magnitudes.begin(), magnitudes.begin() + rank - 1, magnitudes.end());
  return magnitudes[static_cast<std::size_t>(rank - 1)];
}

/// Scales of a convolution's weights. A channel of zeros gets the largest scale of the others: any would do for its
/// weights, this one keeps its bias in range.
std::vector<double> weight_scales(const Conv& conv, const WeightRule& rule) {
  if (rule.scale) return {*rule.scale};
  const bool per_channel = rule.per == Granularity::channel;
  const std::size_t groups = per_channel ? static_cast<std::size_t>(conv.out_channels) : 1;
  const std::size_t size = conv.weights.size() / groups;
  const double largest_integer = (1 << (rule.bits - 1)) - 1;
  std::vector<double> scales(groups);
  for (std::size_t g = 0; g < groups; ++g) {
    scales[g] = weight_range(conv.weights.data() + g * size, size, rule.calibration.percentile) / largest_integer;
    if (rule.scale_kind == ScaleKind::power_of_two && scales[g] > 0) scales[g] = covering_power_of_two(scales[g]);
  }
  const double largest = *std::max_element(scales.begin(), scales.end());
  for (double& scale : scales) {
    if (scale == 0) scale = largest > 0 ? largest : 1;
  }
  return scales;
}

double scale_at(const std::vector<double>& scales, std::size_t channel) {
  return scales.size() == 1 ? scales[0] : scales[channel];
}

void quantize_weights(const Conv& conv, const WeightRule& rule, QuantizedConv& result) {
  const double high = (1 << (rule.bits - 1)) - 1;
  // Calibrated scales are symmetric; a scale of the user's (a Q format) has the full range of two's complement.
  const double low = rule.scale ? -high - 1 : -high;
  const auto rows = static_cast<std::size_t>(result.rows);
  result.weights.resize(conv.weights.size());
  for (std::size_t i = 0; i < conv.weights.size(); ++i) {
    const double rounded =
        std::nearbyint(static_cast<double>(conv.weights[i]) / scale_at(result.weight_scale, i / rows));
    result.weights[i] = static_cast<std::int16_t>(std::clamp(rounded, low, high));
  }
}

void take_weights(const IntegerWeights& integers, QuantizedConv& result) {
  result.weight_bits = integers.bits;
  result.weights = integers.weights;
  result.weight_scale = integers.scale;
}

/// Whether the file's bias can be added as it is: its scale is input scale · weight scale, as float32 has it.
bool is_in_accumulator_units(const IntegerWeights& integers, double input_scale) {
  constexpr double kNear = 1e-6;
  for (std::size_t c = 0; c < integers.bias.size(); ++c) {
    const double unit = input_scale * scale_at(integers.scale, c);
    if (std::fabs(scale_at(integers.bias_scale, c) - unit) > kNear * unit + FLT_MIN) return false;
  }
  return !integers.bias.empty();
}

void quantize_bias(const Conv& conv, double input_scale, QuantizedConv& result, LayerContext& context) {
  const double limit = std::ldexp(1.0, context.spec.accumulator.bits - 1);
  bool fits = true;
  result.bias.resize(static_cast<std::size_t>(conv.out_channels));
  for (std::size_t c = 0; c < result.bias.size(); ++c) {
    const double unit = input_scale * scale_at(result.weight_scale, c);
    const double rounded = std::nearbyint(static_cast<double>(conv.bias[c]) / unit);
    fits = fits && rounded >= -limit && rounded < limit;
    constexpr double kBound = 4.6e18;  // well inside of int64
    result.bias[c] = static_cast<std::int64_t>(std::clamp(rounded, -kBound, kBound));
  }
  if (fits) return;
  context.warnings.push_back(fmt::format("node '{}': a bias does not fit the accumulator of {} bits", context.name,
                                         context.spec.accumulator.bits));
}

void warn_of_dead_channels(const QuantizedConv& conv, LayerContext& context) {
  std::vector<int> dead;
  for (int c = 0; c < conv.out_channels; ++c) {
    const auto begin = conv.weights.begin() + static_cast<std::ptrdiff_t>(c) * conv.rows;
    if (std::all_of(begin, begin + conv.rows, [](std::int16_t w) { return w == 0; })) dead.push_back(c);
  }
  if (dead.empty()) return;
  const std::size_t shown = std::min<std::size_t>(dead.size(), 8);
  context.warnings.push_back(
      fmt::format("node '{}': {} of {} output channels have only zero weights ({}{})", context.name, dead.size(),
                  conv.out_channels, fmt::join(dead.begin(), dead.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                  dead.size() > shown ? ", …" : ""));
}

/// `largest`: magnitude that the factor can meet.
void warn_of_factors(const std::vector<double>& ratios, double largest, LayerContext& context) {
  const bool vanishes = std::any_of(ratios.begin(), ratios.end(), [&](double r) { return r * largest < 0.5; });
  const bool is_coarse = std::any_of(ratios.begin(), ratios.end(), [](double r) { return r < FLT_MIN || r > FLT_MAX; });
  if (!vanishes && !is_coarse) return;
  const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
  context.warnings.push_back(
      fmt::format("node '{}': the scales of input and output are so far apart (factors {:.3g} to "
                  "{:.3g}) that requantization loses the result",
                  context.name, *low, *high));
}

bool is_tflite(const QuantizationSpec& spec) {
  return spec.requantization.kind == RequantKind::multiplier_shift && spec.requantization.rounding == Rounding::tflite;
}

/// What `make` returns; its refusal of a factor becomes a located error.
template <class Make>
Requant make_or_refuse(const Make& make, const std::string& message) {
  try {
    return make();
  } catch (const std::invalid_argument&) {
    throw RuleError("quantization.requantization.kind", message);
  }
}

/// Numbers of values that windows of an average hold, by count − 1.
std::vector<bool> divisors(const Pool& pool, const Shape& shape) {
  const std::size_t full =
      static_cast<std::size_t>(pool.window.kernel_h) * static_cast<std::size_t>(pool.window.kernel_w);
  std::vector<bool> occurs(full, false);
  if (pool.count_include_pad) {
    occurs.back() = true;
    return occurs;
  }
  const Shape output = pool.window.output_shape(shape);
  for (int y = 0; y < output.height; ++y) {
    for (int x = 0; x < output.width; ++x) {
      const int count = window_count(pool.window, shape, y, x);
      if (count > 0) occurs[static_cast<std::size_t>(count - 1)] = true;
    }
  }
  return occurs;
}

}  // namespace

Leaky quantize_leaky(float slope, LayerContext context) {
  const LeakyRule& rule = context.leaky;
  if (rule.randomized) return {0, rule.rounding, rule.randomized};
  const double largest = std::ldexp(kLargestAlpha, -kAlphaFractionBits);
  const bool fits = slope >= 0 && slope <= largest;
  if (!fits) {
    throw RuleError("workload.network",
                    fmt::format("node '{}' has a leaky ReLU of slope {}: in integers slopes are 0 to {}/{} (leave the "
                                "node to no quantization rule, then it stays float)",
                                context.name, slope, kLargestAlpha, 1 << kAlphaFractionBits));
  }
  const int alpha = static_cast<int>(std::nearbyint(std::ldexp(slope, kAlphaFractionBits)));
  const double taken = std::ldexp(alpha, -kAlphaFractionBits);
  constexpr double kNotable = 0.1;
  if (std::fabs(taken - static_cast<double>(slope)) > kNotable * static_cast<double>(slope)) {
    context.warnings.push_back(fmt::format("node '{}': the slope {} of its leaky ReLU becomes {}/{}", context.name,
                                           slope, alpha, 1 << kAlphaFractionBits));
  }
  return {alpha, rule.rounding, std::nullopt};
}

QuantizedConv quantize_conv(const Conv& conv, const WeightRule& rule, const QuantParams& input,
                            const QuantParams& output, LayerContext context) {
  QuantizedConv result;
  result.window = conv.window;
  result.out_channels = conv.out_channels;
  result.rows = static_cast<int>(conv.weights.size()) / conv.out_channels;
  result.activation = conv.activation;
  if (conv.activation == Activation::leaky_relu) result.leaky = quantize_leaky(conv.slope, context);
  if (conv.integers) {
    take_weights(*conv.integers, result);
  } else {
    result.weight_bits = rule.bits;
    result.weight_scale = weight_scales(conv, rule);
    quantize_weights(conv, rule, result);
  }
  if (conv.integers && is_in_accumulator_units(*conv.integers, input.scale)) {
    result.bias = conv.integers->bias;
  } else {
    quantize_bias(conv, input.scale, result, context);
  }
  std::vector<double> ratios;
  for (const double scale : result.weight_scale) ratios.push_back(input.scale * scale / output.scale);
  result.requant =
      make_or_refuse([&] { return make_requant(context.spec.requantization, ratios); },
                     fmt::format("shift needs power-of-two scales, which node '{}' has not", context.name));
  warn_of_dead_channels(result, context);
  warn_of_factors(ratios, std::ldexp(1.0, context.spec.accumulator.bits - 1), context);
  return result;
}

QuantizedPool quantize_pool(const Pool& pool, const Shape& shape, const QuantParams& input, const QuantParams& output,
                            LayerContext context) {
  QuantizedPool result{pool.kind, pool.window, pool.count_include_pad, {}, pool.zeros_before};
  result.requant.kind = context.spec.requantization.kind;
  result.requant.rounding = context.spec.requantization.rounding;
  if (pool.kind == PoolKind::max) return result;
  if (is_tflite(context.spec) && input == output && !pool.count_include_pad) {
    result.raw = true;
    result.requant = make_mean_requant(pool.window.kernel_h * pool.window.kernel_w);
    return result;
  }
  const double ratio = input.scale / output.scale;
  const std::vector<bool> occurs = divisors(pool, shape);
  std::vector<double> ratios;
  int largest_count = 1;
  for (std::size_t i = 0; i < occurs.size(); ++i) {
    const int count = static_cast<int>(i) + 1;
    if (occurs[i]) largest_count = count;
    ratios.push_back(occurs[i] ? ratio / count : ratio);  // where no window holds that many, any factor will do
  }
  if (pool.count_include_pad) ratios.assign(occurs.size(), ratio / static_cast<double>(occurs.size()));
  result.requant = make_or_refuse(
      [&] { return make_requant(context.spec.requantization, ratios); },
      fmt::format("shift cannot divide exactly by the numbers of values that node '{}' averages (up to {}), use "
                  "multiplier_shift or float",
                  context.name, largest_count));
  warn_of_factors(ratios, std::ldexp(1.0, input.bits) * largest_count, context);
  return result;
}

QuantizedAdd quantize_add(const Add& add, const QuantParams& a, const QuantParams& b, const QuantParams& output,
                          LayerContext context) {
  QuantizedAdd result;
  result.activation = add.activation;
  if (add.activation == Activation::leaky_relu) result.leaky = quantize_leaky(add.slope, context);
  const std::vector<double> ratios{a.scale / output.scale, b.scale / output.scale};
  result.requant = make_or_refuse(
      [&] {
        if (is_tflite(context.spec)) return make_tflite_add_requant(a.scale, b.scale, output.scale);
        return make_add_requant(context.spec.requantization, ratios[0], ratios[1]);
      },
      fmt::format("shift cannot bring the two inputs of node '{}' together: their scales are too far apart or no "
                  "powers of two",
                  context.name));
  warn_of_factors(ratios, std::ldexp(1.0, std::max(a.bits, b.bits)), context);
  return result;
}

}  // namespace ohmic::workloads

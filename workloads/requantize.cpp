// SPDX-License-Identifier: Apache-2.0
#include "workloads/requantize.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <stdexcept>
#include <type_traits>

namespace ohmic::workloads {

namespace {

__extension__ using Wide = __int128;

constexpr int kMultiplierBits = 31;  // multipliers lie in [2^30, 2^31)
constexpr int kTfliteAddShift = 20;  // kernels/add.cc, 8-bit integers
constexpr int kLargestShift = 126;   // beyond, a product of int64 and int32 rounds as it does here

std::int64_t saturate(Wide value) {
  constexpr std::int64_t kLow = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kHigh = std::numeric_limits<std::int64_t>::max();
  return value < kLow ? kLow : value > kHigh ? kHigh : static_cast<std::int64_t>(value);
}

/// One definition for both widths; Integer must hold value + 2^(shift−1).
template <class Integer>
Integer rounded_right_shift(Integer value, int shift, Rounding rounding) {
  if (shift == 0) return value;
  const Integer floor = value >> shift;
  const Integer remainder = value - (floor << shift);  // 0 … 2^shift − 1
  const Integer half = Integer{1} << (shift - 1);
  bool up = false;
  switch (rounding) {
    case Rounding::floor:
      break;
    case Rounding::half_up:
      up = remainder >= half;
      break;
    case Rounding::half_even:
      up = remainder > half || (remainder == half && (floor & 1) != 0);
      break;
    case Rounding::half_away:
    case Rounding::tflite:
      up = remainder > half || (remainder == half && value > 0);
      break;
  }
  return floor + (up ? 1 : 0);
}

/// Within, int64 holds all that rounding needs.
bool is_narrow(int shift) {
  return shift >= 0 && shift < 63;
}

/// value · 2^left, for left >= 0.
Wide shifted_left(Wide value, int left) {
  constexpr int kEnough = 64;  // any value but 0 is then beyond int64
  return value * (Wide{1} << std::min(left, kEnough));
}

std::int64_t rounded_wide(Wide value, int shift, Rounding rounding) {
  if (shift < 0) return saturate(shifted_left(saturate(value), -shift));
  return saturate(rounded_right_shift<Wide>(value, std::min(shift, kLargestShift), rounding));
}

/// TFLite's MultiplyByQuantizedMultiplier, its exponent being 31 − shift: doubling high multiplication rounded half up
/// (gemmlowp SaturatingRoundingDoublingHighMul), then division by a power of two rounded half away from zero.
/// Integer must hold accumulator · multiplier, and shift be at least 0.
template <class Integer>
Integer tflite_right_shift(Integer product, int shift) {
  if (shift <= kMultiplierBits) return rounded_right_shift(product, shift, Rounding::half_up);  // the first is all
  return rounded_right_shift(rounded_right_shift(product, kMultiplierBits, Rounding::half_up), shift - kMultiplierBits,
                             Rounding::half_away);
}

inline std::int64_t multiply_shift(std::int64_t accumulator, std::int32_t multiplier, int shift, Rounding rounding) {
  constexpr std::int64_t kNarrow = std::int64_t{1} << 31;
  if (accumulator > -kNarrow && accumulator < kNarrow && is_narrow(shift)) {
    const std::int64_t product = accumulator * multiplier;
    return rounding == Rounding::tflite ? tflite_right_shift(product, shift)
                                        : rounded_right_shift(product, shift, rounding);
  }
  const Wide product = Wide{accumulator} * multiplier;
  if (rounding != Rounding::tflite || shift < 0) return rounded_wide(product, shift, rounding);
  return saturate(tflite_right_shift(product, std::min(shift, kMultiplierBits + kLargestShift)));
}

/// ratio = multiplier / 2^shift with a multiplier in [2^30, 2^31), as TFLite's QuantizeMultiplier.
void push_multiplier(Requant& requant, double ratio) {
  int exponent = 0;
  const double mantissa = std::frexp(ratio, &exponent);
  std::int64_t multiplier = std::llround(std::ldexp(mantissa, kMultiplierBits));
  if (multiplier == std::int64_t{1} << kMultiplierBits) {
    multiplier /= 2;
    ++exponent;
  }
  requant.multiplier.push_back(static_cast<std::int32_t>(multiplier));
  requant.shift.push_back(kMultiplierBits - exponent);
}

/// s with ratio = 2^-s.
int shift_of(double ratio) {
  int exponent = 0;
  if (std::frexp(ratio, &exponent) != 0.5) throw std::invalid_argument("not a power of two");
  return 1 - exponent;
}

std::size_t channel_index(std::size_t size, int channel) {
  return size == 1 ? 0 : static_cast<std::size_t>(channel);
}

/// Sets out[i] to the output integer of quotient(i), at least `low`.
template <class Quotient>
void put_out(std::size_t count, const QuantParams& params, std::int32_t low, std::int32_t* out,
             const Quotient& quotient) {
  for (std::size_t i = 0; i < count; ++i) out[i] = std::max(to_output(quotient(i), params), low);
}

/// round_half_even where it is within ±2^20, else something beyond: outputs have 16 bits and saturate there.
inline std::int32_t round_small(float value) {
  constexpr float kLimit = 1 << 20;
  constexpr float kNoFraction = 0x1.8p23F;  // float32 has integers alone there: adding it rounds, ties to even
  return static_cast<std::int32_t>((std::clamp(value, -kLimit, kLimit) + kNoFraction) - kNoFraction);
}

bool fit_int32(const std::int64_t* values, std::size_t count) {
  bool fit = true;
  for (std::size_t i = 0; i < count; ++i) fit = fit && values[i] == static_cast<std::int32_t>(values[i]);
  return fit;
}

/// Calls run(rounding) with a rounding that the compiler knows.
template <class Run>
void with_rounding(Rounding rounding, const Run& run) {
  switch (rounding) {
    case Rounding::half_even:
      return run(std::integral_constant<Rounding, Rounding::half_even>());
    case Rounding::half_up:
      return run(std::integral_constant<Rounding, Rounding::half_up>());
    case Rounding::half_away:
      return run(std::integral_constant<Rounding, Rounding::half_away>());
    case Rounding::floor:
      return run(std::integral_constant<Rounding, Rounding::floor>());
    case Rounding::tflite:
      return run(std::integral_constant<Rounding, Rounding::tflite>());
  }
}

}  // namespace

std::int64_t rounded_shift(std::int64_t value, int shift, Rounding rounding) {
  return is_narrow(shift) ? rounded_right_shift(value, shift, rounding) : rounded_wide(value, shift, rounding);
}

std::int64_t Requant::apply(std::int64_t accumulator, int channel) const {
  switch (kind) {
    case RequantKind::real:
      return round_half_even(static_cast<float>(accumulator) * scale[channel_index(scale.size(), channel)]);
    case RequantKind::multiplier_shift: {
      const std::size_t i = channel_index(shift.size(), channel);
      return multiply_shift(accumulator, multiplier[i], shift[i], rounding);
    }
    case RequantKind::shift:
      return rounded_shift(accumulator, shift[channel_index(shift.size(), channel)], rounding);
  }
  throw std::logic_error("unknown kind of requantization");
}

void requantize_row(const Requant& requant, const QuantParams& params, std::int32_t low, const std::int64_t* acc,
                    int channels, std::int32_t* out) {
  const auto count = static_cast<std::size_t>(channels);
  if (requant.kind == RequantKind::real && fit_int32(acc, count)) {
    const std::size_t step = requant.scale.size() == 1 ? 0 : 1;
    put_out(count, params, low, out, [&](std::size_t i) {
      return round_small(static_cast<float>(static_cast<std::int32_t>(acc[i])) * requant.scale[i * step]);
    });
  } else if (requant.kind == RequantKind::multiplier_shift) {
    const std::size_t step = requant.shift.size() == 1 ? 0 : 1;
    with_rounding(requant.rounding, [&](auto rounding) {
      put_out(count, params, low, out, [&](std::size_t i) {
        return multiply_shift(acc[i], requant.multiplier[i * step], requant.shift[i * step], rounding);
      });
    });
  } else {
    put_out(count, params, low, out, [&](std::size_t i) { return requant.apply(acc[i], static_cast<int>(i)); });
  }
}

Requant make_requant(const RequantSpec& spec, const std::vector<double>& ratios) {
  Requant requant;
  requant.kind = spec.kind;
  requant.rounding = spec.rounding;
  for (const double ratio : ratios) {
    switch (spec.kind) {
      case RequantKind::real:
        requant.scale.push_back(static_cast<float>(ratio));
        break;
      case RequantKind::multiplier_shift:
        push_multiplier(requant, ratio);
        break;
      case RequantKind::shift:
        requant.shift.push_back(shift_of(ratio));
        break;
    }
  }
  return requant;
}

Requant make_add_requant(const RequantSpec& spec, double ratio_a, double ratio_b) {
  Requant requant = make_requant(spec, {ratio_a, ratio_b});
  if (spec.kind == RequantKind::real) return requant;
  const int common = spec.kind == RequantKind::shift ? std::max(requant.shift[0], requant.shift[1])
                                                     : std::min(requant.shift[0], requant.shift[1]);
  requant.multiplier.clear();
  for (const double ratio : {ratio_a, ratio_b}) {
    const double multiplier = std::nearbyint(std::ldexp(ratio, common));
    if (multiplier >= std::ldexp(1.0, kMultiplierBits)) throw std::invalid_argument("scales too far apart");
    requant.multiplier.push_back(static_cast<std::int32_t>(multiplier));
  }
  requant.shift = {common, common};
  return requant;
}

Requant make_tflite_add_requant(double scale_a, double scale_b, double scale_out) {
  const double twice_largest = 2 * std::max(scale_a, scale_b);
  return make_requant({RequantKind::multiplier_shift, Rounding::tflite},
                      {scale_a / twice_largest, scale_b / twice_largest,
                       twice_largest / (std::ldexp(1.0, kTfliteAddShift) * scale_out)});
}

Requant make_mean_requant(int most) {
  Requant requant;
  requant.kind = RequantKind::multiplier_shift;
  requant.rounding = Rounding::half_away;
  for (std::int64_t count = 1; count <= most; ++count) {
    const int log = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count - 1)));  // rounded up
    const int shift = kMultiplierBits - 1 + log;
    // Rounded up, so that an exact half stays on its side: sums are far too small for the rest to reach the next one.
    requant.multiplier.push_back(static_cast<std::int32_t>(((std::int64_t{1} << shift) + count - 1) / count));
    requant.shift.push_back(shift);
  }
  return requant;
}

std::int64_t apply_add(const Requant& requant, std::int64_t a, std::int64_t b) {
  if (requant.kind == RequantKind::real) {
    const float scaled_a = static_cast<float>(a) * requant.scale[0];
    const float scaled_b = static_cast<float>(b) * requant.scale[1];
    return round_half_even(scaled_a + scaled_b);
  }
  if (requant.kind == RequantKind::multiplier_shift && requant.rounding == Rounding::tflite) {
    const auto scaled = [&](std::int64_t value, std::size_t i) {
      return multiply_shift(value, requant.multiplier[i], requant.shift[i], Rounding::tflite);
    };
    constexpr std::int64_t kUnit = std::int64_t{1} << kTfliteAddShift;
    return scaled(scaled(a * kUnit, 0) + scaled(b * kUnit, 1), 2);
  }
  return rounded_shift(a * requant.multiplier[0] + b * requant.multiplier[1], requant.shift[0], requant.rounding);
}

void add_rows(const Requant& requant, const QuantParams& params, std::int32_t low, const std::int32_t* a, int zero_a,
              const std::int32_t* b, int zero_b, std::size_t count, std::int32_t* out) {
  if (requant.kind == RequantKind::real) {
    put_out(count, params, low, out, [&](std::size_t i) {
      const float scaled_a = static_cast<float>(a[i] - zero_a) * requant.scale[0];
      const float scaled_b = static_cast<float>(b[i] - zero_b) * requant.scale[1];
      return round_small(scaled_a + scaled_b);
    });
  } else {
    put_out(count, params, low, out, [&](std::size_t i) { return apply_add(requant, a[i] - zero_a, b[i] - zero_b); });
  }
}

}  // namespace ohmic::workloads

// SPDX-License-Identifier: Apache-2.0
#include "workloads/quantization_spec.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <regex>

#include "base/config_reader.hpp"

namespace ohmic::workloads {

namespace {

constexpr int kMinBits = 2;
constexpr int kMaxBits = 16;

/// Signed fixed point: `bits` in all, `fraction_bits` of them after the binary point.
struct QFormat {
  int bits = 0;
  int fraction_bits = 0;
};

std::optional<int> parse_count(std::string_view text) {
  int value = 0;
  const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || stop != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// "Q4.4" or "Q7"; nothing when the text is no Q format of 2 to 16 bits.
std::optional<QFormat> parse_q_format(std::string_view text) {
  if (text.empty() || text.front() != 'Q') return std::nullopt;
  text.remove_prefix(1);
  const std::size_t dot = text.find('.');
  const std::optional<int> whole = dot == std::string_view::npos ? 1 : parse_count(text.substr(0, dot));
  const std::optional<int> fraction = parse_count(dot == std::string_view::npos ? text : text.substr(dot + 1));
  if (!whole || !fraction || *whole < 1 || *whole > kMaxBits || *fraction > kMaxBits) return std::nullopt;
  const QFormat format{*whole + *fraction, *fraction};
  if (format.bits < kMinBits || format.bits > kMaxBits) return std::nullopt;
  return format;
}

void check_format(const std::string& format, const std::string& path) {
  if (format.empty() || parse_q_format(format)) return;
  throw RuleError(path + ".format",
                  fmt::format("'{}' is not a Q format, write Qm.n (m integer bits with the sign, n fraction bits, 2 to "
                              "16 together) or Qn for Q1.n, for example Q4.4, Q7 or Q15",
                              format));
}

bool is_power_of_two(double value) {
  int exponent = 0;
  return std::frexp(value, &exponent) == 0.5;
}

/// `shift` requantization can only divide by powers of two.
void check_shiftable(ScaleKind kind, const std::optional<double>& scale, const std::string& path) {
  if (scale ? is_power_of_two(*scale) : kind == ScaleKind::power_of_two) return;
  const std::string written = scale ? fmt::format("{}", *scale) : "float";
  throw RuleError(path + ".scale", fmt::format("must be power_of_two, or a number that is one, not {}: "
                                               "quantization.requantization.kind is shift",
                                               written));
}

void check_match(const std::string& match, const std::string& path) {
  try {
    const std::regex compiled(match);
  } catch (const std::regex_error& error) {
    throw RuleError(path + ".match", fmt::format("'{}' is not a regular expression: {}", match, error.what()));
  }
}

void check_activations(const ActivationRule& rule, const std::string& path) {
  check_format(rule.format, path);
  if (rule.zero_point && !rule.scale) {
    throw RuleError(path + ".zero_point", "needs a scale beside it, write for example {scale: 0.05, zero_point: 0}");
  }
  if (!rule.zero_point) return;
  const int low = rule.is_signed ? -(1 << (rule.bits - 1)) : 0;
  const int high = (rule.is_signed ? 1 << (rule.bits - 1) : 1 << rule.bits) - 1;
  if (*rule.zero_point < low || *rule.zero_point > high) {
    throw RuleError(path + ".zero_point",
                    fmt::format("must be between {} and {} for {} {} bits, not {}", low, high, rule.bits,
                                rule.is_signed ? "signed" : "unsigned", *rule.zero_point));
  }
  if (rule.symmetric && *rule.zero_point != 0) {
    throw RuleError(path + ".zero_point", fmt::format("must be 0 where symmetric is true, not {}", *rule.zero_point));
  }
}

void check_requantization(const RequantSpec& spec) {
  const std::string path = "quantization.requantization.rounding";
  if (spec.kind == RequantKind::real && spec.rounding != Rounding::half_even) {
    throw RuleError(path, "has no effect with kind float, which rounds half to even: leave it out");
  }
  if (spec.kind == RequantKind::shift && spec.rounding == Rounding::tflite) {
    throw RuleError(path, "tflite is the double rounding of a multiplier and needs kind multiplier_shift");
  }
}

constexpr std::string_view kFormatDoc =
    "Q format: signed, Qm.n has m integer bits with the sign and n fraction bits, Qn is Q1.n; instead of bits and "
    "scale";
constexpr std::string_view kFormatSays = "the Q format beside it says it already";

}  // namespace

EnumNames enum_names(Granularity) {
  return {{"tensor", static_cast<int>(Granularity::tensor)}, {"channel", static_cast<int>(Granularity::channel)}};
}

EnumNames enum_names(ScaleKind) {
  return {{"float", static_cast<int>(ScaleKind::real)}, {"power_of_two", static_cast<int>(ScaleKind::power_of_two)}};
}

EnumNames enum_names(RequantKind) {
  return {{"float", static_cast<int>(RequantKind::real)},
          {"multiplier_shift", static_cast<int>(RequantKind::multiplier_shift)},
          {"shift", static_cast<int>(RequantKind::shift)}};
}

EnumNames enum_names(Rounding) {
  return {{"half_even", static_cast<int>(Rounding::half_even)},
          {"half_up", static_cast<int>(Rounding::half_up)},
          {"half_away", static_cast<int>(Rounding::half_away)},
          {"floor", static_cast<int>(Rounding::floor)},
          {"tflite", static_cast<int>(Rounding::tflite)}};
}

EnumNames enum_names(Overflow) {
  return {{"error", static_cast<int>(Overflow::error)},
          {"wrap", static_cast<int>(Overflow::wrap)},
          {"saturate", static_cast<int>(Overflow::saturate)}};
}

EnumNames enum_names(LeakyRounding) {
  return {{"floor", static_cast<int>(LeakyRounding::floor)}, {"half_up", static_cast<int>(LeakyRounding::half_up)}};
}

void apply_format(WeightRule& rule) {
  const std::optional<QFormat> format = parse_q_format(rule.format);
  if (!format) return;
  rule.bits = format->bits;
  rule.scale = std::ldexp(1.0, -format->fraction_bits);
}

void apply_format(ActivationRule& rule) {
  const std::optional<QFormat> format = parse_q_format(rule.format);
  if (!format) return;
  rule.bits = format->bits;
  rule.is_signed = true;
  rule.symmetric = true;
  rule.scale = std::ldexp(1.0, -format->fraction_bits);
  rule.zero_point = 0;
}

void fields(Fields& f, Calibration& s) {
  f.key("percentile", s.percentile,
        {.doc = "two-sided percentile of the values seen", .required = true, .min = 50, .max = 100});
}

void fields(Fields& f, WeightRule& s) {
  f.key("format", s.format, {.doc = kFormatDoc});
  f.key("per", s.per, {.doc = "one scale per tensor, or one per output channel"});
  if (!s.format.empty()) {
    for (const std::string_view name : {"bits", "scale", "calibration"}) f.refuse(name, kFormatSays);
    apply_format(s);
    return;
  }
  f.key("bits", s.bits, {.doc = "width, sign included", .min = kMinBits, .max = kMaxBits});
  f.key("scale", NameOrNumber<ScaleKind>{s.scale_kind, s.scale},
        {.doc = "kind of the calibrated scale, or the scale itself", .positive = true});
  f.key("calibration", WordOrSection<Calibration>{"min_max", s.calibration, s.calibration.percentile == 100},
        {.doc = "range of the weights: all, or a percentile of their magnitudes"});
}

void fields(Fields& f, ActivationRule& s) {
  f.key("format", s.format, {.doc = kFormatDoc});
  if (!s.format.empty()) {
    for (const std::string_view name : {"bits", "signed", "symmetric", "scale", "zero_point", "calibration"}) {
      f.refuse(name, kFormatSays);
    }
    apply_format(s);
    return;
  }
  f.key("bits", s.bits, {.doc = "width, sign included", .min = kMinBits, .max = kMaxBits});
  f.key("signed", s.is_signed, {.doc = "integers from -2^(bits-1) instead of from 0"});
  f.key("symmetric", s.symmetric, {.doc = "zero point 0 instead of a calibrated one"});
  f.key("scale", NameOrNumber<ScaleKind>{s.scale_kind, s.scale},
        {.doc = "kind of the calibrated scale, or the scale itself", .positive = true});
  f.key("zero_point", s.zero_point, {.doc = "the integer that stands for 0, beside a scale"});
  f.key("calibration", WordOrSection<Calibration>{"min_max", s.calibration, s.calibration.percentile == 100},
        {.doc = "range of the values seen on the calibration images"});
}

void fields(Fields& f, RandomizedLeaky& s) {
  f.key("seed", s.seed, {.doc = "first state of the 8-bit shift register", .min = 1, .max = 255});
  f.key("lanes", s.lanes,
        {.doc = "outputs that share a slope: those of one beat of the activation unit",
         .required = true,
         .min = 1,
         .max = 65536});
}

void fields(Fields& f, LeakyRule& s) {
  f.key("rounding", s.rounding, {.doc = "of negative values times the slope"});
  f.key("randomized", s.randomized, {.doc = "slopes drawn by a shift register instead of the network's"});
}

void fields(Fields& f, QuantizationRule& s) {
  f.key("match", s.match, {.doc = "regular expression for the whole node name", .required = true});
  f.key("weights", s.weights, {.doc = "how weights become integers"});
  f.key("activations", s.activations, {.doc = "how the node's output becomes integers"});
  f.key("leaky", s.leaky, {.doc = "how its leaky ReLU, if it has one, is computed"});
}

void fields(Fields& f, RequantSpec& s) {
  f.key("kind", s.kind, {.doc = "how an accumulator becomes an output integer"});
  f.key("rounding", s.rounding, {.doc = "of multiplier_shift and shift"});
}

void fields(Fields& f, AccumulatorSpec& s) {
  f.key("bits", s.bits, {.doc = "width of bias + sum, sign included", .min = 8, .max = 63});
  f.key("overflow", s.overflow, {.doc = "what happens when it does not fit"});
}

void fields(Fields& f, QuantizationSpec& s) {
  f.key("rules", WordOrSection<std::vector<QuantizationRule>>{"from_network", s.rules, s.from_network()},
        {.doc = "first match wins, unmatched nodes stay float; or the network's own integers"});
  f.key("requantization", s.requantization, {.doc = "from accumulator to output integer"});
  f.key("accumulator", s.accumulator, {.doc = "width and overflow of accumulators"});
}

void validate(const QuantizationSpec& spec) {
  check_requantization(spec.requantization);
  for (std::size_t i = 0; i < spec.rules.size(); ++i) {
    const QuantizationRule& rule = spec.rules[i];
    const std::string path = fmt::format("quantization.rules[{}]", i);
    check_match(rule.match, path);
    check_format(rule.weights.format, path + ".weights");
    check_activations(rule.activations, path + ".activations");
    if (spec.requantization.kind != RequantKind::shift) continue;
    if (rule.weights.format.empty()) check_shiftable(rule.weights.scale_kind, rule.weights.scale, path + ".weights");
    if (rule.activations.format.empty()) {
      check_shiftable(rule.activations.scale_kind, rule.activations.scale, path + ".activations");
    }
  }
}

}  // namespace ohmic::workloads

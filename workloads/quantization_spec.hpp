// SPDX-License-Identifier: Apache-2.0
// The `quantization` section: which nodes become integers, and how.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/fields.hpp"

namespace ohmic::workloads {

enum class Granularity { tensor, channel };
enum class ScaleKind { real, power_of_two };               // YAML: float | power_of_two
enum class RequantKind { real, multiplier_shift, shift };  // YAML: float | multiplier_shift | shift
/// Of x / 2^s: half_up adds half and floors, half_even and half_away break ties so, floor drops.
/// tflite is the double rounding of TFLite's reference kernels.
enum class Rounding { half_even, half_up, half_away, floor, tflite };
enum class Overflow { error, wrap, saturate };
/// Of quotient · slope / 2^6: down, or to the nearest with halves up.
enum class LeakyRounding { floor, half_up };

EnumNames enum_names(Granularity);
EnumNames enum_names(ScaleKind);
EnumNames enum_names(RequantKind);
EnumNames enum_names(Rounding);
EnumNames enum_names(Overflow);
EnumNames enum_names(LeakyRounding);

/// min_max, or the two-sided percentile p of the values seen (50 < p <= 100), written
/// `calibration: min_max` or `calibration: {percentile: 99.99}`.
struct Calibration {
  double percentile = 100.0;
};

/// `format: Q4.4` is shorthand for bits and scale: Qm.n is a signed m+n bit number with n fraction bits (m counts
/// the sign), Qn is Q1.n; it fixes scale = 2^-n and zero point 0.
struct WeightRule {
  int bits = 8;
  Granularity per = Granularity::channel;
  ScaleKind scale_kind = ScaleKind::real;
  std::optional<double> scale;  // given by the user, then nothing is calibrated
  Calibration calibration;
  std::string format;
};

struct ActivationRule {
  int bits = 8;
  bool is_signed = false;  // integer range: unsigned 0 … 2^b−1, signed −2^(b−1) … 2^(b−1)−1
  bool symmetric = false;  // zero point 0 (signed) or unsigned from 0; else the zero point is calibrated
  ScaleKind scale_kind = ScaleKind::real;
  std::optional<double> scale;
  std::optional<int> zero_point;  // with scale only
  Calibration calibration;
  std::string format;
};

/// A leaky ReLU whose slope a shift register draws anew for every beat of the activation unit, `lanes` outputs.
struct RandomizedLeaky {
  int seed = 1;  // first state of the register
  int lanes = 1;
};

/// Of nodes with a leaky ReLU; others take no notice of it.
struct LeakyRule {
  LeakyRounding rounding = LeakyRounding::half_up;
  std::optional<RandomizedLeaky> randomized;  // instead of the network's slope
};

/// First rule whose regular expression matches the whole node name wins; the input is matched by its name too.
struct QuantizationRule {
  std::string match;
  WeightRule weights;
  ActivationRule activations;
  LeakyRule leaky;
};

struct RequantSpec {
  RequantKind kind = RequantKind::real;
  Rounding rounding = Rounding::half_even;  // of multiplier_shift and shift
};

struct AccumulatorSpec {
  int bits = 32;
  Overflow overflow = Overflow::error;
};

struct QuantizationSpec {
  std::vector<QuantizationRule> rules;  // none, or `rules: from_network`: the integers that the network's file has
  RequantSpec requantization;
  AccumulatorSpec accumulator;

  [[nodiscard]] bool from_network() const { return rules.empty(); }
};

void fields(Fields& f, Calibration& s);
void fields(Fields& f, WeightRule& s);
void fields(Fields& f, ActivationRule& s);
void fields(Fields& f, RandomizedLeaky& s);
void fields(Fields& f, LeakyRule& s);
void fields(Fields& f, QuantizationRule& s);
void fields(Fields& f, RequantSpec& s);
void fields(Fields& f, AccumulatorSpec& s);
void fields(Fields& f, QuantizationSpec& s);

/// Writes what a valid `format` says into the other members; without one nothing happens.
void apply_format(WeightRule& rule);
void apply_format(ActivationRule& rule);

/// Rules between keys (Q format beside bits, zero point without scale, …); throws RuleError with paths that begin
/// with "quantization.".
void validate(const QuantizationSpec& spec);

}  // namespace ohmic::workloads

// SPDX-License-Identifier: Apache-2.0
// From a rounded quotient to what the zero point is added to: nothing, ReLU, leaky ReLU with a slope of the layer or
// one that a register draws for every beat.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "sim/pin/lfsr.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::sim::pin {

class ActivationUnit {
 public:
  /// `beat_elements`: outputs that enter together. `output_bits`: of an output integer.
  ActivationUnit(workloads::Activation activation, const workloads::Leaky& leaky, int beat_elements, int output_bits)
      : kind_(activation),
        alpha_(leaky.alpha),
        rounding_(leaky.rounding == workloads::LeakyRounding::half_up ? 1 << (kFractionBits - 1) : 0),
        lowest_(-(std::int64_t{1} << (output_bits + kFractionBits))),
        beat_elements_(beat_elements) {
    if (kind_ == workloads::Activation::leaky_relu && leaky.randomized) lfsr_.emplace(leaky.randomized->seed);
  }

  /// An element of the beat that is in the unit.
  [[nodiscard]] std::int64_t apply(std::int64_t quotient) const {
    if (quotient >= 0 || kind_ == workloads::Activation::none) return quotient;
    if (kind_ == workloads::Activation::relu) return 0;
    return (std::max(quotient, lowest_) * (lfsr_ ? lfsr_->alpha() : alpha_) + rounding_) >> kFractionBits;
  }
  /// The cycle of a beat ends.
  void end_beat() {
    if (lfsr_) lfsr_->step();
  }
  /// Element `index` of `count` has passed; elements come in order, the last beat may be filled in part.
  void passed(int index, int count) {
    if ((index + 1) % beat_elements_ == 0 || index + 1 == count) end_beat();
  }

 private:
  static constexpr int kFractionBits = 6;  // of a slope

  workloads::Activation kind_;
  int alpha_;
  int rounding_;         // what is added before bits are dropped
  std::int64_t lowest_;  // below it every slope but 0 saturates the output
  int beat_elements_;
  std::optional<Lfsr> lfsr_;
};

}  // namespace ohmic::sim::pin

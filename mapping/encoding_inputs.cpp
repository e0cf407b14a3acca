// SPDX-License-Identifier: Apache-2.0
// Input integers → drive values → digits on the rows, step by step.
#include <algorithm>
#include <bit>

#include "mapping/encoding_parts.hpp"

namespace ohmic::mapping {

namespace {

using models::InputEncoding;

/// Digits of bits [0, bits) of the drive value, `dac_bits` at a time; the last may have fewer.
void add_digits(std::vector<InputStep>& steps, int bits, int dac_bits, bool negative_phase) {
  for (int shift = 0; shift < bits; shift += dac_bits) {
    const std::int64_t weight = std::int64_t{1} << shift;
    steps.push_back({shift, std::min(dac_bits, bits - shift), negative_phase ? -weight : weight, negative_phase});
  }
}

int drive_offset(InputEncoding encoding, const workloads::QuantParams& input) {
  switch (encoding) {
    case InputEncoding::unsigned_:
    case InputEncoding::bipolar:
      return input.q_min();
    case InputEncoding::twos_complement:
      return input.is_signed ? 0 : 1 << (input.bits - 1);
    case InputEncoding::sign_magnitude:
      return input.zero_point;
  }
  throw std::logic_error("unknown input encoding");
}

}  // namespace

InputPlan plan_inputs(const workloads::QuantParams& input, const models::InputSpec& spec) {
  InputPlan plan;
  plan.encoding = spec.encoding;
  plan.offset = drive_offset(spec.encoding, input);
  plan.v_min = input.q_min() - plan.offset;
  plan.v_max = input.q_max() - plan.offset;
  plan.bits = input.bits;
  switch (spec.encoding) {
    case InputEncoding::unsigned_:
    case InputEncoding::bipolar:
      add_digits(plan.steps, plan.bits, spec.dac_bits, false);
      break;
    case InputEncoding::twos_complement: {
      const int top = plan.bits - 1;
      add_digits(plan.steps, top, spec.dac_bits, false);
      plan.steps.push_back({top, 1, -(std::int64_t{1} << top), false});
      break;
    }
    case InputEncoding::sign_magnitude: {
      const auto largest = static_cast<unsigned>(std::max(std::abs(plan.v_min), std::abs(plan.v_max)));
      plan.bits = std::max(1, static_cast<int>(std::bit_width(largest)));
      add_digits(plan.steps, plan.bits, spec.dac_bits, false);
      add_digits(plan.steps, plan.bits, spec.dac_bits, true);
      break;
    }
  }
  return plan;
}

int InputPlan::digit(int drive, int step) const {
  const InputStep& s = steps[static_cast<std::size_t>(step)];
  if (encoding == InputEncoding::bipolar) return ((drive >> s.shift) & 1) != 0 ? 1 : -1;
  if (encoding == InputEncoding::sign_magnitude) drive = std::max(s.negative_phase ? -drive : drive, 0);
  return (drive >> s.shift) & ((1 << s.bits) - 1);
}

int InputPlan::max_digit(int step) const {
  const InputStep& s = steps[static_cast<std::size_t>(step)];
  const int full = (1 << s.bits) - 1;
  if (encoding != InputEncoding::sign_magnitude) return full;
  return std::min(full, std::max(s.negative_phase ? -v_min : v_max, 0) >> s.shift);
}

}  // namespace ohmic::mapping

// SPDX-License-Identifier: Apache-2.0
// How integers become cells and row drives, and how conversions become the integer product again. Pure functions of
// a QuantizedConv and the array section: values, weight images and RTL all use this one definition.
#pragma once

#include <cstdint>
#include <vector>

#include "models/architecture.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::mapping {

/// One step of a vector: which digit of the drive value is on the rows, and what it is worth.
struct InputStep {
  int shift = 0;                // of the first bit of the digit
  int bits = 1;                 // of the digit
  std::int64_t weight = 1;      // significance: ±2^shift
  bool negative_phase = false;  // sign_magnitude: digits of max(−v, 0) instead of max(v, 0)
};

/// Drive value of an input integer: v = x − offset. The digit of step t is
///   unsigned, twos_complement: (v >> shift) & (2^bits − 1) of v in two's complement
///   sign_magnitude:            the same of max(±v, 0)
///   bipolar:                   +1 where bit `shift` of v is set, else −1
/// Σ_t weight(t) · digit(t) is v, with bipolar inputs 2v − (2^bits − 1).
struct InputPlan {
  models::InputEncoding encoding = models::InputEncoding::unsigned_;
  int offset = 0;
  int bits = 8;              // of the drive value; of its magnitude with sign_magnitude
  int v_min = 0, v_max = 0;  // reachable drive values
  std::vector<InputStep> steps;

  [[nodiscard]] int digit(int drive, int step) const;
  /// Largest digit of a step that a drive value can reach (the smallest is 0, bipolar −1).
  [[nodiscard]] int max_digit(int step) const;
};

/// One slice of a weight: `bits` bits from `shift` of its code word, worth `weight` per unit.
struct WeightSlice {
  int shift = 0;
  int bits = 1;
  std::int64_t weight = 1;  // ±2^shift
};

/// Cell codes of one layer. Polarity 0 is the positive plane (the only one unless differential).
struct WeightPlan {
  models::WeightEncoding encoding = models::WeightEncoding::differential;
  int planes = 1;  // polarities
  std::vector<WeightSlice> slices;
  int rows = 0;
  int columns = 0;                  // of the matrix (output channels)
  std::vector<std::uint8_t> codes;  // [polarity][slice][row][column], unsigned cell codes

  [[nodiscard]] std::size_t index(int polarity, int slice, int row, int column) const {
    return ((static_cast<std::size_t>(polarity) * slices.size() + static_cast<std::size_t>(slice)) *
                static_cast<std::size_t>(rows) +
            static_cast<std::size_t>(row)) *
               static_cast<std::size_t>(columns) +
           static_cast<std::size_t>(column);
  }
  [[nodiscard]] int code(int polarity, int slice, int row, int column) const {
    return codes[index(polarity, slice, row, column)];
  }
  /// What a code conducts: itself; with xnor 2·code − 1.
  [[nodiscard]] int level(int code) const { return encoding == models::WeightEncoding::xnor ? 2 * code - 1 : code; }
};

/// Σ_r w[c][r] · (x[r] − zero point) = (raw[c] + input_sum · Σ_r v[r] + constant[c]) / 2^shift, where
/// raw[c] = Σ_steps Σ_slices Σ_polarity step.weight · slice.weight · (±1) · converted column value.
/// Σ_r v[r] is of the drive values of InputPlan in every encoding (of x − q_min with bipolar inputs too).
/// Exact with lossless conversion; otherwise the quotient is rounded half to even.
struct Reconstruction {
  int shift = 0;
  std::int64_t input_sum = 0;          // 0: no input sum is needed
  std::vector<std::int64_t> constant;  // per column
};

/// A layer ready for arrays; or one whose weights stream into multiply lanes, of which only the size is told.
struct EncodedLayer {
  InputPlan inputs;
  WeightPlan weights;
  Reconstruction reconstruction;
  bool is_streamed = false;
};

/// Throws RuleError (paths "architecture.array.…") for what cannot be: xnor without bipolar inputs or with cells of
/// more than one bit, bipolar with dac_bits > 1, digital polarity where there is only one plane. std::logic_error for
/// weights outside of their bits.
[[nodiscard]] EncodedLayer encode_layer(const workloads::QuantizedConv& layer, const workloads::QuantParams& input,
                                        const models::ArraySpec& array);

/// Smallest and largest value that a converter can see on one column of one row group, for ideal cells.
struct ConversionRange {
  std::int64_t low = 0;
  std::int64_t high = 0;
};

/// What is converted together, from `accumulate`: a conversion covers steps [step_begin, step_end), slices
/// [slice_begin, slice_end) and one polarity or both (polarity −1: the difference p − n, or the only plane).
/// The column value is Σ_r coefficient[r] · drive[r], below.
struct Conversion {
  int step_begin = 0, step_end = 1;
  int slice_begin = 0, slice_end = 1;
  int polarity = -1;
  std::int64_t weight = 1;  // of the converted value in `raw`: first step's · first slice's weight, negative for n
  bool operator==(const Conversion&) const = default;
};
/// All conversions of one column and row group, in the order in which they happen: steps outermost, then slices,
/// polarity innermost. Inputs that accumulate in analog do so with their sign: one conversion covers both phases.
[[nodiscard]] std::vector<Conversion> conversions_of(const EncodedLayer& layer, const models::ArraySpec& array);

/// What the cells of one row conduct in a conversion: Σ over its slices of slice.weight / first slice's weight ·
/// level, the n plane taken off where both polarities meet.
[[nodiscard]] std::int64_t conversion_coefficient(const EncodedLayer& layer, const Conversion& conversion, int row,
                                                  int column);
/// What drives a row in a conversion: Σ over its steps of step.weight / first step's weight · digit.
[[nodiscard]] std::int64_t conversion_drive(const InputPlan& inputs, const Conversion& conversion, int drive);

/// Range of Σ_r coefficient[r] · drive[r] over rows [row_begin, row_end), each row driven independently.
[[nodiscard]] ConversionRange reachable_range(const EncodedLayer& layer, const Conversion& conversion, int row_begin,
                                              int row_end, int column);

/// Range over all columns, conversions, row blocks and row groups of a layer.
[[nodiscard]] ConversionRange reachable_range(const EncodedLayer& layer, const models::ArraySpec& array);

/// Bits of a converter that has a code for every unit of the range.
[[nodiscard]] int lossless_bits(const ConversionRange& range);

}  // namespace ohmic::mapping

// SPDX-License-Identifier: Apache-2.0
// A layer for arrays: what cannot be encoded, and how the integer product comes back. See docs/arrays.md.
#include "mapping/encoding.hpp"

#include <fmt/format.h>

#include <bit>

#include "base/config_reader.hpp"
#include "mapping/encoding_parts.hpp"

namespace ohmic::mapping {

namespace {

using models::Domain;
using models::InputEncoding;
using models::WeightEncoding;

void require_possible(const models::ArraySpec& array) {
  if (array.weights.encoding == WeightEncoding::xnor && array.inputs.encoding != InputEncoding::bipolar) {
    throw RuleError("architecture.array.inputs.encoding", "xnor weights need bipolar inputs");
  }
  if (array.weights.encoding == WeightEncoding::xnor && array.cell.bits != 1) {
    throw RuleError("architecture.array.cell.bits",
                    fmt::format("xnor weights need 1-bit cells, not {}", array.cell.bits));
  }
  if (array.inputs.encoding == InputEncoding::bipolar && array.inputs.dac_bits != 1) {
    throw RuleError(
        "architecture.array.inputs.dac_bits",
        fmt::format("bipolar inputs are driven bit by bit, dac_bits must be 1, not {}", array.inputs.dac_bits));
  }
  if (array.accumulate.polarity == Domain::digital && array.planes() == 1) {
    throw RuleError("architecture.array.accumulate.polarity",
                    "digital needs differential weights: the others have one plane and nothing to subtract");
  }
}

/// Cells hold W = a·w + b and rows are driven with D = c·v − d, so that
///   raw = Σ W·D = a·c·Σ w·v − a·d·Σ w + b·c·Σ v − b·d·rows   and   Σ w·v = Σ w·(x − z) + (z − offset)·Σ w.
/// Solved for Σ w·(x − z); a and c are 1 or 2.
struct Linear {
  std::int64_t a = 1, b = 0, c = 1, d = 0;
};

Linear linear_form(const EncodedLayer& layer, int weight_bits) {
  Linear form;
  if (layer.weights.encoding == WeightEncoding::offset) form.b = std::int64_t{1} << (weight_bits - 1);
  // Σ 2^k (2·bit − 1) over the bits of w + 2^(b−1) = 2w + 1.
  if (layer.weights.encoding == WeightEncoding::xnor) form.a = 2, form.b = 1;
  if (layer.inputs.encoding == InputEncoding::bipolar) form.c = 2, form.d = (std::int64_t{1} << layer.inputs.bits) - 1;
  return form;
}

Reconstruction reconstruct(const EncodedLayer& encoded, const workloads::QuantizedConv& layer, int zero_point) {
  const Linear form = linear_form(encoded, layer.weight_bits);
  Reconstruction result;
  result.shift = std::countr_zero(static_cast<std::uint64_t>(form.a * form.c));
  result.input_sum = -form.b * form.c;
  const std::int64_t per_weight = form.a * (form.d - form.c * (zero_point - encoded.inputs.offset));
  for (int column = 0; column < layer.out_channels; ++column) {
    std::int64_t weight_sum = 0;
    const std::int16_t* weights = layer.weights.data() + static_cast<std::ptrdiff_t>(column) * layer.rows;
    for (int row = 0; row < layer.rows; ++row) weight_sum += weights[row];
    result.constant.push_back(per_weight * weight_sum + form.b * form.d * layer.rows);
  }
  return result;
}

}  // namespace

EncodedLayer encode_layer(const workloads::QuantizedConv& layer, const workloads::QuantParams& input,
                          const models::ArraySpec& array) {
  require_possible(array);
  EncodedLayer encoded;
  encoded.inputs = plan_inputs(input, array.inputs);
  encoded.weights = plan_weights(layer, array);
  encoded.reconstruction = reconstruct(encoded, layer, input.zero_point);
  return encoded;
}

}  // namespace ohmic::mapping

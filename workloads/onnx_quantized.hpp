// SPDX-License-Identifier: Apache-2.0
// Layers whose parameters the file has in integers.
#pragma once

#include <optional>
#include <vector>

#include "workloads/onnx_operator.hpp"

namespace ohmic::workloads {

/// The integers of a layer, nothing where `weights` are no result of DequantizeLinear. `order`: where in the constant
/// each weight of the Conv stands; `output_axis`: its dimension of output channels. Unsupported when scales run along
/// another one, or when integers less their zero point do not fit their bits.
[[nodiscard]] std::optional<IntegerWeights> integer_weights(const Constant& weights,
                                                            const std::vector<std::size_t>& order,
                                                            std::size_t output_axis);

/// Adds the bias of `outputs` values (one in the constant stands for all) where it came in integers too.
void add_integer_bias(const Constant& bias, std::size_t outputs, std::optional<IntegerWeights>& integers);

}  // namespace ohmic::workloads

// SPDX-License-Identifier: Apache-2.0
// The two halves of encode_layer.
#pragma once

#include "mapping/encoding.hpp"

namespace ohmic::mapping {

[[nodiscard]] InputPlan plan_inputs(const workloads::QuantParams& input, const models::InputSpec& spec);
[[nodiscard]] WeightPlan plan_weights(const workloads::QuantizedConv& layer, const models::ArraySpec& array);

}  // namespace ohmic::mapping

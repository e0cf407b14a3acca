// SPDX-License-Identifier: Apache-2.0
// The integers of one layer: weights and bias of a convolution, factors of pooling and addition.
#pragma once

#include <string>

#include "base/error.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::workloads {

/// Where one layer stands and what it is told.
struct LayerContext {
  const std::string& name;
  const QuantizationSpec& spec;
  const LeakyRule& leaky;
  Warnings& warnings;
};

/// RuleError when the slope is not in 0 … 127/64 (unless the rule draws slopes of its own).
[[nodiscard]] Leaky quantize_leaky(float slope, LayerContext context);

[[nodiscard]] QuantizedConv quantize_conv(const Conv& conv, const WeightRule& rule, const QuantParams& input,
                                          const QuantParams& output, LayerContext context);

/// `shape`: of the pooling's input. RuleError when `shift` requantization cannot divide by the window's size.
[[nodiscard]] QuantizedPool quantize_pool(const Pool& pool, const Shape& shape, const QuantParams& input,
                                          const QuantParams& output, LayerContext context);

[[nodiscard]] QuantizedAdd quantize_add(const Add& add, const QuantParams& a, const QuantParams& b,
                                        const QuantParams& output, LayerContext context);

}  // namespace ohmic::workloads

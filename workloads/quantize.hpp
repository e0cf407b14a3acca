// SPDX-License-Identifier: Apache-2.0
// Graph → QuantizedGraph by rules, with ranges calibrated on data.
#pragma once

#include "workloads/dataset.hpp"
#include "workloads/float_executor.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::workloads {

/// Range of a node's float output over the calibration images.
struct NodeRange {
  double low = 0;
  double high = 0;
};

/// Which node's range is wanted, and how much of it: percentile 100 is all.
struct RangeRequest {
  int node = 0;
  double percentile = 100;
};

/// One range per request over all images of `data`. Percentiles are exact order statistics: the value of rank
/// ceil(p/100 · n) of the n sorted values, and its mirror from below. InputError when a node gives infinities.
[[nodiscard]] std::vector<NodeRange> calibrate(const Graph& graph, const std::vector<RangeRequest>& requests,
                                               const Dataset& data, const Normalize& normalize, int threads);

/// Integer parameters that cover `range`, which is widened to hold 0 so that zero is exact. A scale that the rule
/// gives is taken as it is. What is lost (values cut off, a node that is always zero) goes to `warnings`.
[[nodiscard]] QuantParams choose_params(const ActivationRule& rule, const NodeRange& range, const std::string& node,
                                        Warnings& warnings);

/// Rank (from 1) of the percentile among `count` sorted values.
[[nodiscard]] std::int64_t percentile_rank(double percentile, std::int64_t count);

/// With `rules: from_network` scales, zero points and integers are those of the network's file; nodes that it leaves in
/// real numbers stay float. RuleError at "quantization.rules" when rules and such integers meet, or both are missing.
/// `data` may be empty (count 0) when every activation scale is given by the user; otherwise missing calibration
/// data is a RuleError at "workload.data.calibration".
[[nodiscard]] QuantizedGraph quantize(const Graph& graph, const QuantizationSpec& spec, const Dataset& data,
                                      const Normalize& normalize, int threads);

/// Exports in ONNX integer operators (ConvInteger, Add, Cast, Mul, QuantizeLinear …) a graph with `real`
/// requantization and at most 8 bits; every intermediate is an output of the model, named as its node.
/// Returns the serialised model. RuleError when the graph has something that ONNX cannot say exactly.
[[nodiscard]] std::string export_integer_onnx(const QuantizedGraph& graph, const Normalize& normalize);

}  // namespace ohmic::workloads

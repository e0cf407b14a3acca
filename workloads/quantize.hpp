// SPDX-License-Identifier: Apache-2.0
// Graph → QuantizedGraph by rules, with ranges calibrated on data.
#pragma once

#include "workloads/dataset.hpp"
#include "workloads/float_executor.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::workloads {

/// Range of every node's float output over the calibration images. Percentiles are exact order statistics: value
/// of rank ceil(p/100 · n) of the sorted values, and its mirror from below.
struct NodeRange {
  double low = 0;
  double high = 0;
};

/// `data` may be empty (count 0) when every activation scale is given by the user; otherwise missing calibration
/// data is a RuleError at "workload.data.calibration".
[[nodiscard]] QuantizedGraph quantize(const Graph& graph, const QuantizationSpec& spec, const Dataset& data,
                                      const Normalize& normalize, int threads);

/// Exports in ONNX integer operators (ConvInteger, Add, Cast, Mul, QuantizeLinear …) a graph with `real`
/// requantization and at most 8 bits; every intermediate is an output of the model, named as its node.
/// Returns the serialised model. RuleError when the graph has something that ONNX cannot say exactly.
[[nodiscard]] std::string export_integer_onnx(const QuantizedGraph& graph, const Normalize& normalize);

}  // namespace ohmic::workloads

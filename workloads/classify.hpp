// SPDX-License-Identifier: Apache-2.0
// Predictions of a QuantizedGraph, and predictions against labels.
#pragma once

#include <vector>

#include "workloads/execute.hpp"

namespace ohmic::workloads {

/// Predicted class of images [first, first + count) of `data`, executed as one block: the first of the largest outputs.
[[nodiscard]] std::vector<int> classify_block(const QuantizedGraph& graph, const MatrixBackend& backend,
                                              const Dataset& data, const Normalize& normalize, int first, int count);

/// Predicted class of images [0, images) of `data`, in blocks on up to `threads` threads.
[[nodiscard]] std::vector<int> classify(const QuantizedGraph& graph, const MatrixBackend& backend, const Dataset& data,
                                        const Normalize& normalize, int images, int threads);

/// How many predictions agree with the labels.
[[nodiscard]] int count_correct(const std::vector<int>& predictions, const Dataset& data);

}  // namespace ohmic::workloads

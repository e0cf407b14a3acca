// SPDX-License-Identifier: Apache-2.0
// ONNX files (opset 7 and later) → Graph. Shapes are inferred here; constant subgraphs are folded.
#pragma once

#include <string>
#include <vector>

#include "workloads/graph.hpp"

namespace ohmic::workloads {

/// One thing in a model that Ohmic cannot run: "node 'x' (LSTM): operator is not supported".
using Problem = std::string;

/// Reads a model; InputError(file, …) for a file that is missing, truncated or no ONNX model, and for the first
/// problem.
[[nodiscard]] Graph import_onnx(const std::string& file);

/// All problems of a model, empty when it can be imported. InputError only when the file itself cannot be read.
[[nodiscard]] std::vector<Problem> check_onnx(const std::string& file);

}  // namespace ohmic::workloads

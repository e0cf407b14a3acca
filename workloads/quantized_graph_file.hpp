// SPDX-License-Identifier: Apache-2.0
// A network of integers from a file.
#pragma once

#include <string>

#include "workloads/quantized_graph.hpp"

namespace ohmic::workloads {

/// What save_quantized_graph wrote into `file`; InputError with the place of what is wrong.
[[nodiscard]] QuantizedGraph read_quantized_graph(const std::string& file);

}  // namespace ohmic::workloads

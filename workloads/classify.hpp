// SPDX-License-Identifier: Apache-2.0
// Predictions against labels.
#pragma once

#include <vector>

#include "workloads/dataset.hpp"

namespace ohmic::workloads {

/// How many predictions agree with the labels.
[[nodiscard]] int count_correct(const std::vector<int>& predictions, const Dataset& data);

}  // namespace ohmic::workloads

// SPDX-License-Identifier: Apache-2.0
// What an evaluation found, joined to the layers of a result, and what it warns of (docs/accuracy.md).
#pragma once

#include "explore/pipeline.hpp"
#include "explore/run_spec.hpp"
#include "report/result.hpp"
#include "values/converter.hpp"

namespace ohmic::explore {

/// Fills the accuracy columns of `result.layers` from `result.arrays` and appends warnings.
void add_accuracy(const MappedNetwork& mapped, const values::ConverterRanges& ranges, const RunSpec& spec,
                  report::RunResult& result);

}  // namespace ohmic::explore

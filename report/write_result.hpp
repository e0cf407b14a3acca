// SPDX-License-Identifier: Apache-2.0
// The files of one result: summary.json, layers.csv, result.h5 (docs/results.md).
#pragma once

#include <filesystem>

#include "report/result.hpp"

namespace ohmic::report {

/// Writes the files of a result into `folder`, which exists.
void write_result(const RunResult& result, const std::filesystem::path& folder);

}  // namespace ohmic::report

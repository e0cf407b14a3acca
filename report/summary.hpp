// SPDX-License-Identifier: Apache-2.0
// RunResult → the files of a result (docs/results.md). Pure functions from data to text.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "report/result.hpp"

namespace ohmic::report {

/// A number written exactly as `units · 10^−decimals`: attojoules as picojoules without a rounding.
__extension__ using WideInteger = __int128;
[[nodiscard]] Json exact_decimal(WideInteger units, int decimals);

/// Text as a CSV field (RFC 4180).
[[nodiscard]] std::string csv_field(const std::string& text);

/// JSON text with two spaces a level; exact decimals are written as numbers.
[[nodiscard]] std::string json_text(const Json& json);

/// summary.json as a tree, in the keys of docs/results.md.
[[nodiscard]] Json summary(const RunResult& result);

/// The leaves of a summary that are numbers, as ("energy.per_image_pj", "123.4"), for one row of a sweep's table.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> flat_numbers(const Json& summary);

/// layers.csv.
[[nodiscard]] std::string layers_csv(const RunResult& result);

/// What a person reads on the terminal.
[[nodiscard]] std::string console_tables(const RunResult& result);

}  // namespace ohmic::report

// SPDX-License-Identifier: Apache-2.0
// The part of a result that says what the answers are worth, as JSON and as text.
#pragma once

#include <string>

#include "report/result.hpp"

namespace ohmic::report {

/// `accuracy` or `metric` of summary.json.
[[nodiscard]] Json score_json(const RunResult& result);
/// `wires`: what they do to one array (docs/wires.md).
[[nodiscard]] Json wires_json(const values::WireReport& wires);
/// `attribution`.
[[nodiscard]] Json attribution_json(const values::Attribution& attribution);

/// Scores with their intervals.
[[nodiscard]] std::string score_lines(const RunResult& result);
/// Tables of layers and of attribution, as far as they were computed.
[[nodiscard]] std::string score_tables(const RunResult& result);

}  // namespace ohmic::report

// SPDX-License-Identifier: Apache-2.0
// The accuracy part of a result as JSON and as text.
#pragma once

#include <string>

#include "report/result.hpp"

namespace ohmic::report {

/// `accuracy` of summary.json.
[[nodiscard]] Json accuracy_json(const RunResult& result);
/// `attribution` of summary.json.
/// "wires": what they do to one array (docs/wires.md).
[[nodiscard]] Json wires_json(const values::WireReport& wires);
[[nodiscard]] Json attribution_json(const values::Attribution& attribution);

/// Accuracies with their intervals.
[[nodiscard]] std::string accuracy_lines(const RunResult& result);
/// Tables of layers and of attribution, as far as they were computed.
[[nodiscard]] std::string accuracy_tables(const RunResult& result);

}  // namespace ohmic::report

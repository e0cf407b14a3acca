// SPDX-License-Identifier: Apache-2.0
// IR drop as effective conductances: what the cells of a layer are worth behind the wires of their arrays.
// docs/wires.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mapping/encoding.hpp"
#include "models/architecture.hpp"
#include "values/array_backend.hpp"

namespace ohmic::values {

/// Effective conductances of the cells of a layer (both laid as WeightPlan::codes, in 2^-F levels), array by array on
/// up to `threads` threads; the same bits for any number. `cells` themselves without wires or where Cause::wires is
/// switched off. RuleError where a solver fails: it says in which array and how far it got.
[[nodiscard]] std::vector<std::int16_t> behind_wires(const mapping::WeightPlan& plan, const models::ArraySpec& array,
                                                     Causes causes, int threads, std::vector<std::int16_t> cells);

/// What wires do to one array, and what the fast solver does wrong there.
struct WireReport {
  std::string layer;
  double current_loss = 0;          // share of the ideal current that is lost with all rows driven
  std::optional<double> max_error;  // |fast − nodal|, as fractions of the largest effective conductance
  std::optional<double> rms_error;
};
/// `graph`: whose matrix layers these are. Of the first array of that layer whose first array has the most cells, on
/// the given chip. Absent without wires or without a layer on arrays.
[[nodiscard]] std::optional<WireReport> report_wires(const workloads::QuantizedGraph& graph,
                                                     const std::vector<mapping::EncodedLayer>& layers,
                                                     const models::ArraySpec& array, const ConverterRanges& ranges,
                                                     const Chip& chip);

}  // namespace ohmic::values

// SPDX-License-Identifier: Apache-2.0
// What repairs of a run cost and bring (docs/circuits.md, Repair).
#pragma once

#include "mapping/program.hpp"
#include "models/architecture.hpp"
#include "report/result.hpp"
#include "values/repair.hpp"

namespace ohmic::explore {

/// The chip with the pipeline stages that corrections take.
[[nodiscard]] models::ArchitectureSpec with_corrections(const values::RepairSpec& repair,
                                                        models::ArchitectureSpec architecture);

/// Adds the actions of corrections to the stages that make them.
void add_corrections(const values::RepairSpec& repair, mapping::Program& program);

/// The costs of one repair that is on; `calibration_images`: of the calibration split.
[[nodiscard]] report::RepairResult repair_costs(values::Repair repair, const values::RepairSpec& spec,
                                                const mapping::Program& program,
                                                const models::ArchitectureSpec& architecture, int calibration_images);

/// Fills `without` and `gain` from trials of the same chips with and without a repair.
void set_gain(const workloads::Metric& metric, const std::vector<double>& with, const std::vector<double>& without,
              report::RepairResult& result);

/// What converters and corrections warn of.
[[nodiscard]] Warnings circuit_warnings(const models::ArchitectureSpec& architecture, const values::RepairSpec& repair);

}  // namespace ohmic::explore

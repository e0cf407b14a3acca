// SPDX-License-Identifier: Apache-2.0
// The whole of a run's YAML (docs/configuration.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/config_node.hpp"
#include "base/fields.hpp"
#include "base/json_writer.hpp"
#include "mapping/mapper.hpp"
#include "models/architecture.hpp"
#include "sim/timing.hpp"
#include "values/evaluate.hpp"
#include "values/repair.hpp"
#include "workloads/dataset.hpp"
#include "workloads/quantization_spec.hpp"

namespace ohmic::explore {

struct DataSpec {
  workloads::DatasetSpec test;
  std::optional<workloads::DatasetSpec> calibration;
  workloads::Normalize normalize;
};

struct WorkloadSpec {
  FilePath network;
  DataSpec data;
};

struct RunSpec {
  std::uint64_t seed = 0;
  WorkloadSpec workload;
  workloads::QuantizationSpec quantization;
  models::ArchitectureSpec architecture;
  mapping::MappingSpec mapping;
  values::EvaluationSpec evaluation;
  values::RepairSpec repair;
  sim::SimulationSpec simulation;
};
void fields(Fields& f, RunSpec& s);

/// A document and what it says. Rules that break later are located in `root`.
struct RunConfig {
  std::string name;  // of the file, without folder and ending
  ConfigNode root;
  RunSpec spec;
};

/// Reads, overrides and validates; InputError with the place of the first mistake.
[[nodiscard]] RunConfig read_run(const std::string& file, const std::vector<std::string>& overrides);
[[nodiscard]] RunConfig read_run(std::string name, ConfigNode root);

/// The resolved configuration as JSON.
[[nodiscard]] Json resolved_configuration(const RunSpec& spec);

}  // namespace ohmic::explore

// SPDX-License-Identifier: Apache-2.0
// Everything that one run found, as plain data. summary.cpp, result_folder.cpp and console.cpp only format it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json_writer.hpp"
#include "base/units.hpp"
#include "mapping/program.hpp"
#include "models/architecture.hpp"
#include "report/energy.hpp"
#include "sim/timing.hpp"
#include "values/evaluate.hpp"
#include "values/wires.hpp"
#include "workloads/score.hpp"

namespace ohmic::report {

struct Provenance {
  std::string version;
  std::uint64_t seed = 0;
  std::string config_digest;  // SHA-256 of the resolved configuration and of the content of every file it names
};

/// One matrix layer, pool, addition or other node that does work on the chip.
struct LayerResult {
  std::string name;
  std::string operation;
  int rows = 0, columns = 0;  // of the weight matrix; 0 for other nodes
  int pixels = 0;
  int arrays = 0, replicas = 0;
  double cell_utilisation = 0;
  std::int64_t conversions_per_image = 0;
  std::optional<double> clipped_fraction;  // of conversions, where the arithmetic counted them
  // Of a sample of images (docs/accuracy.md); absent where none was taken or the layer has no arrays.
  std::optional<double> inexact_fraction;
  std::optional<double> rounding_rms_lsb;
  std::optional<double> sqnr_db;  // absent without an error, too
  std::optional<double> error_rms;
  sim::StageTiming timing;     // of the node's busiest stage
  Cycle first_output = 0;      // its first token is computed
  double interval_cycles = 0;  // mean between its tokens while images follow each other: interval / tokens
  std::string busiest_stage;
  std::int64_t energy_aj = 0;  // dynamic, per image, without the fabric
};

/// One repair that is on (docs/circuits.md).
struct RepairResult {
  std::string name;                      // its key in `repair`
  values::Scores without;                // of the same chips without it alone
  values::Scores gain;                   // paired: with it less without it
  std::int64_t calibration_vectors = 0;  // read by arrays, once: of all layers and replicas
  Cycle calibration_cycles = 0;
  std::int64_t calibration_aj = 0;  // in no image
  std::int64_t per_image_aj = 0;    // of correcting, in the energy of the image
};

struct RunResult {  // NOLINT(bugprone-exception-escape): none of the members throws when it is moved
  std::string name;
  Provenance provenance;
  Json configuration;  // resolved, complete
  Warnings warnings;

  int images = 0;            // of the test split
  workloads::Metric metric;  // of all scores
  std::vector<int> labels;   // empty where the metric is no accuracy
  double score_float = 0;
  double score_integer = 0;
  values::Evaluation arrays;
  std::vector<RepairResult> repairs;
  std::optional<values::WireReport> wires;  // of one array; absent without wire resistance

  double clock_ghz = 0;
  Cycle programming_cycles = 0;
  sim::TimingResult timing;
  std::vector<std::string> stage_names;  // of timing.stages

  EnergyReport energy;
  models::Nameplate nameplate;
  std::int64_t macs = 0;  // of one image

  int arrays_used = 0, arrays_available = 0;
  double cell_utilisation = 0;  // cells that hold weights / cells of the arrays used
  std::vector<LayerResult> layers;

  [[nodiscard]] double interval_cycles() const { return energy.interval_cycles; }
  [[nodiscard]] double latency_ns() const { return static_cast<double>(timing.latency_cycles) / clock_ghz; }
  [[nodiscard]] double images_per_s() const { return clock_ghz * 1e9 / interval_cycles(); }
  [[nodiscard]] double tops() const { return 2 * static_cast<double>(macs) * images_per_s() * 1e-12; }
  /// Mean power while images follow each other, in watt.
  [[nodiscard]] double power_w() const { return static_cast<double>(energy.per_image_aj) * 1e-18 * images_per_s(); }
};

/// Joins what the steps found. `timing` belongs to `program`.
[[nodiscard]] std::vector<LayerResult> layer_results(const mapping::Program& program,
                                                     const models::ArchitectureSpec& architecture,
                                                     const sim::TimingResult& timing, const EnergyReport& energy);

}  // namespace ohmic::report

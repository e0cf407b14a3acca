// SPDX-License-Identifier: Apache-2.0
// Runs every point of a sweep in a process of its own and joins the results.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "explore/pipeline.hpp"
#include "explore/sweep_spec.hpp"

namespace ohmic::explore {

struct SweepOptions {
  std::filesystem::path out;
  int jobs = 0;                        // worker processes; 0 = all cores
  bool resume = false;                 // keep the points that are done
  bool force = false;                  // replace an existing result
  std::vector<std::string> overrides;  // --set, for every point
  PipelineOptions pipeline;
};

struct SweepProgress {
  int done = 0, total = 0, failed = 0;
  double seconds = 0;  // since the start
  double eta_seconds = 0;
  Warnings warnings;  // what the first point showed, told once
};

struct SweepOutcome {
  int points = 0;
  int reused = 0;  // found done by --resume
  int failed = 0;  // bad input of single points: a column of sweep.csv says why
  Warnings warnings;
};

/// All points are read and validated before anything is written or run. The parent starts no thread and no SystemC.
/// Results of points and sweep.csv have the same bytes for any number of jobs, with or without an interruption.
[[nodiscard]] SweepOutcome run_sweep(const SweepConfig& config, const SweepOptions& options,
                                     const std::function<void(const SweepProgress&)>& progress);

}  // namespace ohmic::explore

// SPDX-License-Identifier: Apache-2.0
// The folder of a sweep: its description, a result for each point, one CSV and one HDF5 of all (docs/results.md).
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "explore/journal.hpp"
#include "explore/run_spec.hpp"
#include "explore/sweep_spec.hpp"

namespace ohmic::explore {

struct SweepPoint {
  int index = 0;
  Assignment assignment;
  RunConfig config;
  std::string digest;  // version and config_digest
};

class SweepStore {
 public:
  static constexpr const char* kDescription = "sweep.json";

  explicit SweepStore(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void describe(const SweepConfig& config) { config_ = config; }
  void write_description(const std::vector<SweepPoint>& points) const;
  [[nodiscard]] std::filesystem::path point_folder(int index) const {
    return folder_ / "points" / std::to_string(index);
  }

  /// True when the result in the point's folder is whole, and of this configuration and version.
  [[nodiscard]] bool has_result(const SweepPoint& point) const;

  /// Objectives that the result of a point has no number for.
  [[nodiscard]] Warnings unknown_objectives(int point) const;

  /// Joins all points into sweep.csv and sweep.h5, in the order of the points.
  void consolidate(const std::vector<SweepPoint>& points, const std::vector<JournalEntry>& journal);
  /// Points without a result, counted by consolidate().
  [[nodiscard]] int failed() const { return failed_; }
  /// Objectives that no point has a number for, told by consolidate().
  [[nodiscard]] const Warnings& warnings() const { return warnings_; }

 private:
  [[nodiscard]] Warnings unknown_objectives(const std::vector<std::string>& known) const;

  std::filesystem::path folder_;
  SweepConfig config_;
  int failed_ = 0;
  Warnings warnings_;
};

}  // namespace ohmic::explore

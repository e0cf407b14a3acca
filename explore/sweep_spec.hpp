// SPDX-License-Identifier: Apache-2.0
// A sweep's YAML and the points that its sampler makes of it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/config_node.hpp"
#include "base/fields.hpp"

namespace ohmic::explore {

enum class Goal { min, max };
EnumNames enum_names(Goal);

struct SweepSpec {
  FilePath base;                           // a run
  std::string sampler = "grid";            // a registered Sampler
  ConfigNode parameters;                   // grid: path: [values]
  ConfigNode points;                       // list: [{path: value, …}, …]
  std::map<std::string, Goal> objectives;  // path in summary.json
};
void fields(Fields& f, SweepSpec& s);

/// Values of one point under their dotted paths, in the order of the file.
using Assignment = std::vector<ConfigNode::Entry>;

class Sampler {
 public:
  virtual ~Sampler() = default;
  /// InputError, located, for a section that the sampler cannot use.
  [[nodiscard]] virtual std::vector<Assignment> points(const SweepSpec& spec, const ConfigNode& root) const = 0;
};

/// Reads a sweep file; unknown sampler = located error with the known names.
struct SweepConfig {
  std::string name;
  ConfigNode root;
  SweepSpec spec;
  std::vector<Assignment> points;
};
[[nodiscard]] SweepConfig read_sweep(const std::string& file);

}  // namespace ohmic::explore

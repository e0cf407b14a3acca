// SPDX-License-Identifier: Apache-2.0
// The points that the file lists, one map each.
#include <fmt/format.h>

#include "explore/sweep_spec.hpp"

namespace ohmic::explore {
namespace {

class ListSampler : public Sampler {
 public:
  [[nodiscard]] std::vector<Assignment> points(const SweepSpec& spec, const ConfigNode& root) const override {
    if (spec.parameters.kind != ConfigNode::Kind::null) {
      throw InputError(spec.parameters.where, "parameters", "belongs to the grid sampler, the list takes 'points'");
    }
    if (spec.points.kind != ConfigNode::Kind::sequence || spec.points.items.empty()) {
      throw InputError(root.where, "", "missing key 'points' (list: one map of dotted paths to values for each point)");
    }
    std::vector<Assignment> points;
    for (const ConfigNode& point : spec.points.items) {
      if (point.kind != ConfigNode::Kind::map || point.entries.empty()) {
        throw InputError(point.where, fmt::format("points[{}]", points.size()),
                         "must be a map of dotted paths to values");
      }
      points.emplace_back(point.entries.begin(), point.entries.end());
    }
    return points;
  }
};

const Registration<Sampler, ListSampler> kList{"list"};

}  // namespace
}  // namespace ohmic::explore

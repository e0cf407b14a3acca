// SPDX-License-Identifier: Apache-2.0
// Every combination of the values of every parameter; the last parameter changes fastest.
#include <fmt/format.h>

#include "explore/sweep_spec.hpp"

namespace ohmic::explore {
namespace {

class GridSampler : public Sampler {
 public:
  [[nodiscard]] std::vector<Assignment> points(const SweepSpec& spec, const ConfigNode& root) const override {
    if (spec.points.kind != ConfigNode::Kind::null) {
      throw InputError(spec.points.where, "points", "belongs to the list sampler, the grid takes 'parameters'");
    }
    if (spec.parameters.kind != ConfigNode::Kind::map || spec.parameters.entries.empty()) {
      throw InputError(root.where, "",
                       "missing key 'parameters' (grid: lists of values under dotted paths of the run)");
    }
    std::vector<Assignment> points{{}};
    for (const auto& [path, values] : spec.parameters.entries) {
      if (values.kind != ConfigNode::Kind::sequence || values.items.empty()) {
        throw InputError(values.where, "parameters." + path, "must be a list of values, write [a, b]");
      }
      if (points.size() > kMostPoints / values.items.size()) {
        throw InputError(spec.parameters.where, "parameters", fmt::format("make more than {} points", kMostPoints));
      }
      std::vector<Assignment> more;
      for (const Assignment& point : points) {
        for (const ConfigNode& value : values.items) {
          more.push_back(point);
          more.back().emplace_back(path, value);
        }
      }
      points = std::move(more);
    }
    return points;
  }

 private:
  static constexpr std::size_t kMostPoints = 20000;
};

const Registration<Sampler, GridSampler> kGrid{"grid"};

}  // namespace
}  // namespace ohmic::explore

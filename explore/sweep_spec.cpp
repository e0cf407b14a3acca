// SPDX-License-Identifier: Apache-2.0
#include "explore/sweep_spec.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/config_reader.hpp"

namespace ohmic::explore {

EnumNames enum_names(Goal /*e*/) {
  return {{"min", 0}, {"max", 1}};
}

void fields(Fields& f, SweepSpec& s) {
  f.key("base", s.base, {.doc = "the run that is varied", .required = true});
  f.key("sampler", s.sampler, {.doc = "how points are chosen", .required = true});
  f.key("parameters", s.parameters, {.doc = "grid: lists of values under dotted paths of the run"});
  f.key("points", s.points, {.doc = "list: one map of dotted paths to values for each point"});
  f.key("objectives", s.objectives, {.doc = "paths in summary.json: min or max"});
}

SweepConfig read_sweep(const std::string& file) {
  SweepConfig config;
  config.name = std::filesystem::path(file).stem().string();
  config.root = load_config(file);
  ConfigReader::read(config.root, config.spec);
  const auto& registry = Registry<Sampler>::instance();
  if (!registry.contains(config.spec.sampler)) {
    throw located(config.root, RuleError("sampler", fmt::format("unknown value '{}'{}", config.spec.sampler,
                                                                suggestion(config.spec.sampler, registry.names()))));
  }
  config.points = registry.create(config.spec.sampler)->points(config.spec, config.root);
  return config;
}

}  // namespace ohmic::explore

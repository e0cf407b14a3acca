// SPDX-License-Identifier: Apache-2.0
#include "explore/run_spec.hpp"

#include <filesystem>

#include "base/config_reader.hpp"

namespace ohmic::explore {

void fields(Fields& f, DataSpec& s) {
  f.key("test", s.test, {.doc = "images that accuracy is measured on", .required = true});
  f.key("calibration", s.calibration, {.doc = "images that ranges are taken from"});
  f.key("normalize", s.normalize, {.doc = "x = (pixel - mean) / std"});
}

void fields(Fields& f, WorkloadSpec& s) {
  f.key("network", s.network,
        {.doc = "ONNX file, or .json: a network of integers; data:NAME is looked up along the data path",
         .required = true});
  f.key("data", s.data, {.doc = "images", .required = true});
}

void fields(Fields& f, RunSpec& s) {
  f.key("seed", s.seed, {.doc = "of every random draw"});
  f.key("workload", s.workload, {.doc = "network and data", .required = true});
  f.key("quantization", s.quantization, {.doc = "how the network becomes integers", .required = true});
  f.key("architecture", s.architecture, {.doc = "the chip", .required = true});
  f.key("mapping", s.mapping, {.doc = "how the network is laid on the chip"});
  f.key("evaluation", s.evaluation, {.doc = "accuracy"});
  f.key("repair", s.repair, {.doc = "what chips do about their own errors"});
  f.key("simulation", s.simulation, {.doc = "time"});
}

RunConfig read_run(std::string name, ConfigNode root) {
  RunConfig config{std::move(name), std::move(root), {}};
  ConfigReader::read(config.root, config.spec);
  try {
    workloads::validate(config.spec.quantization);
    models::validate(config.spec.architecture);
    values::validate(config.spec.evaluation);
    values::validate(config.spec.repair, config.spec.architecture.array,
                     config.spec.workload.data.calibration.has_value());
  } catch (const RuleError& error) {
    throw located(config.root, error);
  }
  return config;
}

RunConfig read_run(const std::string& file, const std::vector<std::string>& overrides) {
  ConfigNode root = load_config(file);
  for (const std::string& assignment : overrides) set_path(root, assignment, "--set");
  return read_run(std::filesystem::path(file).stem().string(), std::move(root));
}

Json resolved_configuration(const RunSpec& spec) {
  return JsonWriter::write(spec);
}

}  // namespace ohmic::explore

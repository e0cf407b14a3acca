// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/command.hpp"

namespace ohmic::app {

namespace po = boost::program_options;

namespace {

/// An option that names a value of an enum.
template <class E>
E named(const Arguments& arguments, const std::string& option) {
  const auto text = arguments[option].as<std::string>();
  std::vector<std::string> known;
  for (const auto& [name, number] : enum_names(E{})) {
    if (name == text) return static_cast<E>(number);
    known.emplace_back(name);
  }
  throw InputError("--" + option, fmt::format("unknown value '{}'{}", text, suggestion(text, known)));
}

}  // namespace

void add_compute_options(po::options_description& options) {
  options.add_options()("data", po::value<std::string>(), "folders searched for data:NAME, separated by colons");
  options.add_options()("threads", po::value<int>()->default_value(0), "threads, 0 = all cores; changes no result");
  options.add_options()("path", po::value<std::string>()->default_value("automatic"),
                        "array arithmetic: automatic, per_cell, planes, collapsed or tables; changes no result");
  options.add_options()("isa", po::value<std::string>()->default_value("automatic"),
                        "vector instructions: automatic, portable, avx2 or avx512; changes no result");
}

explore::PipelineOptions pipeline_options(const Arguments& arguments) {
  explore::PipelineOptions options;
  options.data_path =
      arguments.contains("data") ? DataPath(arguments["data"].as<std::string>()) : DataPath::from_environment();
  options.compute.threads = arguments["threads"].as<int>();
  constexpr int kMostThreads = 256;
  if (options.compute.threads < 0 || options.compute.threads > kMostThreads) {
    throw InputError("--threads",
                     fmt::format("must be between 0 and {}, not {}", kMostThreads, options.compute.threads));
  }
  options.compute.path = named<values::Path>(arguments, "path");
  options.compute.dispatch = named<values::Dispatch>(arguments, "isa");
  return options;
}

std::vector<std::string> overrides(const Arguments& arguments) {
  if (!arguments.contains("set")) return {};
  return arguments["set"].as<std::vector<std::string>>();
}

std::string output_folder(const Arguments& arguments, const std::string& name, const std::string& digest) {
  if (arguments.contains("out")) {
    if (arguments["out"].as<std::string>().empty()) throw InputError("--out", "names no folder");
    return arguments["out"].as<std::string>();
  }
  return fmt::format("results/{}-{}", name, digest.substr(0, 8));
}

}  // namespace ohmic::app

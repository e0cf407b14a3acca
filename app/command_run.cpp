// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/command.hpp"
#include "app/hop_trace.hpp"
#include "base/files.hpp"
#include "report/result_folder.hpp"
#include "report/summary.hpp"
#include "report/write_result.hpp"

namespace ohmic::app {
namespace {

namespace po = boost::program_options;

class RunCommand : public Command {
 public:
  [[nodiscard]] std::string summary() const override {
    return "latency, energy, area and accuracy of one network on one chip";
  }
  [[nodiscard]] std::string usage() const override {
    return "run.yaml [--set path=value]… [--out DIR] [--force] [--trace t.json] [--json]";
  }
  [[nodiscard]] std::string example() const override {
    return "ohmic run configs/runs/digits_cnn.yaml --set architecture.array.adc.bits=6";
  }
  [[nodiscard]] std::string positional() const override { return "run.yaml"; }

  void add_options(po::options_description& options) const override {
    options.add_options()("set", po::value<std::vector<std::string>>()->composing(),
                          "path.to.key=value: override one key, may be repeated");
    options.add_options()("out", po::value<std::string>(), "folder of the result (default: results/<name>-<digest>)");
    options.add_options()("force", "replace an existing result");
    options.add_options()("trace", po::value<std::string>(), "write every hop as Chrome trace events (*.json)");
    options.add_options()("json", "print summary.json instead of tables");
    add_compute_options(options);
  }

  [[nodiscard]] int run(const Arguments& arguments) const override {
    explore::PipelineOptions options = pipeline_options(arguments);
    const explore::RunConfig config = explore::read_run(arguments["run.yaml"].as<std::string>(), overrides(arguments));
    const std::string digest = explore::config_digest(config, options);
    const std::filesystem::path out = output_folder(arguments, config.name, digest);
    report::ResultFolder::remove_leftovers(out);
    report::ResultFolder folder(out, arguments.contains("force"));
    HopTrace trace;
    if (arguments.contains("trace")) {
      trace.open(arguments["trace"].as<std::string>());
      options.hops = [&trace](const sim::Hop& hop) { trace.add(hop); };
    }
    const report::RunResult result = explore::run(config, options);
    if (arguments.contains("trace")) trace.finish(explore::map_run(config, options).program);
    report::write_result(result, folder.staging());
    const std::string place = folder.commit().string();
    if (arguments.contains("json")) {
      fmt::print("{}", report::json_text(report::summary(result)));
    } else {
      fmt::print("{}\nwritten to {}\n", report::console_tables(result), place);
    }
    return 0;
  }
};

const Registration<Command, RunCommand> kRun{"run"};

}  // namespace
}  // namespace ohmic::app

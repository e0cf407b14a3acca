// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include "app/command.hpp"
#include "base/files.hpp"
#include "base/json_writer.hpp"
#include "explore/sweep.hpp"

namespace ohmic::app {
namespace {

namespace po = boost::program_options;

/// One line that rewrites itself on a terminal; elsewhere a line for every tenth of the points.
void print_progress(const explore::SweepProgress& p) {
  const std::string line = fmt::format("{} of {} points, {:.0f} s, about {:.0f} s to go{}", p.done, p.total, p.seconds,
                                       p.eta_seconds, p.failed > 0 ? fmt::format(", {} failed", p.failed) : "");
  if (::isatty(STDERR_FILENO) != 0) {
    fmt::print(stderr, "\r{:<78}{}", line, p.done == p.total ? "\n" : "");
  } else if (p.done == p.total || p.done % std::max(1, p.total / 10) == 0) {
    fmt::print(stderr, "{}\n", line);
  }
  if (p.done == p.total) return;  // warnings of all points come then
  for (const std::string& warning : p.warnings) fmt::print(stderr, "\nwarning: {}\n", warning);
}

class SweepCommand : public Command {
 public:
  [[nodiscard]] std::string summary() const override {
    return "many runs with varied keys, in worker processes, joined in one table";
  }
  [[nodiscard]] std::string usage() const override { return "sweep.yaml [--out DIR] [--jobs N] [--resume] [--force]"; }
  [[nodiscard]] std::string example() const override { return "ohmic sweep configs/sweeps/digits_cnn.yaml --jobs 2"; }
  [[nodiscard]] std::string positional() const override { return "sweep.yaml"; }

  void add_options(po::options_description& options) const override {
    options.add_options()("set", po::value<std::vector<std::string>>()->composing(),
                          "path.to.key=value in every point, may be repeated");
    options.add_options()("out", po::value<std::string>(), "folder of the result (default: results/<name>-<digest>)");
    options.add_options()("jobs", po::value<int>()->default_value(0),
                          "worker processes, 0 = all cores; changes no result");
    options.add_options()("resume", "go on where an interrupted sweep stopped");
    options.add_options()("force", "replace an existing result");
    options.add_options()("account", po::value<std::string>()->default_value(""),
                          "append the CPU seconds of each step of each point to this file");
    options.add_options()("json", "print where the results are as JSON");
    add_compute_options(options);
  }

  [[nodiscard]] int run(const Arguments& arguments) const override {
    const auto file = arguments["sweep.yaml"].as<std::string>();
    const explore::SweepConfig config = explore::read_sweep(file);
    explore::SweepOptions options;
    options.pipeline = pipeline_options(arguments);
    options.pipeline.account = arguments["account"].as<std::string>();
    options.jobs = arguments["jobs"].as<int>();
    if (options.jobs < 0 || options.jobs > 256) throw InputError("--jobs", "must be between 0 and 256");
    options.resume = arguments.contains("resume");
    options.force = arguments.contains("force");
    options.overrides = overrides(arguments);
    const std::string content = read_text_file(file) + read_text_file(config.spec.base.path);
    options.out = output_folder(arguments, config.name, sha256_hex(content));
    const explore::SweepOutcome outcome = explore::run_sweep(config, options, print_progress);
    if (arguments.contains("json")) {
      const Json json{{"folder", options.out.string()},
                      {"points", outcome.points},
                      {"reused", outcome.reused},
                      {"failed", outcome.failed}};
      fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
    } else {
      fmt::print("{} points ({} from before), written to {}\n", outcome.points, outcome.reused, options.out.string());
    }
    for (const std::string& warning : outcome.warnings) fmt::print(stderr, "warning: {}\n", warning);
    if (outcome.failed > 0) {
      throw CheckFailed(fmt::format("{} of {} points could not be run: column 'error' of {} says why", outcome.failed,
                                    outcome.points, (options.out / "sweep.csv").string()));
    }
    return 0;
  }
};

const Registration<Command, SweepCommand> kSweep{"sweep"};

}  // namespace
}  // namespace ohmic::app

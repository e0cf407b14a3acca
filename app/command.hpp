// SPDX-License-Identifier: Apache-2.0
// One subcommand of `ohmic`. Implementations are registered by name, one file each.
#pragma once

#include <boost/program_options.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/registry.hpp"
#include "explore/pipeline.hpp"

namespace ohmic::app {

/// Parsed arguments of a subcommand.
using Arguments = boost::program_options::variables_map;

class Command {
 public:
  virtual ~Command() = default;
  /// One line: what it does.
  [[nodiscard]] virtual std::string summary() const = 0;
  /// What stands after the name in the usage line: "run.yaml [--set path=value]".
  [[nodiscard]] virtual std::string usage() const = 0;
  /// A command line that works.
  [[nodiscard]] virtual std::string example() const = 0;
  /// The name of the one positional argument; "" when it takes none.
  [[nodiscard]] virtual std::string positional() const { return ""; }
  virtual void add_options(boost::program_options::options_description& options) const = 0;
  /// Exit status.
  [[nodiscard]] virtual int run(const Arguments& arguments) const = 0;
};

/// --data, --threads, --path, --isa: what says how to compute and where data are.
void add_compute_options(boost::program_options::options_description& options);
[[nodiscard]] explore::PipelineOptions pipeline_options(const Arguments& arguments);

/// What --set gave, in order.
[[nodiscard]] std::vector<std::string> overrides(const Arguments& arguments);

/// --out, or results/<name>-<first 8 digits of the digest>.
[[nodiscard]] std::string output_folder(const Arguments& arguments, const std::string& name, const std::string& digest);

/// Runs `ohmic` with its arguments; turns every exception into its message and exit status (0 done, 1 a check
/// failed, 2 bad input, 3 a fault of ours).
[[nodiscard]] int run_program(int argc, char** argv);

}  // namespace ohmic::app

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/command.hpp"
#include "base/json_writer.hpp"
#include "explore/sweep_spec.hpp"

namespace ohmic::app {
namespace {

namespace po = boost::program_options;

class SchemaCommand : public Command {
 public:
  [[nodiscard]] std::string summary() const override { return "JSON Schema of a run (or sweep) file, for editors"; }
  [[nodiscard]] std::string usage() const override { return "[--sweep]"; }
  [[nodiscard]] std::string example() const override { return "ohmic schema > run.schema.json"; }
  void add_options(po::options_description& options) const override {
    options.add_options()("sweep", "the schema of a sweep file");
  }
  [[nodiscard]] int run(const Arguments& arguments) const override {
    const Json schema = arguments.contains("sweep") ? SchemaWriter::write<explore::SweepSpec>()
                                                    : SchemaWriter::write<explore::RunSpec>();
    fmt::print("{}\n", schema.dump(2));
    return 0;
  }
};

const Registration<Command, SchemaCommand> kSchema{"schema"};

}  // namespace
}  // namespace ohmic::app

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/command.hpp"
#include "base/files.hpp"
#include "report/table.hpp"

namespace ohmic::app {
namespace {

namespace po = boost::program_options;

std::string layer_table(const mapping::Program& program) {
  report::Table table({"layer", "matrix", "pixels", "steps", "slices", "blocks", "replicas", "arrays", "conversions",
                       "vector interval"});
  for (const mapping::LayerMapping& l : program.layers) {
    if (l.is_streamed()) {
      table.add({l.name, fmt::format("{}x{}", l.rows, l.columns), fmt::format("{}", l.pixels), "streamed", "",
                 fmt::format("{} words", l.weight_words), "", "", "", fmt::format("{} cycles", l.timing.interval)});
      continue;
    }
    table.add({l.name, fmt::format("{}x{}", l.rows, l.columns), fmt::format("{}", l.pixels),
               fmt::format("{}", l.input_steps), fmt::format("{}", l.slices),
               fmt::format("{}x{}", l.row_blocks, l.column_blocks), fmt::format("{}", l.replicas),
               fmt::format("{}", l.replicas * l.arrays_per_replica()), fmt::format("{}", l.conversions_per_vector),
               fmt::format("{} cycles", l.timing.interval)});
  }
  return table.text();
}

std::string placement_table(const mapping::Program& program, const models::ArchitectureSpec& architecture) {
  report::Table table({"tile", "arrays", "stages"});
  for (int tile = 0; tile < architecture.num_tiles(); ++tile) {
    int arrays = 0;
    for (const mapping::ArrayAssignment& a : program.arrays) arrays += a.tile == tile ? 1 : 0;
    std::string stages;
    for (const mapping::Stage& s : program.stages) {
      if (s.tile == tile) stages += (stages.empty() ? "" : " ") + s.name;
    }
    if (stages.size() > 100) stages = stages.substr(0, 97) + "...";
    if (arrays > 0 || !stages.empty()) {
      table.add({fmt::format("({}, {})", tile % architecture.tiles.x, tile / architecture.tiles.x),
                 fmt::format("{} of {}", arrays, architecture.arrays_per_tile()), stages});
    }
  }
  return table.text();
}

std::string buffer_table(const mapping::Program& program) {
  report::Table table({"buffer of", "stream", "tokens", "minimum", "bits a token", "bytes"});
  for (const mapping::Stream& stream : program.streams) {
    for (const mapping::Destination& d : stream.destinations) {
      table.add({program.stages[static_cast<std::size_t>(d.stage)].name, stream.name, fmt::format("{}", d.capacity),
                 fmt::format("{}", d.minimum), fmt::format("{}", stream.token_bits),
                 fmt::format("{}", ceil_div(std::int64_t{d.capacity} * stream.token_bits, 8))});
    }
  }
  return table.text();
}

class MapCommand : public Command {
 public:
  [[nodiscard]] std::string summary() const override {
    return "how a network is laid on the chip: placement, utilisation, buffers";
  }
  [[nodiscard]] std::string usage() const override {
    return "run.yaml [--set path=value]… [--save program.json] [--diff program.json] [--json]";
  }
  [[nodiscard]] std::string example() const override { return "ohmic map configs/runs/digits_cnn.yaml"; }
  [[nodiscard]] std::string positional() const override { return "run.yaml"; }

  void add_options(po::options_description& options) const override {
    options.add_options()("set", po::value<std::vector<std::string>>()->composing(),
                          "path.to.key=value: override one key, may be repeated");
    options.add_options()("save", po::value<std::string>(), "write the program as text");
    options.add_options()("diff", po::value<std::string>(),
                          "compare with a saved program; exit status 1 when they differ");
    options.add_options()("json", "print the program instead of tables");
    add_compute_options(options);
  }

  [[nodiscard]] int run(const Arguments& arguments) const override {
    const explore::RunConfig config = explore::read_run(arguments["run.yaml"].as<std::string>(), overrides(arguments));
    const mapping::Program program = explore::map_run(config, pipeline_options(arguments)).program;
    if (arguments.contains("save"))
      write_file_atomically(arguments["save"].as<std::string>(), mapping::save_program(program));
    if (arguments.contains("diff")) return print_difference(arguments["diff"].as<std::string>(), program);
    if (arguments.contains("json")) {
      fmt::print("{}", mapping::save_program(program));
    } else {
      fmt::print("{} on {}: {} of {} arrays, programming takes {} cycles\n\n{}\n{}\n{}", program.network,
                 program.architecture, program.arrays_used, program.arrays_available, program.programming_cycles,
                 layer_table(program), placement_table(program, config.spec.architecture), buffer_table(program));
    }
    return 0;
  }

 private:
  static int print_difference(const std::string& file, const mapping::Program& program) {
    const mapping::Program before = mapping::load_program(read_text_file(file), file);
    const std::vector<std::string> lines = mapping::diff_programs(before, program);
    for (const std::string& line : lines) fmt::print("{}\n", line);
    return lines.empty() ? 0 : 1;
  }
};

const Registration<Command, MapCommand> kMap{"map"};

}  // namespace
}  // namespace ohmic::app

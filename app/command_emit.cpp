// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/command.hpp"
#include "base/files.hpp"
#include "emit/emit.hpp"
#include "report/result_folder.hpp"

namespace ohmic::app {
namespace {

namespace po = boost::program_options;

class EmitCommand : public Command {
 public:
  [[nodiscard]] std::string summary() const override {
    return "weight images and a manifest for RTL, read back and compared";
  }
  [[nodiscard]] std::string usage() const override {
    return "run.yaml --out DIR [--integer-onnx] [--set path=value]… [--force]";
  }
  [[nodiscard]] std::string example() const override {
    return "ohmic emit configs/runs/digits_cnn.yaml --out results/digits_rtl";
  }
  [[nodiscard]] std::string positional() const override { return "run.yaml"; }

  void add_options(po::options_description& options) const override {
    options.add_options()("set", po::value<std::vector<std::string>>()->composing(),
                          "path.to.key=value: override one key, may be repeated");
    options.add_options()("out", po::value<std::string>(), "folder to write (needed)");
    options.add_options()("integer-onnx",
                          "the integer network in ONNX integer operators too (requantization kind float)");
    options.add_options()("force", "replace an existing one");
    options.add_options()("json", "for machines");
    add_compute_options(options);
  }

  [[nodiscard]] int run(const Arguments& arguments) const override {
    const explore::RunConfig config = explore::read_run(arguments["run.yaml"].as<std::string>(), overrides(arguments));
    if (arguments.count("out") == 0) throw InputError("ohmic emit", "needs --out DIR, the folder to write");
    report::ResultFolder folder(arguments["out"].as<std::string>(), arguments.count("force") != 0);
    const explore::MappedNetwork mapped = explore::map_run(config, pipeline_options(arguments));
    const emit::EmitReport report = emit::emit_weight_images(mapped.program, mapped.layers, mapped.graph,
                                                             config.spec.architecture, folder.staging());
    (void)emit::verify_weight_images(folder.staging(), mapped.program, mapped.layers, mapped.graph,
                                     config.spec.architecture);
    if (arguments.count("integer-onnx") != 0) {
      write_file_atomically(folder.staging() / "integer.onnx", explore::integer_onnx(config, mapped.graph));
    }
    const std::string place = folder.commit().string();
    if (arguments.count("json") != 0) {
      fmt::print("{{\"folder\": \"{}\", \"files\": {}, \"words\": {}, \"bytes\": {}}}\n", place, report.files,
                 report.words, report.bytes);
    } else {
      fmt::print("{} weight images, {} words, written to {}; every word read back and compared\n", report.files,
                 report.words, place);
    }
    return 0;
  }
};

const Registration<Command, EmitCommand> kEmit{"emit"};

}  // namespace
}  // namespace ohmic::app

// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/command.hpp"
#include "base/files.hpp"
#include "base/json_writer.hpp"
#include "explore/emission.hpp"
#include "report/result_folder.hpp"

namespace ohmic::app {
namespace {

namespace po = boost::program_options;

class EmitCommand : public Command {
 public:
  [[nodiscard]] std::string summary() const override {
    return "the chip in SystemVerilog with weight images, golden vectors and a test bench, read back and compared";
  }
  [[nodiscard]] std::string usage() const override {
    return "run.yaml --out DIR [--images N] [--weights-only] [--integer-onnx] [--set path=value]… [--force]";
  }
  [[nodiscard]] std::string example() const override {
    return "ohmic emit configs/runs/digits_mlp.yaml --set architecture.fabric.kind=point_to_point --out "
           "results/mlp_rtl";
  }
  [[nodiscard]] std::string positional() const override { return "run.yaml"; }

  void add_options(po::options_description& options) const override {
    options.add_options()("set", po::value<std::vector<std::string>>()->composing(),
                          "path.to.key=value: override one key, may be repeated");
    options.add_options()("out", po::value<std::string>(), "folder to write (needed)");
    options.add_options()("images", po::value<int>()->default_value(2), "test images with golden vectors");
    options.add_options()("weights-only", "weight images and their manifest alone, for any chip");
    options.add_options()("integer-onnx",
                          "the integer network in ONNX integer operators too (requantization kind float)");
    options.add_options()("force", "replace an existing one");
    options.add_options()("json", "for machines");
    add_compute_options(options);
  }

  [[nodiscard]] int run(const Arguments& arguments) const override {
    const explore::RunConfig config = explore::read_run(arguments["run.yaml"].as<std::string>(), overrides(arguments));
    if (!arguments.contains("out")) throw InputError("ohmic emit", "needs --out DIR, the folder to write");
    const std::string out = arguments["out"].as<std::string>();
    report::ResultFolder::remove_leftovers(out);
    report::ResultFolder folder(out, arguments.contains("force"));
    explore::MappedNetwork mapped = explore::map_run(config, pipeline_options(arguments));
    const emit::EmitReport report = explore::emit_weights(config, mapped, folder.staging());
    if (arguments.contains("integer-onnx")) {
      write_file_atomically(folder.staging() / "integer.onnx", explore::integer_onnx(config, mapped.graph));
    }
    explore::Emission rtl;
    if (!arguments.contains("weights-only")) {
      const int images = arguments["images"].as<int>();
      if (images < 1) throw InputError("--images", "must be at least 1");
      rtl = explore::emit_rtl(config, pipeline_options(arguments), std::move(mapped), images, folder.staging());
    }
    const std::string place = folder.commit().string();
    if (arguments.contains("json")) {
      const Json json{{"folder", place},
                      {"files", report.files},
                      {"words", report.words},
                      {"bytes", report.bytes},
                      {"rtl_words", rtl.words}};
      fmt::print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
    } else {
      fmt::print("{} weight images, {} words, written to {}; every word read back and compared\n", report.files,
                 report.words, place);
      if (rtl.words > 0) {
        fmt::print("RTL with {} words of ROMs and golden vectors, read back and compared; chip.json names the files\n",
                   rtl.words);
      }
    }
    return 0;
  }
};

const Registration<Command, EmitCommand> kEmit{"emit"};

}  // namespace
}  // namespace ohmic::app

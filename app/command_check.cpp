// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "app/command.hpp"
#include "base/json_writer.hpp"
#include "report/table.hpp"
#include "workloads/onnx_import.hpp"

namespace ohmic::app {
namespace {

namespace po = boost::program_options;

class CheckCommand : public Command {
 public:
  [[nodiscard]] std::string summary() const override {
    return "what of an ONNX model can be run; lists everything that cannot";
  }
  [[nodiscard]] std::string usage() const override { return "model.onnx [--json]"; }
  [[nodiscard]] std::string example() const override { return "ohmic check workloads/nets/digits_cnn/model.onnx"; }
  [[nodiscard]] std::string positional() const override { return "model.onnx"; }
  void add_options(po::options_description& options) const override { options.add_options()("json", "for machines"); }

  [[nodiscard]] int run(const Arguments& arguments) const override {
    const auto file = arguments["model.onnx"].as<std::string>();
    const std::vector<workloads::Problem> problems = workloads::check_onnx(file);
    if (arguments.contains("json")) {
      fmt::print("{}\n", Json{{"model", file}, {"problems", problems}}.dump(2));
    } else if (problems.empty()) {
      print_graph(workloads::import_onnx(file));
    }
    if (problems.empty()) return 0;
    if (!arguments.contains("json")) {
      for (const workloads::Problem& problem : problems) fmt::print(stderr, "{}: {}\n", file, problem);
    }
    throw CheckFailed(fmt::format("{}: {} problem{}", file, problems.size(), problems.size() == 1 ? "" : "s"));
  }

 private:
  static void print_graph(const workloads::Graph& graph) {
    report::Table table({"node", "operation", "output", "inputs"});
    for (const workloads::Node& node : graph.nodes) {
      std::string inputs;
      for (const int input : node.inputs)
        inputs += (inputs.empty() ? "" : " ") + graph.nodes[static_cast<std::size_t>(input)].name;
      table.add({node.name, workloads::operation_name(node.operation),
                 fmt::format("{}x{}x{}", node.shape.channels, node.shape.height, node.shape.width), inputs});
    }
    fmt::print("{}{} multiply-accumulates an image; every node can be run\n", table.text(),
               workloads::count_macs(graph));
  }
};

const Registration<Command, CheckCommand> kCheck{"check"};

}  // namespace
}  // namespace ohmic::app

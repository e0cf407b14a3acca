// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>

#include "app/command.hpp"
#include "base/files.hpp"
#include "base/json_writer.hpp"
#include "explore/cosim.hpp"

namespace ohmic::app {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

/// The folder for sources and models: --work, kept, or one of its own that goes.
class WorkFolder {
 public:
  explicit WorkFolder(const Arguments& arguments) : keep_(arguments.contains("work")) {
    if (keep_) {
      path_ = arguments["work"].as<std::string>();
      make_folder(path_);
      return;
    }
    std::string name = (fs::temp_directory_path() / "ohmic-cosim-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw InputError(name, "cannot be made");
    path_ = name;
  }
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder() {
    std::error_code ignored;
    if (!keep_) fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const { return path_; }
  void keep() { keep_ = true; }

 private:
  fs::path path_;
  bool keep_;
};

class CosimCommand : public Command {
 public:
  [[nodiscard]] std::string summary() const override {
    return "token level, pin level and RTL compared, cycle by cycle and bit by bit";
  }
  [[nodiscard]] std::string usage() const override {
    return "run.yaml [--images N] [--level pin|rtl] [--dut my_tile.sv [--tile NAME]…] [--set path=value]… [--work DIR]";
  }
  [[nodiscard]] std::string example() const override { return "ohmic cosim configs/runs/streamed_mlp.yaml --images 2"; }
  [[nodiscard]] std::string positional() const override { return "run.yaml"; }

  void add_options(po::options_description& options) const override {
    options.add_options()("set", po::value<std::vector<std::string>>()->composing(),
                          "path.to.key=value: override one key, may be repeated");
    options.add_options()("images", po::value<int>()->default_value(1), "test images to run");
    options.add_options()("level", po::value<std::string>()->default_value("rtl"),
                          "pin: token and pin level only, without Verilator");
    options.add_options()("dut", po::value<std::vector<std::string>>()->composing(),
                          "a tile of yours with the documented ports (docs/cosim.md), after files that it needs");
    options.add_options()("top", po::value<std::string>(), "its module (default: the name of the last file)");
    options.add_options()("tile", po::value<std::vector<std::string>>()->composing(),
                          "stage that it stands for, may be repeated (default: the first tile)");
    options.add_options()("work", po::value<std::string>(), "folder for sources, models and waveforms, kept");
    options.add_options()("vcd", po::value<std::string>(), "waveform of all streams of the pin level");
    options.add_options()("json", "for machines");
    add_compute_options(options);
  }

  [[nodiscard]] int run(const Arguments& arguments) const override {
    const explore::RunConfig config = explore::read_run(arguments["run.yaml"].as<std::string>(), overrides(arguments));
    explore::CosimOptions options;
    options.images = arguments["images"].as<int>();
    if (options.images < 1) throw InputError("--images", "must be at least 1");
    const std::string level = arguments["level"].as<std::string>();
    if (level != "pin" && level != "rtl")
      throw InputError("--level", fmt::format("is 'pin' or 'rtl', not '{}'", level));
    refuse_beside_a_dut(arguments);
    options.rtl = level == "rtl" && !arguments.contains("dut");
    if (arguments.contains("dut")) {
      const auto files = arguments["dut"].as<std::vector<std::string>>();
      options.dut.assign(files.begin(), files.end());
    }
    if (arguments.contains("top")) options.dut_top = arguments["top"].as<std::string>();
    if (arguments.contains("tile")) options.tiles = arguments["tile"].as<std::vector<std::string>>();
    if (arguments.contains("vcd")) options.vcd = arguments["vcd"].as<std::string>();
    WorkFolder work(arguments);
    options.work = work.path();
    const bool compiles = options.rtl || !options.dut.empty();
    if (compiles && ::isatty(STDERR_FILENO) != 0) fmt::print(stderr, "Verilator compiles ...\n");
    const explore::CosimReport report = explore::cosimulate(config, pipeline_options(arguments), options);
    if (!report.holds() && !options.dut.empty()) work.keep();  // the waveform is in it
    arguments.contains("json") ? print_json(report) : print(report, options);
    return report.holds() ? 0 : 1;
  }

 private:
  /// What a tile of one's own has no use for, and the other way round.
  static void refuse_beside_a_dut(const Arguments& arguments) {
    if (arguments.contains("dut")) {
      if (arguments.contains("vcd")) {
        throw InputError("--vcd", "not with --dut: the waveform around a difference is in the folder of --work");
      }
      if (!arguments["level"].defaulted())
        throw InputError("--level", "not with --dut: the tile runs in the pin level");
      return;
    }
    for (const char* option : {"tile", "top"}) {
      if (arguments.contains(option)) throw InputError(fmt::format("--{}", option), "needs a tile of yours: --dut");
    }
  }

  static void print(const explore::CosimReport& report, const explore::CosimOptions& options) {
    for (const explore::CosimCheck& check : report.checks) {
      if (check.difference.empty()) {
        fmt::print("{}: {} arrivals equal\n", check.name, check.compared);
      } else {
        fmt::print("{}: {} arrivals equal, then\n  {}\n", check.name, check.compared, check.difference);
      }
    }
    if (!options.dut.empty()) return;  // the chip stands around it, nobody measures it
    fmt::print("Latency {} cycles for the first of {} images", report.latency_cycles, options.images);
    if (report.rtl_cycles > 0) {
      fmt::print(", {} cycles of RTL after {} of programming", report.rtl_cycles, report.programming_cycles);
    }
    fmt::print("\n");
  }

  static void print_json(const explore::CosimReport& report) {
    Json json;
    json["holds"] = report.holds();
    if (report.latency_cycles > 0) json["latency_cycles"] = report.latency_cycles;
    if (report.rtl_cycles > 0) {
      json["rtl_cycles"] = report.rtl_cycles;
      json["programming_cycles"] = report.programming_cycles;
    }
    for (const explore::CosimCheck& check : report.checks) {
      Json entry{{"name", check.name}, {"compared", check.compared}};
      if (!check.difference.empty()) entry["difference"] = check.difference;
      json["checks"].push_back(std::move(entry));
    }
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  }
};

const Registration<Command, CosimCommand> kCosim{"cosim"};

}  // namespace
}  // namespace ohmic::app

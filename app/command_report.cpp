// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "app/command.hpp"

namespace ohmic::app {
namespace {

namespace po = boost::program_options;

/// The Python that has our package: OHMIC_PYTHON, else .venv of the source tree that this program was built in.
std::string python() {
  if (const char* chosen = std::getenv("OHMIC_PYTHON")) return chosen;
  std::string ours = OHMIC_SOURCE_DIR "/.venv/bin/python";
  if (std::filesystem::exists(ours)) return ours;
  throw InputError(ours, "there is no Python environment for plots: run scripts/setup, or name one in OHMIC_PYTHON");
}

class ReportCommand : public Command {
 public:
  [[nodiscard]] std::string summary() const override { return "plots and a page of a result or a sweep"; }
  [[nodiscard]] std::string usage() const override { return "DIR"; }
  [[nodiscard]] std::string example() const override { return "ohmic report results/digits_cnn-1a2b3c4d"; }
  [[nodiscard]] std::string positional() const override { return "DIR"; }
  void add_options(po::options_description& /*options*/) const override {}

  [[nodiscard]] int run(const Arguments& arguments) const override {
    const auto folder = arguments["DIR"].as<std::string>();
    if (!std::filesystem::is_directory(folder)) throw InputError(folder, "is not a folder");
    const std::string interpreter = python();
    const pid_t child = ::fork();
    if (child < 0) throw std::runtime_error("cannot start Python");
    if (child == 0) {
      ::setenv("PYTHONPATH", OHMIC_SOURCE_DIR "/python", 1);
      ::execl(interpreter.c_str(), interpreter.c_str(), "-m", "ohmic", "report", folder.c_str(), nullptr);
      std::_Exit(127);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) == 127) throw InputError(interpreter, "cannot be started");
    return WEXITSTATUS(status);
  }
};

const Registration<Command, ReportCommand> kReport{"report"};

}  // namespace
}  // namespace ohmic::app

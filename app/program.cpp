// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <system_error>

#include "app/command.hpp"
#include "explore/version.hpp"

namespace ohmic::app {

namespace po = boost::program_options;

namespace {

constexpr int kDone = 0;
constexpr int kCheckFailed = 1;
constexpr int kBadInput = 2;
constexpr int kOurFault = 3;

void print_overview() {
  fmt::print("ohmic {}: cycle-level simulator for compute-in-memory accelerators\n\n", explore::version());
  fmt::print("usage: ohmic COMMAND … (ohmic COMMAND --help tells more)\n\n");
  for (const std::string& name : Registry<Command>::instance().names()) {
    fmt::print("  {:<8}  {}\n", name, Registry<Command>::instance().create(name)->summary());
  }
  fmt::print("\nexample: ohmic run configs/runs/digits_cnn.yaml\n");
}

void print_help(const std::string& name, const Command& command, const po::options_description& options) {
  std::ostringstream list;
  list << options;
  fmt::print("{}\n\nusage: ohmic {} {}\n\n{}\nexample: {}\n", command.summary(), name, command.usage(), list.str(),
             command.example());
}

int run_command(const std::string& name, const Command& command, const std::vector<std::string>& words) {
  po::options_description visible("options");
  command.add_options(visible);
  visible.add_options()("help,h", "this text");
  po::options_description all;
  all.add(visible);
  po::positional_options_description positions;
  const std::string positional = command.positional();
  if (!positional.empty()) {
    all.add_options()(positional.c_str(), po::value<std::string>());
    positions.add(positional.c_str(), 1);
  }
  Arguments arguments;
  try {
    using Style = po::command_line_style::style_t;
    const int style = Style(po::command_line_style::unix_style & ~po::command_line_style::allow_guessing);
    po::store(po::command_line_parser(words).options(all).positional(positions).style(style).run(), arguments);
    po::notify(arguments);
  } catch (const po::error& error) {
    throw InputError("ohmic " + name, fmt::format("{} (ohmic {} --help lists the options)", error.what(), name));
  }
  if (arguments.contains("help")) {
    print_help(name, command, visible);
    return kDone;
  }
  if (!positional.empty() && !arguments.contains(positional)) {
    throw InputError("ohmic " + name, fmt::format("needs a {}: ohmic {} {}", positional, name, command.usage()));
  }
  return command.run(arguments);
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help") {
    print_overview();
    return words.empty() ? kBadInput : kDone;
  }
  if (words[0] == "--version") {
    fmt::print("ohmic {}\n", explore::version());
    return kDone;
  }
  const auto& registry = Registry<Command>::instance();
  if (!registry.contains(words[0])) {
    throw InputError("ohmic", fmt::format("unknown command '{}'{}", words[0], suggestion(words[0], registry.names())));
  }
  return run_command(words[0], *registry.create(words[0]), {words.begin() + 1, words.end()});
}

}  // namespace

int run_program(int argc, char** argv) {
  // A file that may not grow is an error to tell, not a reason to die.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    const int status = dispatch({argv + 1, argv + argc});
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) throw InputError("standard output", "cannot be written");
    return status;
  } catch (const CheckFailed& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kCheckFailed;
  } catch (const InputError& error) {
    fmt::print(stderr, "{}\n", error.what());
    return kBadInput;
  } catch (const std::filesystem::filesystem_error& error) {
    fmt::print(stderr, "{}: {}\n", error.path1().string(), error.code().message());
    return kBadInput;
  } catch (const std::system_error& error) {
    fmt::print(stderr, "ohmic: {}\n", error.what());
    return kBadInput;
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "ohmic: out of memory\n");
    return kOurFault;
  } catch (const std::exception& error) {
    fmt::print(stderr, "ohmic: a fault of the program: {}\n", error.what());
    return kOurFault;
  }
}

}  // namespace ohmic::app

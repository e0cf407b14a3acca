// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>

#include "tests/bench/bench.hpp"

// libsystemc's main would print a banner and call sc_main; ours takes precedence.
extern "C" int sc_main(int /*argc*/, char* /*argv*/[]) {
  return 0;
}

int main(int argc, char* argv[]) {
  try {
    std::string text;
    for (const auto& [name, value] : ohmic::bench::measure({argv + 1, argv + argc})) {
      text += fmt::format("{}\"{}\": {:.5g}", text.empty() ? "" : ", ", name, value);
    }
    std::puts(("{" + text + "}").c_str());
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

// SPDX-License-Identifier: Apache-2.0
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>

namespace {
int run(int argc, char** argv) {
  return Catch::Session().run(argc, argv);
}
}  // namespace

// libsystemc brings its own main, which calls sc_main; programs without it use ours.
extern "C" int sc_main(int argc, char* argv[]);
extern "C" int sc_main(int argc, char* argv[]) {
  return run(argc, argv);
}
__attribute__((weak)) int main(int argc, char** argv) {
  return run(argc, argv);
}

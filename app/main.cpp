// SPDX-License-Identifier: Apache-2.0
#include "app/command.hpp"

// The SystemC library brings its own main, which calls sc_main. Ours takes precedence, so that the kernel starts only
// where it is needed and prints no banner; sc_main is there for the linker.
extern "C" int sc_main(int argc, char* argv[]);
int sc_main(int argc, char* argv[]) {
  return ohmic::app::run_program(argc, argv);
}

int main(int argc, char** argv) {
  return ohmic::app::run_program(argc, argv);
}

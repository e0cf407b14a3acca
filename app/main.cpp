// SPDX-License-Identifier: Apache-2.0
#include "app/command.hpp"

// The SystemC library brings its own main; this one takes precedence, so that the kernel starts only where it is
// needed and prints no banner.
int main(int argc, char** argv) { return ohmic::app::run_program(argc, argv); }

// SPDX-License-Identifier: Apache-2.0
// Random small chips as RTL: every arrival of every token in the cycle and with the bits of the pin level, under many
// patterns of stalls; the pin level equals the token level and the arithmetic on the way.
#include <catch2/catch.hpp>

#include "base/subprocess.hpp"
#include "emit/rtl.hpp"
#include "tests/support/in_child.hpp"
#include "tests/support/rtl_design.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;

constexpr int kPatterns = 12;

std::string first_difference(const explore::CosimReport& report) {
  for (const explore::CosimCheck& check : report.checks) {
    if (!check.difference.empty()) return check.name + ": " + check.difference;
    if (check.compared == 0) return check.name + ": nothing was compared";
  }
  return "";
}

void compare(const test::RtlDesign& rtl, std::uint64_t seed) {
  const test::TemporaryFolder work;
  const models::ArchitectureSpec& chip = rtl.design.architecture;
  const emit::RtlInput input{rtl.chip.hardware, chip, rtl.images, 0};
  const sim::cosim::VerilogLibrary library(emit::write_chip(input, rtl.chip.images, work.path()), work.path());
  for (int pattern = 0; pattern < kPatterns; ++pattern) {
    INFO("pattern " << pattern);
    explore::LevelsInput levels{rtl.chip, chip, {}, &library, {}};
    levels.simulation.images = levels.simulation.max_images = rtl.images;
    if (pattern > 0)
      levels.simulation.stalls = {seed * kPatterns + static_cast<std::uint64_t>(pattern), 8 * pattern,
                                  90 - 8 * pattern};
    REQUIRE(test::in_child([&] { return first_difference(explore::compare_levels(levels)); }) == "");
  }
}

/// `count` designs from seed `first` on.
void compare_chips(std::uint64_t first, int count) {
  if (!has_program("verilator")) {
    std::printf("SKIPPED: needs verilator\n");
    std::fflush(stdout);
    std::_Exit(77);
  }
  const char* slow = std::getenv("OHMIC_SLOW");
  if (slow != nullptr && std::string(slow) == "1") count *= 10;
  for (std::uint64_t seed = first; count > 0; ++seed) {
    INFO("seed " << seed);
    const auto rtl = test::rtl_design(seed);
    if (!rtl) continue;
    --count;
    compare(*rtl, seed);
  }
}

}  // namespace

TEST_CASE("random chips: pin level equals RTL, first part", "[ladder]") {
  compare_chips(1, 10);
}
TEST_CASE("random chips: pin level equals RTL, second part", "[ladder]") {
  compare_chips(10001, 10);
}
TEST_CASE("random chips: pin level equals RTL, third part", "[ladder]") {
  compare_chips(20001, 10);
}
TEST_CASE("random chips: pin level equals RTL, fourth part", "[ladder]") {
  compare_chips(30001, 10);
}

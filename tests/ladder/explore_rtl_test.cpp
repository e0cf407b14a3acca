// SPDX-License-Identifier: Apache-2.0
// Random small chips as RTL: every arrival of every token in the cycle and with the bits of the pin level, under many
// patterns of stalls; the pin level equals the token level and the arithmetic on the way.
#include <catch2/catch.hpp>
#include <map>
#include <regex>

#include "base/files.hpp"
#include "base/subprocess.hpp"
#include "emit/rtl.hpp"
#include "emit/rtl_chip.hpp"
#include "tests/support/design_files.hpp"
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

emit::RtlInput rtl_input(const test::RtlDesign& rtl) {
  return {rtl.chip.hardware, rtl.design.architecture, rtl.design.simulation.images, 0};
}

/// A chip in Verilog, compiled, that runs under any number of patterns of stalls.
class CompiledChip {
 public:
  explicit CompiledChip(const test::RtlDesign& rtl)
      : rtl_(rtl), library_(emit::write_chip(rtl_input(rtl), rtl.chip.images, work_.path()), work_.path()) {}

  std::string difference(const sim::StallSpec& stalls) const {
    explore::LevelsInput levels{rtl_.chip, rtl_.design.architecture, rtl_.design.simulation, &library_, {}};
    levels.simulation.stalls = stalls;
    return test::in_child([&] { return first_difference(explore::compare_levels(levels)); });
  }

 private:
  test::TemporaryFolder work_;
  const test::RtlDesign& rtl_;
  sim::cosim::VerilogLibrary library_;
};

sim::StallSpec stalls_of(std::uint64_t seed, int pattern) {
  if (pattern == 0) return {};
  return {seed * kPatterns + static_cast<std::uint64_t>(pattern), 8 * pattern, 90 - 8 * pattern};
}

/// What is to be told of a design that fails under a pattern of stalls.
std::string told(std::uint64_t seed, int pattern, const std::string& wrong) {
  test::LadderCase<test::RtlDesign> c;
  c.name = fmt::format("rtl_seed{}_pattern{}", seed, pattern);
  c.draw = [&](test::Tape& tape) { return test::rtl_design(seed, stalls_of(seed, pattern), &tape); };
  c.difference = [](const test::RtlDesign& rtl) -> std::string {
    try {
      return CompiledChip(rtl).difference(rtl.design.simulation.stalls);
    } catch (const InputError& error) {  // of the compiler
      return error.what();
    }
  };
  c.write = [](const test::RtlDesign& rtl, const std::filesystem::path& folder) {
    return test::write_chip_design(rtl.design, folder, "rtl");
  };
  test::Tape tape;
  (void)c.draw(tape);
  constexpr double kShrinkSeconds = 600;
  return test::shrunk(c, tape, wrong, kShrinkSeconds);
}

void compare(const test::RtlDesign& rtl, std::uint64_t seed) {
  std::string wrong;
  int pattern = 0;
  try {
    const CompiledChip chip(rtl);
    for (; wrong.empty() && pattern < kPatterns; ++pattern) wrong = chip.difference(stalls_of(seed, pattern));
  } catch (const InputError& error) {  // of the compiler
    wrong = error.what();
  }
  INFO((wrong.empty() ? "" : told(seed, std::max(0, pattern - 1), wrong)));
  REQUIRE(wrong.empty());
}

/// Skipped, visibly, where there is no Verilator.
void need_verilator() {
  if (has_program("verilator")) return;
  std::printf("SKIPPED: needs verilator\n");
  std::fflush(stdout);
  std::_Exit(77);
}

/// visit(design, seed) for `count` designs from seed `first` on.
template <class Visit>
void for_each_design(std::uint64_t first, int count, const Visit& visit) {
  for (std::uint64_t seed = first; count > 0; ++seed) {
    const auto rtl = test::rtl_design(seed);
    if (!rtl) continue;
    --count;
    visit(*rtl, seed);
  }
}

constexpr int kDesigns = 10;  // of a part, ten times as many at full size
constexpr std::uint64_t kParts[] = {1, 10001, 20001, 30001};

void compare_chips(std::uint64_t first) {
  need_verilator();
  for_each_design(first, test::ladder_size(kDesigns), [](const test::RtlDesign& rtl, std::uint64_t seed) {
    INFO("seed " << seed);
    compare(rtl, seed);
  });
}

}  // namespace

TEST_CASE("the random chips have every part that RTL has", "[ladder]") {
  std::map<std::string, int> chips;
  for (const char* part :
       {"ohmic_tile_analog #", "ohmic_tile_digital #", "ohmic_combine #", "ohmic_pool #", "ohmic_multiply_lanes #",
        "ohmic_window_buffer #", "ohmic_fifo #", "ohmic_bus #", "ohmic_link #", R"(\.Activation\(1\))",
        R"(\.Activation\(2\))", R"(\.Activation\(3\))", R"(\.GrantCycles\([2-9]\))", R"(\.Factors\([2-9]\))",
        R"(multiply_lanes #\([^;]*\.XZeroPoint\(-?[1-9])", R"(weight_stream #\([^;]*\.LatencyCycles\([1-9][0-9]\))"}) {
    chips[part] = 0;
  }
  for (const std::uint64_t first : kParts) {
    for_each_design(first, kDesigns, [&](const test::RtlDesign& rtl, std::uint64_t /*seed*/) {
      const std::string text = emit::chip_text(rtl_input(rtl));
      for (auto& [part, count] : chips) count += std::regex_search(text, std::regex(part)) ? 1 : 0;
    });
  }
  for (const auto& [part, count] : chips) {
    INFO(part);
    CHECK(count > 0);
  }
}
TEST_CASE("random chips are lint-clean", "[ladder]") {
  need_verilator();
  for_each_design(1, test::ladder_size(12), [](const test::RtlDesign& rtl, std::uint64_t seed) {
    INFO("seed " << seed);
    const test::TemporaryFolder work;
    const auto sources = emit::write_chip(rtl_input(rtl), rtl.chip.images, work.path());
    const Finished linted = run_program({"verilator", "--lint-only", "-Wall", "--unroll-count",
                                         std::to_string(sources.unroll), "-y", "rtl", sources.files.front().string()},
                                        work.path());
    INFO(linted.output);
    REQUIRE(linted.status == 0);
  });
}
TEST_CASE("one bit that differs between two levels is told", "[errors]") {
  need_verilator();
  std::optional<test::RtlDesign> rtl;
  for (std::uint64_t seed = 1; !rtl; ++seed) rtl = test::rtl_design(seed);
  const auto differs = [&](const explore::BuiltChip& chip, const sim::cosim::VerilogLibrary* library) {
    const explore::LevelsInput levels{chip, rtl->design.architecture, rtl->design.simulation, library, {}};
    return test::in_child([&] { return first_difference(explore::compare_levels(levels)); });
  };
  const emit::RtlInput input = rtl_input(*rtl);
  const auto turn = [](sim::pin::Bits& bits) { bits.set(0, 1, bits.get(0, 1) ^ 1); };

  explore::BuiltChip other = rtl->chip;  // the integer network's result
  turn(other.tokens.back().back());
  CHECK(differs(other, nullptr).find("pin level = integer network, bit by bit: token") == 0);

  const test::TemporaryFolder work;  // the images of the RTL
  std::vector<sim::pin::PinImage> images = rtl->chip.images;
  turn(images.front().front());
  const sim::cosim::VerilogLibrary wrong_image(emit::write_chip(input, images, work.path() / "image"),
                                               work.path() / "image");
  const std::string told = differs(rtl->chip, &wrong_image);
  CHECK(told.find("pin level = RTL, cycle by cycle and bit by bit: token 0 of stream") == 0);
  CHECK(told.find("expected") != std::string::npos);

  auto sources = emit::write_chip(input, rtl->chip.images, work.path() / "done");  // an end that nobody sees
  const auto& top = sources.files.front();
  std::string text = read_text_file(top);
  const std::string done = "assign done_o = ";
  REQUIRE(text.find(done) != std::string::npos);
  write_file_atomically(top, text.insert(text.find(done) + done.size(), "1'b0 && "));
  const sim::cosim::VerilogLibrary never_done(sources, work.path() / "done");
  CHECK(differs(rtl->chip, &never_done).find("done_o does not rise") != std::string::npos);
}
TEST_CASE("pin level equals RTL where tokens that nobody needs come long after the last result", "[ladder]") {
  need_verilator();
  constexpr std::uint64_t kSeed = 10068;
  const auto rtl = test::rtl_design(kSeed);
  REQUIRE(rtl);
  compare(*rtl, kSeed);
}
TEST_CASE("random chips: pin level equals RTL, first part", "[ladder]") {
  compare_chips(kParts[0]);
}
TEST_CASE("random chips: pin level equals RTL, second part", "[ladder]") {
  compare_chips(kParts[1]);
}
TEST_CASE("random chips: pin level equals RTL, third part", "[ladder]") {
  compare_chips(kParts[2]);
}
TEST_CASE("random chips: pin level equals RTL, fourth part", "[ladder]") {
  compare_chips(kParts[3]);
}

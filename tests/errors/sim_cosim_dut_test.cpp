// SPDX-License-Identifier: Apache-2.0
// What is wrong with a tile in Verilog is said in words: its ports, its text, its promises, its results.
#include <catch2/catch.hpp>
#include <fstream>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/subprocess.hpp"
#include "sim/cosim/diagnosis.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::sim::cosim;

const TileInterface kInterface{.in_bits = 16,
                               .out_bits = 16,
                               .value_bits = 8,
                               .count_bits = 2,
                               .write_array_bits = 1,
                               .write_row_bits = 1,
                               .write_data_bits = 8};

VerilogSources tile() {
  return {{test::source_dir() / "tests/support/cosim_tile.sv"}, "cosim_tile", {}, {}, {}, 64};
}

/// The tile with one piece of its text replaced.
VerilogSources changed(const test::TemporaryFolder& scratch, const std::string& from, const std::string& to) {
  std::string text = read_text_file(tile().files.front());
  const std::size_t at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  const auto file = scratch.path() / "my_tile.sv";
  write_file_atomically(file, text);
  return {{file}, "cosim_tile", {}, {}, {}, 64};
}

std::string complaint(const VerilogSources& sources, const test::TemporaryFolder& scratch) {
  return test::input_error(
      [&] { check_tile_ports(read_ports(sources, scratch.path() / "work"), kInterface, "my_tile.sv"); });
}

/// Skipped, visibly, where there is no Verilator.
void need_verilator() {
  if (has_program("verilator")) return;
  std::printf("SKIPPED: needs verilator\n");
  std::fflush(stdout);
  std::_Exit(77);
}

}  // namespace

TEST_CASE("a tile's ports are compared with those that are documented", "[errors]") {
  need_verilator();
  const test::TemporaryFolder scratch;
  CHECK(complaint(tile(), scratch).empty());
  CHECK(complaint(changed(scratch, "    input  logic        out_ready_i,\n", ""), scratch).find("out_ready_i") !=
        std::string::npos);
  CHECK(complaint(
            changed(scratch, "output logic [1:0]  out_count_o", "output logic [1:0]  out_count_o, input logic foo_i"),
            scratch) == "my_tile.sv: has a port 'foo_i' that no tile has");
  CHECK(complaint(changed(scratch, "input  logic [15:0] in_data_i", "input  logic [14:0] in_data_i"), scratch) ==
        "my_tile.sv: port 'in_data_i' has 15 bits, this tile needs 16");
  CHECK(complaint(changed(scratch, "output logic [1:0]  out_count_o", "output logic [1:0]  out_counts_o"), scratch)
            .find("out_count_o") != std::string::npos);
  const std::string broken = complaint(changed(scratch, "assign starts =", "assign starts +"), scratch);
  CHECK(broken.find("does not compile") != std::string::npos);
  CHECK(broken.find("my_tile.sv:") != std::string::npos);
  CHECK(broken.find("syntax error") != std::string::npos);
  CHECK(complaint(changed(scratch, "input  logic [15:0] in_data_i", "input  logic [1:0][7:0] in_data_i"), scratch)
            .find("port 'in_data_i' is no plain input or output of bits: one flat vector is needed") !=
        std::string::npos);
  CHECK(complaint(changed(scratch, "input  logic [15:0] in_data_i", "inout  wire  [15:0] in_data_i"), scratch)
            .find("port 'in_data_i' is an inout: a tile has inputs and outputs") != std::string::npos);
  VerilogSources renamed = tile();
  renamed.top = "my_tile";
  CHECK(complaint(renamed, scratch).find("cosim_tile.sv: has no module 'my_tile': name its module with --top") !=
        std::string::npos);
}

TEST_CASE("what a tile does wrong is told", "[errors]") {
  need_verilator();
  const test::TemporaryFolder scratch;
  const VerilogLibrary library(tile(), scratch.path());
  TileRecord record;
  for (std::uint64_t i = 0; i < 8; ++i) {
    record.operands.push_back(number(16, 0x100 + 7 * i));
    record.results.push_back(number(16, 0x101 + 7 * i));
  }
  const auto told = [&](std::uint64_t fault) {
    record.rows = {{0, 0, number(8, fault)}};
    return diagnose(library, kInterface, record, 60);
  };
  CHECK(told(0) == "gives the right results, but in other cycles");
  CHECK(told(1) == "never raises in_ready_o (waited for 60 cycles)");
  CHECK(told(3) == "drops result 2");
  CHECK(told(4) == "repeats result 2");
  CHECK(told(2) == "changes out_data_o while out_valid_o waits");
  CHECK(told(9) == "takes out_valid_o back before the result has passed");
  CHECK(told(5) == "drives X on out_data_o: it depends on bits that were never set");
  CHECK(told(7) == "computes result 2 wrongly: expected 0f, got 10 in column 0");
  CHECK(told(11).find(": $stop, $error, $fatal or an assertion") != std::string::npos);
  CHECK(told(11).find("stops itself at ") == 0);
  CHECK(told(11).find("cosim_tile.sv:") != std::string::npos);
  CHECK(told(12).find(": $finish") != std::string::npos);
  CHECK(told(10).find("computes result 2 wrongly: expected 0f, got ") == 0);
  CHECK(told(13) == "out_data_o follows an input within the cycle: it must come from a register");
  CHECK(told(14) == "out_valid_o changes when the clock falls: it must come from a register of the rising edge");
  CHECK(told(15) == "drives X on out_data_o: it depends on bits that were never set");
  CHECK(told(16).find("$readmem") != std::string::npos);
  CHECK(told(17) == "drives X on out_count_o: it depends on bits that were never set");
  // Where nothing had come yet, a vector is made up.
  record = {};
  CHECK(told(1) == "never raises in_ready_o (waited for 60 cycles)");
  CHECK(told(0) == "keeps its promises, but in other cycles (no result was due yet)");
}

TEST_CASE("a tile's promises are watched in every cycle", "[errors]") {
  need_verilator();
  const test::TemporaryFolder scratch;
  const VerilogLibrary library(tile(), scratch.path());
  const auto told = [&](std::uint64_t fault) -> std::string {
    TileDut dut(library, kInterface);
    REQUIRE_FALSE(dut.prepare({{0, 0, number(8, fault)}}).has_value());
    for (int cycle = 0; cycle < 40; ++cycle) {
      const TileInputs in{true, number(16, static_cast<std::uint64_t>(cycle)), cycle % 10 == 9};
      if (const auto message = dut.clock(in)) return *message;
    }
    return "none";
  };
  CHECK(told(0) == "none");
  CHECK(told(2) == "changes out_data_o while out_valid_o waits");
  CHECK(told(8) == "in_ready_o follows an input within the cycle: it must come from a register");
  CHECK(told(9) == "takes out_valid_o back before the result has passed");
}

TEST_CASE("tiles with assertions go in any order", "[errors]") {
  need_verilator();
  const test::TemporaryFolder scratch;
  const VerilogLibrary library(tile(), scratch.path());
  auto first = std::make_unique<TileDut>(library, kInterface);
  auto last = std::make_unique<TileDut>(library, kInterface);
  CHECK_FALSE(first->prepare({}).has_value());
  CHECK_FALSE(last->prepare({}).has_value());
  last.reset();  // whose model was evaluated last
  CHECK_FALSE(first->clock({false, number(16, 0), true}).has_value());
  first.reset();
}

TEST_CASE("without Verilator the command says how to get it", "[errors]") {
  const std::string path = std::getenv("PATH");
  ::setenv("PATH", "/nowhere", 1);
  const std::string told = test::input_error([] { require_verilator(); });
  ::setenv("PATH", path.c_str(), 1);
  CHECK(told == "verilator: is not on the PATH (apt-get install verilator g++); everything else works without");
}

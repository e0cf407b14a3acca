// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "models/wires_nodal.hpp"
#include "tests/support/dense_wires.hpp"
#include "tests/support/support.hpp"
#include "tests/support/values_cases.hpp"

namespace {

using namespace ohmic;

struct Array {
  models::WireSpec wires;
};
void fields(Fields& f, Array& s) {
  f.key("wires", s.wires);
}

std::string read_error(const std::string& keys) {
  return test::input_error([&] {
    Array array;
    const ConfigNode root = load_yaml_text("wires: {" + keys + "}", "chip.yaml");
    ConfigReader::read(root, array);
  });
}

template <class Action>
std::string solver_error(Action&& action) {
  try {
    action();
  } catch (const models::WireSolverError& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("wires that cannot be read", "[wires]") {
  CHECK(read_error("solver: nodal, row_resistance: 1 ohm, column_resistance: 2 ohm").empty());
  CHECK(read_error("solver: nodal, row_resistance: -1 ohm, column_resistance: 2 ohm") ==
        "chip.yaml:1:24: wires.row_resistance: must be between 0 and 1000 Mohm, not -1 ohm");
  CHECK(read_error("solver: nodal, column_resistance: 2 ohm") ==
        "chip.yaml:1:1: wires: missing key 'row_resistance' (of a row wire, per cell pitch)");
  CHECK(read_error("solver: nodal, row_resistance: 1, column_resistance: 2 ohm") ==
        "chip.yaml:1:24: wires.row_resistance: needs a unit, write for example '2 ohm'");
  CHECK(read_error("row_resistance: 1 ohm, column_resistance: 2 ohm") ==
        "chip.yaml:1:1: wires: missing key 'solver' (nodal: all node equations; fast: ladders, error reported)");
  CHECK(read_error("solver: spice, row_resistance: 1 ohm, column_resistance: 2 ohm") ==
        "chip.yaml:1:9: wires.solver: unknown value 'spice' (known: fast, nodal)");
  CHECK(read_error("solver: fast, row_resistance: 1 ohm, column_resistance: 2 ohm, topology: mixed") ==
        "chip.yaml:1:72: wires.topology: unknown value 'mixed' (known: interleaved, separate)");
  CHECK(read_error("solver: fast, row_resistance: 1 ohm, column_resistance: 2 ohm, tolerance: 0") ==
        "chip.yaml:1:72: wires.tolerance: must be between 1e-12 and 0.1, not 0");
}

TEST_CASE("wires on chips that cannot have them", "[wires]") {
  models::ArchitectureSpec chip = test::small_architecture();
  chip.array.wires = test::wires(0, 0);
  CHECK(test::broken_rule([&] { validate(chip); }).empty());
  chip.array.wires = test::wires(0, 1);
  CHECK(test::broken_rule([&] { validate(chip); }) ==
        "architecture.array.wires: wires need the conductance of cells: device 'ideal' has no g_max");
  chip.array.cell.device = test::device("{kind: rram_generic, g_max: 0.1 mS}");
  CHECK(test::broken_rule([&] { validate(chip); }).empty());
  chip.array.rows = 1024;
  chip.array.columns = 1024;
  CHECK(test::broken_rule([&] { validate(chip); }).empty());
  chip.array.wires->topology = models::WireTopology::interleaved;
  CHECK(test::broken_rule([&] { validate(chip); }) ==
        "architecture.array.wires: an array of 2097152 cells is too large for wires, at most 1048576 are possible");
}

TEST_CASE("solvers say how far they got", "[wires]") {
  const models::Crossbar crossbar{2, 2, {1e-5, 2e-5, 3e-5, 4e-5}};
  models::WireSpec wires = test::wires(1e7, 1e7);
  wires.solver = models::WireSolver::fast;
  wires.max_iterations = 2;
  CHECK(solver_error([&] { (void)models::effective_conductance(wires, crossbar); }) ==
        "after 2 iterations currents still change by 4.91e-01 of the largest, tolerance is 0.0001 (more "
        "max_iterations, or solver: nodal)");
  const std::string tiny =
      solver_error([&] { (void)models::effective_conductance(test::wires(1e-12, 1e-12), crossbar); });
  CHECK(tiny.find("Kirchhoff's law fails by ") == 0);
  CHECK(tiny.find(" of the largest current, at most 1e-06 is allowed (resistances too small beside the cells; 0 ohm is "
                  "possible)") != std::string::npos);
}

TEST_CASE("a solver that does not converge names its layer and array", "[wires]") {
  test::Random random(1);
  test::ValuesCase one;
  one.array.cell.device = test::device("{kind: rram_generic, g_max: 100 uS}");
  one.array.rows = 8;
  one.array.columns = 8;
  one.input.bits = 2;
  one.fill(random, 12, 10, 2);
  one.choose_ranges();
  one.array.wires = test::wires(1e6, 1e6);
  one.array.wires->solver = models::WireSolver::fast;
  one.array.wires->max_iterations = 3;
  const std::string message =
      test::broken_rule([&] { (void)test::compute(one, values::Path::automatic, values::Dispatch::automatic); });
  CHECK(message.find("architecture.array.wires.solver: layer 'layer': the array of rows 0 to 7, columns 0 to 3, plane "
                     "p: after 3 iterations currents still change by ") == 0);
}

}  // namespace

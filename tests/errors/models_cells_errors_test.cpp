// SPDX-License-Identifier: Apache-2.0
// Bad memory cells and bad writing, the message word by word.
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "models/architecture.hpp"
#include "tests/support/support.hpp"

using namespace ohmic;

namespace {

struct Run {
  models::ArchitectureSpec architecture;
};
void fields(Fields& f, Run& s) {
  f.key("architecture", s.architecture, {.required = true});
}

/// Message for rram_small with `text` over its array section, which begins at line 4, column 5; `file` (if any) beside
/// it.
std::string message(const std::string& text, const std::string& name = "", const std::string& file = "") {
  const test::TemporaryFolder folder;
  if (!name.empty()) write_file_atomically(folder.path() / name, file);
  const std::string run = (folder.path() / "run.yaml").string();
  const std::string preset = (test::source_dir() / "configs/architectures/rram_small.yaml").string();
  write_file_atomically(run, "architecture:\n  use: " + preset + "\n  array:\n    " + text + "\n");
  std::string said = test::input_error([&] {
    const ConfigNode root = load_config(run);
    Run spec;
    ConfigReader::read(root, spec);
    try {
      models::validate(spec.architecture);
    } catch (const RuleError& error) {
      throw located(root, error);
    }
  });
  const std::string place = folder.path().string() + "/";
  for (std::size_t at = said.find(place); at != std::string::npos; at = said.find(place)) said.erase(at, place.size());
  return said;
}

std::string table(const std::string& states) {
  return message("cell: {device: {kind: table, states: [" + states + "]}}");
}

}  // namespace

TEST_CASE("cells that are sound give no message") {
  CHECK(message("cell: {on_off_ratio: 20, off_current: none, stuck: {off: 0.5, on: 0.5}}").empty());
  CHECK(message("cell: {correlation: {column: 0.5, spatial: 0.5, length_cells: 8}}").empty());
  CHECK(message("write: {pulse: 1 us, verify_reads: 2, tolerance: 0.01, max_pulses: 20}").empty());
  CHECK(table("{state: 0, mean: 0, std: 0.1}, {state: 1, mean: 1, std: 0}").empty());
  CHECK(message("cell: {device: {kind: table, file: cell.csv}}", "cell.csv",
                "# mine\nstd, state, mean\n0.1, 0, 0\n\n0.2, 1, 0.9\n")
            .empty());
  CHECK(message("cell: {device: {kind: table, file: cell.yaml}}", "cell.yaml",
                "states:\n  - {state: 0, mean: 0, std: 0}\n  - {state: 1, mean: 1, std: 0}\n")
            .empty());
}

TEST_CASE("more levels than the cell has") {
  CHECK(message("cell: {bits: 2, device: {kind: sram_charge, capacitance: 2 fF, supply: 0.9 V}}") ==
        "run.yaml:4:12: architecture.array.cell.bits: 2-bit cells have 4 levels, a sram_charge cell has 2");
  CHECK(message("cell: {bits: 3, device: {levels: 7}}") ==
        "run.yaml:4:12: architecture.array.cell.bits: 3-bit cells have 8 levels, a rram_generic cell has 7");
}

TEST_CASE("capacitors are charged once a read") {
  CHECK(message("{cell: {bits: 1, device: {kind: sram_charge, capacitance: 2 fF, supply: 0.9 V}}, "
                "inputs: {dac_bits: 2, shape: width}}")
            .find("architecture.array.inputs.shape: must be amplitude: a capacitor is charged once a read") !=
        std::string::npos);
}

TEST_CASE("conductance ranges that cross") {
  CHECK(
      message("cell: {on_off_ratio: 0.5}") ==
      "run.yaml:4:12: architecture.array.cell.on_off_ratio: must be more than 1, not 0.5: the conductances of level 0 "
      "and of the highest level cross");
  CHECK(message("cell: {on_off_ratio: 1}") ==
        "run.yaml:4:12: architecture.array.cell.on_off_ratio: must be more than 1, not 1: the conductances of level 0 "
        "and of the highest level cross");
  CHECK(message("cell: {bits: 1, on_off_ratio: 9, device: {kind: sram_charge, capacitance: 2 fF, supply: 0.9 V}}") ==
        "run.yaml:4:21: architecture.array.cell.on_off_ratio: capacitors do not conduct: leave it out");
  CHECK(table("{state: 0, mean: 0, std: 0}, {state: 0.4, mean: 0.6, std: 0}, {state: 1, mean: 0.5, std: 0}") ==
        "run.yaml:4:116: architecture.array.cell.device.states[2].mean: conductances cross: state 1 has a mean of 0.5, "
        "state 0.4 one of 0.6");
}

TEST_CASE("fractions, temperatures and correlations that cannot be") {
  CHECK(message("cell: {stuck: {off: 0.7, on: 0.6}}") ==
        "run.yaml:4:12: architecture.array.cell.stuck: off and on are 1.3 of all cells, at most 1 is possible");
  CHECK(message("cell: {stuck: {off: -0.1}}") ==
        "run.yaml:4:20: architecture.array.cell.stuck.off: must be between 0 and 1, not -0.1");
  CHECK(message("cell: {temperature: {kelvin: 400, coefficient_per_kelvin: -0.02}}") ==
        "run.yaml:4:12: architecture.array.cell.temperature: conductances become negative: -1 times what was written");
  CHECK(message("cell: {temperature: {kelvin: -3}}") ==
        "run.yaml:4:26: architecture.array.cell.temperature.kelvin: must be between 1 and 1000, not -3");
  CHECK(
      message("cell: {correlation: {column: 0.75, spatial: 0.5}}") ==
      "run.yaml:4:12: architecture.array.cell.correlation: column and spatial add up to 1.25: above 1 the correlation "
      "matrix is not positive");
  CHECK(message("cell: {correlation: {length_cells: 0}}") ==
        "run.yaml:4:26: architecture.array.cell.correlation.length_cells: must be between 1 and 64, not 0");
}

TEST_CASE("a device table with gaps") {
  CHECK(message("cell: {device: {kind: table}}") ==
        "run.yaml:4:12: architecture.array.cell.device.states: needs at least the states 0 and 1, not 0 rows");
  CHECK(table("{state: 0.1, mean: 0, std: 0}, {state: 1, mean: 1, std: 0}") ==
        "run.yaml:4:44: architecture.array.cell.device.states[0].state: states must begin at 0, not 0.1");
  CHECK(table("{state: 0, mean: 0, std: 0}, {state: 0.9, mean: 1, std: 0}") ==
        "run.yaml:4:73: architecture.array.cell.device.states[1].state: states must end at 1, not 0.9");
  CHECK(table("{state: 0, mean: 0, std: 0}, {state: 0.5, mean: 0.5, std: 0}, {state: 0.5, mean: 1, std: 0}") ==
        "run.yaml:4:106: architecture.array.cell.device.states[2].state: states must ascend: 0.5 comes after 0.5");
  CHECK(table("{state: 0, mean: 0}, {state: 1, mean: 1, std: 0}") ==
        "run.yaml:4:43: architecture.array.cell.device.states[0]: missing key 'std' (its standard deviation)");
  CHECK(table("{state: 0, mean: 0, std: -0.1}, {state: 1, mean: 1, std: 0}") ==
        "run.yaml:4:63: architecture.array.cell.device.states[0].std: must be between 0 and 1, not -0.1");
  CHECK(message("cell: {device: {kind: table, file: a.csv, states: []}}", "a.csv", "") ==
        "run.yaml:4:47: architecture.array.cell.device.states: are in 'file': keep one of the two");
}

TEST_CASE("a device table in a file: the line to blame") {
  const auto csv = [](const std::string& text) {
    return message("cell: {device: {kind: table, file: cell.csv}}", "cell.csv", text);
  };
  CHECK(csv("") == "cell.csv: is empty");
  CHECK(csv("state,mean\n0,0\n1,1\n") == "cell.csv:1:1: missing column 'std' (needed: state, mean, std)");
  CHECK(csv("state,mean,std\n0,0,0\n1,1\n") == "cell.csv:3:1: has 2 values, the first line names 3 columns");
  CHECK(csv("state,mean,std\n0,0,0\n1,one,0\n") == "cell.csv:3:3: 'one' is not a number");
  CHECK(csv("state,mean,std\n0,0,0\n1,nan,0\n") == "cell.csv:3:3: 'nan' is not a number");
  CHECK(csv("state,mean,std\n0,0,-1\n1,1,0\n") == "cell.csv:2:1: must be at least 0, not -1");
  CHECK(csv("state,mean,std\n# gap\n0,0,0\n0.5,0.5,0\n") == "cell.csv:4:1: states must end at 1, not 0.5");
  CHECK(csv("state,mean,std\n") == "cell.csv: needs at least the states 0 and 1, not 0 rows");
  CHECK(message("cell: {device: {kind: table, file: cell.yaml}}", "cell.yaml",
                "states:\n  - {state: 0, mean: 0, std: 0}\n  - {state: 2, mean: 1, std: 0}\n") ==
        "cell.yaml:3:6: states[1].state: must be between 0 and 1, not 2");
  CHECK(message("cell: {device: {kind: table, file: cell.yaml}}", "cell.yaml",
                "states:\n  - {state: 0.5, mean: 0, std: 0}\n  - {state: 1, mean: 1, std: 0}\n") ==
        "cell.yaml:2:6: states[0].state: states must begin at 0, not 0.5");
  CHECK(message("cell: {device: {kind: table, file: none.csv}}").find("none.csv: ") != std::string::npos);
}

TEST_CASE("writing that contradicts itself") {
  CHECK(message("write: {pulse: 1 us, max_pulses: 5}") ==
        "run.yaml:4:26: architecture.array.write.max_pulses: needs 'tolerance', which says when a cell is done");
  CHECK(message("write: {tolerance: 0.1}") ==
        "run.yaml:4:5: architecture.array.write.verify_reads: must be at least 1 with 'tolerance'");
  CHECK(
      message("write: {tolerance: 0.1, verify_reads: 1, pulses: 2}") ==
      "run.yaml:4:46: architecture.array.write.pulses: follow from 'tolerance': leave them out, or give 'max_pulses'");
  CHECK(message("write: {tolerance: 0, verify_reads: 1}") ==
        "run.yaml:4:13: architecture.array.write.tolerance: must be more than 0, not 0");
  CHECK(message("{cell: {device: {kind: pcm_joshi2020}}, write: {tolerance: 0.1, verify_reads: 1}}")
            .find("architecture.array.write.tolerance: the error of a pcm_joshi2020 cell is what write-and-verify has "
                  "left: "
                  "leave it out") != std::string::npos);
  CHECK(message("{cell: {correlation: {column: 0.1}}, write: {tolerance: 0.1, verify_reads: 1}}")
            .find("architecture.array.cell.correlation: what cells have in common is corrected by write-and-verify "
                  "('write.tolerance'): keep one of the two") != std::string::npos);
  CHECK(message("write: {time_per_row: 1 us}") ==
        "run.yaml:4:13: architecture.array.write: unknown key 'time_per_row' (known: max_pulses, pulse, pulses, "
        "tolerance, unit, verify_reads)");
}

TEST_CASE("percentiles outside of what there is") {
  CHECK(message("adc: {percentile: 101}") ==
        "run.yaml:4:11: architecture.array.adc.percentile: must be between 50 and 100, not 101");
  CHECK(message("adc: {percentile: -1}") ==
        "run.yaml:4:11: architecture.array.adc.percentile: must be between 50 and 100, not -1");
}

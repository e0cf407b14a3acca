// SPDX-License-Identifier: Apache-2.0
// What digital arrays refuse, and what analog ones need, word for word.
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "base/files.hpp"
#include "models/architecture.hpp"
#include "tests/support/support.hpp"

using namespace ohmic;

namespace {

struct Document {
  models::ArchitectureSpec architecture;
};
void fields(Fields& f, Document& s) {
  f.key("architecture", s.architecture);
}

/// What is wrong with a preset in which `assignment` holds, without the place in the file.
std::string message(const std::string& preset, const std::string& assignment) {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "run.yaml";
  write_file_atomically(
      file, "architecture: {use: " + (test::source_dir() / "configs/architectures" / preset).string() + "}\n");
  ConfigNode root = load_config(file);
  if (!assignment.empty()) set_path(root, assignment, "--set");
  const std::string text = test::input_error([&] {
    Document document;
    ConfigReader::read(root, document);
    try {
      validate(document.architecture);
    } catch (const RuleError& error) {
      throw located(root, error);
    }
  });
  constexpr std::string_view kBefore = ": ";
  return text.empty() ? "" : text.substr(text.find(": architecture.") + kBefore.size());
}

}  // namespace

TEST_CASE("digital arrays refuse what only currents and charges have") {
  const auto digital = [](const std::string& assignment) { return message("sram_digital.yaml", assignment); };
  CHECK(digital("").empty());
  const std::string exact = "digital arrays (compute) add exactly, there is nothing to convert";
  CHECK(digital("architecture.array.adc={kind: ideal, bits: 8, columns_per_adc: 1, rate: 1 GS/s}") ==
        "architecture.array.adc: " + exact);
  CHECK(digital("architecture.array.accumulate={slices: analog}") == "architecture.array.accumulate: " + exact);
  CHECK(digital("architecture.array.sample_hold={banks: 2}") == "architecture.array.sample_hold: " + exact);
  CHECK(digital("architecture.array.cell.device={kind: rram_generic}") ==
        "architecture.array.cell.device.kind: must be ideal or sram_digital, not rram_generic: digital arrays "
        "(compute) read bits");
  for (const char* cell :
       {"on_off_ratio=9", "stuck.on=0.1", "temperature={kelvin: 310, coefficient_per_kelvin: 0.01}"}) {
    CHECK(digital(std::string("architecture.array.cell.") + cell) ==
          "architecture.array.cell: digital arrays (compute) read bits: leave out on_off_ratio, stuck and temperature");
  }
  CHECK(
      digital("architecture.array.inputs.shape=count") ==
      "architecture.array.inputs.shape: must be amplitude: digital arrays (compute) take a digit in one read, whatever "
      "its bits");
  CHECK(digital("architecture.array.inputs.level_error=0.01") ==
        "architecture.array.inputs.level_error: must be 0: digital arrays (compute) take bits");
  CHECK(digital("architecture.costs.adc={energy: 1 pJ}") ==
        "architecture.costs.adc: digital arrays (compute) have none");
  CHECK(digital("architecture.costs.sample_hold={energy: 1 pJ}") ==
        "architecture.costs.sample_hold: digital arrays (compute) have none");
}

TEST_CASE("arrays are analog or digital, and analog ones have converters") {
  CHECK(message("rram_small.yaml", "architecture.array.compute=digtal") ==
        "architecture.array.compute: unknown value 'digtal' (did you mean 'digital'? known: analog, digital)");
  CHECK(message("sram_digital.yaml", "architecture.array.compute=analog") ==
        "architecture.array: missing key 'adc' (analog-to-digital converter, needed where compute is analog), for "
        "example "
        "{kind: ideal, bits: 8, columns_per_adc: 16, rate: 1 GS/s}");
}

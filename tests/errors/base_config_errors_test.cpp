// SPDX-License-Identifier: Apache-2.0
// One case per rule of the strict reader, the message word by word.
#include <catch2/catch.hpp>
#include <fstream>
#include <random>

#include "base/config_reader.hpp"
#include "tests/support/support.hpp"

using namespace ohmic;

namespace {

struct Adc {
  int bits = 8;
  Frequency rate{1000000000};
};
void fields(Fields& f, Adc& s) {
  f.key("bits", s.bits, {.doc = "resolution", .required = true, .min = 1, .max = 16});
  f.key("rate", s.rate, {.doc = "conversions per second", .positive = true});
}

enum class Colour { red, green };
EnumNames enum_names(Colour /*e*/) {
  return {{"red", 0}, {"green", 1}};
}

struct Chip {
  int rows = 0;
  Duration read{};
  Colour colour = Colour::red;
  std::vector<int> sizes;
  Adc adc;
};
void fields(Fields& f, Chip& s) {
  f.key("rows", s.rows, {.doc = "word lines", .min = 1});
  f.key("read", s.read, {.doc = "one read", .positive = true});
  f.key("colour", s.colour);
  f.key("sizes", s.sizes, {.doc = "sizes", .min = 1});
  f.key("adc", s.adc);
}

std::string message(const std::string& yaml) {
  return test::input_error([&] {
    Chip chip;
    const ConfigNode root = load_yaml_text(yaml, "chip.yaml");
    ConfigReader::read(root, chip);
  });
}

}  // namespace

TEST_CASE("an unknown key names its place, the likely key and all known ones") {
  CHECK(message("rows: 4\nadc:\n  bits: 8\n  rat: 1 GS/s\n") ==
        "chip.yaml:4:3: adc: unknown key 'rat' (did you mean 'rate'? known: bits, rate)");
  CHECK(message("zzz: 4\n") == "chip.yaml:1:1: unknown key 'zzz' (known: adc, colour, read, rows, sizes)");
}

TEST_CASE("a duplicate key is an error") {
  CHECK(message("rows: 4\nrows: 5\n") == "chip.yaml:2:1: duplicate key 'rows' (first at line 1)");
}

TEST_CASE("a missing key says what it is") {
  CHECK(message("adc: {rate: 1 GS/s}\n") == "chip.yaml:1:1: adc: missing key 'bits' (resolution)");
}

TEST_CASE("a quantity without a unit or with a wrong one") {
  CHECK(message("read: 10\n") == "chip.yaml:1:1: read: needs a unit, write for example '10 ns'");
  CHECK(message("read: 10 pJ\n") ==
        "chip.yaml:1:1: read: 'pJ' is not a unit of time (known: fs, ps, ns, us, ms, s, min, h, day, days)");
  CHECK(message("read: 0 ns\n") == "chip.yaml:1:1: read: must be more than 0, not 0 ns");
  CHECK(message("read: -1 ns\n") == "chip.yaml:1:1: read: must be more than 0, not -1 ns");
}

TEST_CASE("numbers that are none, or out of their range") {
  CHECK(message("rows: 0\n") == "chip.yaml:1:1: rows: must be at least 1, not 0");
  CHECK(message("rows: -3\n") == "chip.yaml:1:1: rows: must be at least 1, not -3");
  CHECK(message("rows: 4.5\n") == "chip.yaml:1:1: rows: '4.5' is not a whole number");
  CHECK(message("rows: 8abc\n") == "chip.yaml:1:1: rows: '8abc' is not a whole number");
  CHECK(message("rows: \"4\"\n") == "chip.yaml:1:1: rows: '4' is not a whole number");
  CHECK(message("rows: 010\n") == "chip.yaml:1:1: rows: '010' has a leading zero (octal or decimal? write it without)");
  CHECK(message("rows: 99999999999\n") == "chip.yaml:1:1: rows: '99999999999' is out of range");
  CHECK(message("rows: .nan\n") == "chip.yaml:1:1: rows: '.nan' is not a whole number");
  CHECK(message("adc: {bits: 17}\n") == "chip.yaml:1:7: adc.bits: must be between 1 and 16, not 17");
  CHECK(message("rows: [4]\n") == "chip.yaml:1:1: rows: must be a whole number, not a list");
}

TEST_CASE("names, lists and sections of the wrong kind") {
  CHECK(message("colour: gren\n") ==
        "chip.yaml:1:1: colour: unknown value 'gren' (did you mean 'green'? known: green, red)");
  CHECK(message("sizes: 4\n") == "chip.yaml:1:1: sizes: must be a list, write [a, b] or lines that begin with '-'");
  CHECK(message("sizes: [4, 0]\n") == "chip.yaml:1:12: sizes[1]: must be at least 1, not 0");
  CHECK(message("adc: 4\n") == "chip.yaml:1:1: adc: must be a map of keys");
  CHECK(message("- 4\n") == "chip.yaml:1:1: must be a map of keys");
}

TEST_CASE("documents that are no document") {
  CHECK(message("") == "chip.yaml: is empty");
  CHECK(message("a: 1\n---\nb: 2\n") == "chip.yaml: holds more than one YAML document");
  CHECK(message("a: &x 1\nb: *x\n").find("chip.yaml:1:4: YAML anchors are not supported") == 0);
  CHECK(message("a: [1\n").find("chip.yaml:2:1: not valid YAML: ") == 0);
  CHECK(message(std::string("a: 1\0b", 6)) == "chip.yaml: is not a YAML text (it holds zero bytes)");
}

TEST_CASE("random bytes are bad input, never a crash") {
  const unsigned seed = 20240501;
  INFO("seed " << seed);
  std::mt19937 random(seed);
  const std::string alphabet = "ab:{}[]-,#&*!|>'\"%@`\n\t ?~0159.\\";
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    const std::size_t size = random() % 40;
    for (std::size_t k = 0; k < size; ++k) {
      text += i % 2 == 0 ? alphabet[random() % alphabet.size()] : static_cast<char>(random() % 256);
    }
    INFO(text);
    try {
      Chip chip;
      const ConfigNode root = load_yaml_text(text, "random.yaml");
      ConfigReader::read(root, chip);
    } catch (const InputError&) {
    }
  }
}

TEST_CASE("presets: overriding at depth, circles, missing files") {
  const test::TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::string& text) {
    write_file_atomically(folder.path() / name, text);
    return (folder.path() / name).string();
  };
  write("adc.yaml", "bits: 5\nrate: 2 GS/s\n");
  write("base.yaml", "rows: 4\nadc: {use: adc.yaml, bits: 6}\n");
  const std::string top = write("top.yaml", "use: base.yaml\nadc: {rate: 3 GS/s}\n");
  Chip chip;
  ConfigReader::read(load_config(top), chip);
  CHECK(chip.rows == 4);
  CHECK(chip.adc.bits == 6);
  CHECK(chip.adc.rate == Frequency(3000000000));

  const std::string circle = write("circle.yaml", "adc: {use: circle.yaml}\n");
  CHECK(test::input_error([&] { (void)load_config(circle); }) ==
        circle + ": uses itself, directly or by way of another preset");
  const std::string missing = write("missing.yaml", "adc: {use: nowhere.yaml}\n");
  CHECK(test::input_error([&] { (void)load_config(missing); }) ==
        missing + ":1:7: use: there is no preset file '" + (folder.path() / "nowhere.yaml").string() + "'");
}

TEST_CASE("the option --set overrides one key and is checked like the file") {
  ConfigNode root = load_yaml_text("rows: 4\nadc: {bits: 8}\n", "chip.yaml");
  set_path(root, "adc.bits=6", "--set");
  Chip chip;
  ConfigReader::read(root, chip);
  CHECK(chip.adc.bits == 6);
  set_path(root, "adc.bitz=6", "--set");
  CHECK(test::input_error([&] { ConfigReader::read(root, chip); }) ==
        "--set adc.bitz=6: adc: unknown key 'bitz' (did you mean 'bits'? known: bits, rate)");
  set_path(root, "sizes=[3, 4, 5]", "--set");
  set_path(root, "sizes[1]=7", "--set");
  CHECK(root.find("sizes")->items[0].scalar == "3");
  CHECK(root.find("sizes")->items[1].scalar == "7");
  CHECK(test::input_error([&] { set_path(root, "sizes[3]=7", "--set"); }) ==
        "--set sizes[3]=7: [3]: the list has 3 items, the first is [0]");
  CHECK(test::input_error([&] { set_path(root, "adc.bits", "--set"); }) ==
        "--set: 'adc.bits' is not of the form path.to.key=value");
}

TEST_CASE("a broken rule is located at its key or at the nearest section that is there") {
  const ConfigNode root = load_yaml_text("rows: 4\nadc: {bits: 8}\n", "chip.yaml");
  CHECK(std::string(located(root, RuleError("adc.bits", "is wrong")).what()) == "chip.yaml:2:7: adc.bits: is wrong");
  CHECK(std::string(located(root, RuleError("adc.rate", "is wrong")).what()) == "chip.yaml:2:1: adc.rate: is wrong");
  CHECK(std::string(located(root, RuleError("mapping.x", "is wrong")).what()) == "chip.yaml: mapping.x: is wrong");
}

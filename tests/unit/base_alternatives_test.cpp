// SPDX-License-Identifier: Apache-2.0
// Keys that take one of two forms, keys that rule each other out, paths into lists.
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "base/json_writer.hpp"
#include "tests/support/support.hpp"

using namespace ohmic;

namespace {

enum class Colour { red, green };
EnumNames enum_names(Colour) {
  return {{"red", 0}, {"green", 1}};
}

struct Limits {
  double top = 100;
};
void fields(Fields& f, Limits& s) {
  f.key("top", s.top, {.required = true});
}

struct Sample {
  Colour colour = Colour::red;
  std::optional<double> wavelength;
  Limits limits;
  int width = 1;
  std::string text;
};
void fields(Fields& f, Sample& s) {
  f.key("text", s.text);
  f.key("colour", NameOrNumber<Colour>{s.colour, s.wavelength}, {.doc = "name or wavelength", .min = 300, .max = 800});
  f.key("limits", WordOrSection<Limits>{"all", s.limits, s.limits.top == 100}, {.doc = "how much"});
  if (s.text.empty()) {
    f.key("width", s.width);
  } else {
    f.refuse("width", "the text gives it");
  }
}

Sample read(const std::string& yaml) {
  Sample sample;
  ConfigReader::read(load_yaml_text(yaml, "a.yaml"), sample);
  return sample;
}

std::string error(const std::string& yaml) {
  return test::input_error([&] { (void)read(yaml); });
}

}  // namespace

TEST_CASE("a key takes a name or a number") {
  CHECK(read("colour: green").colour == Colour::green);
  CHECK(!read("colour: green").wavelength);
  CHECK(read("colour: 400").wavelength == 400);
  CHECK(error("colour: gren") ==
        "a.yaml:1:1: colour: 'gren' is neither a number nor a known name (did you mean 'green'? known: green, red)");
  CHECK(error("colour: 900") == "a.yaml:1:1: colour: must be between 300 and 800, not 900");
  CHECK(error("colour: 4oo") == "a.yaml:1:1: colour: '4oo' is not a number");
  CHECK(error("colour: '400'") == "a.yaml:1:1: colour: '400' is not a number");
  CHECK(error("colour: [1]") == "a.yaml:1:1: colour: must be a name or a number, not a list");
}

TEST_CASE("a word stands in place of a section") {
  CHECK(read("limits: all").limits.top == 100);
  CHECK(read("limits: {top: 7}").limits.top == 7);
  CHECK(read("text: x").limits.top == 100);
  CHECK(error("limits: al") == "a.yaml:1:1: limits: must be 'all' or a map of keys, not 'al'");
  CHECK(error("limits: {tip: 7}") == "a.yaml:1:1: limits: missing key 'top'");
  CHECK(error("limits: [7]") == "a.yaml:1:1: limits: must be a map of keys");
}

TEST_CASE("a key that another one rules out is refused") {
  CHECK(read("width: 3").width == 3);
  CHECK(error("{text: x, width: 3}") == "a.yaml:1:11: width: the text gives it");
  CHECK(error("{text: x, wdth: 3}") ==
        "a.yaml:1:11: unknown key 'wdth' (did you mean 'width'? known: colour, limits, text, width)");
}

TEST_CASE("both forms are written and described") {
  Sample sample;
  CHECK(JsonWriter::write(sample).dump() == R"({"text":"","colour":"red","limits":"all","width":1})");
  sample.wavelength = 450;
  sample.limits.top = 50;
  sample.text = "words";
  CHECK(JsonWriter::write(sample).dump() == R"({"text":"words","colour":450.0,"limits":{"top":50.0}})");
  const Json properties = SchemaWriter::write<Sample>().at("properties");
  CHECK(properties.at("colour").dump() ==
        R"({"anyOf":[{"enum":["red","green"]},{"type":"number","minimum":300.0,"maximum":800.0}],)"
        R"("default":"red","description":"name or wavelength"})");
  CHECK(properties.at("limits").at("anyOf").at(0).dump() == R"({"const":"all"})");
  CHECK(properties.at("limits").at("anyOf").at(1).at("properties").contains("top"));
  CHECK(properties.contains("width"));
}

TEST_CASE("paths lead into lists with and without a dot") {
  CHECK(split_path("rules[0].match") == std::vector<std::string>{"rules", "[0]", "match"});
  CHECK(split_path("rules.[0].match") == std::vector<std::string>{"rules", "[0]", "match"});
  CHECK(split_path("a[0][12]") == std::vector<std::string>{"a", "[0]", "[12]"});
  const ConfigNode root = load_yaml_text("rules:\n  - {match: a}\n  - {match: b}\n", "a.yaml");
  REQUIRE(root.at_path("rules[1].match") != nullptr);
  CHECK(root.at_path("rules[1].match")->scalar == "b");
  CHECK(root.at_path("rules[2].match") == nullptr);
}

// SPDX-License-Identifier: Apache-2.0
// One `fields` function reads, writes and describes.
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "base/json_writer.hpp"

using namespace ohmic;

namespace {

class Shape {
 public:
  virtual ~Shape() = default;
  virtual void fields(Fields& f) = 0;
  [[nodiscard]] virtual double area() const = 0;
};
class Square : public Shape {
 public:
  void fields(Fields& f) override { f.key("side", side_, {.doc = "length", .required = true, .positive = true}); }
  [[nodiscard]] double area() const override { return side_ * side_; }

 private:
  double side_ = 0;
};
const Registration<Shape, Square> kSquare{"square"};

struct Item {
  std::string name;
  std::optional<int> count;
};
void fields(Fields& f, Item& s) {
  f.key("name", s.name, {.required = true});
  f.key("count", s.count);
}

struct Spec {
  Energy energy{1562500};
  std::vector<Item> items;
  std::map<std::string, int> numbers;
  std::vector<std::int16_t> weights;
  Part<Shape> shape;
};
void fields(Fields& f, Spec& s) {
  f.key("energy", s.energy, {.doc = "of one thing"});
  f.key("items", s.items);
  f.key("numbers", s.numbers);
  f.key("weights", Packed<std::int16_t>{s.weights});
  f.key("shape", s.shape);
}

Spec read(const std::string& text) {
  Spec spec;
  const ConfigNode root = load_yaml_text(text, "t");
  ConfigReader::read(root, spec);
  return spec;
}

}  // namespace

TEST_CASE("what is written reads back the same") {
  const Spec spec = read(
      "energy: 2.5 pJ\nitems: [{name: a, count: 3}, {name: b}]\nnumbers: {x: 1, y: -2}\n"
      "weights: 1 -2 300\nshape: {kind: square, side: 1.5}\n");
  CHECK(spec.items.size() == 2);
  CHECK(spec.weights == std::vector<std::int16_t>{1, -2, 300});
  CHECK(spec.shape->area() == 2.25);
  const std::string text = JsonWriter::write(spec).dump();
  CHECK(text == R"({"energy":"2.5 pJ","items":[{"name":"a","count":3},{"name":"b"}],"numbers":{"x":1,"y":-2},)"
                R"("weights":"1 -2 300","shape":{"kind":"square","side":1.5}})");
  CHECK(JsonWriter::write(read(text)).dump() == text);
}

TEST_CASE("absent keys keep their defaults") {
  const Spec spec = read("numbers: {}\n");
  CHECK(spec.energy == Energy(1562500));
  CHECK(spec.items.empty());
  CHECK_FALSE(spec.shape);
}

TEST_CASE("the schema describes every key and every registered part") {
  const Json schema = SchemaWriter::write<Spec>();
  CHECK(schema["properties"]["energy"]["pattern"].get<std::string>().find("pJ") != std::string::npos);
  CHECK(schema["properties"]["items"]["items"]["anyOf"][1]["required"] == Json::array({"name"}));
  CHECK(schema["properties"]["shape"]["oneOf"][1]["properties"]["kind"]["const"] == "square");
  CHECK(schema["additionalProperties"] == false);
  // A default where a key may be left out and has one; none where it is required.
  CHECK(schema["properties"]["energy"]["default"] == "1.5625 pJ");
  CHECK_FALSE(schema["properties"]["items"]["items"]["properties"]["name"].contains("default"));
  CHECK_FALSE(schema["properties"]["items"]["items"]["properties"]["count"].contains("default"));
}

namespace {
class Circle : public Shape {
 public:
  void fields(Fields& f) override { f.key("radius", radius_, {.doc = "length", .required = true}); }
  [[nodiscard]] double area() const override { return 3 * radius_ * radius_; }

 private:
  double radius_ = 0;
};
const Registration<Shape, Circle> kCircle{"circle"};
}  // namespace

TEST_CASE("a part whose kind is overridden leaves the old kind's keys behind") {
  ConfigNode root = load_yaml_text("shape: {kind: square, side: 1.5}\n", "t");
  set_path(root, "shape={kind: circle, radius: 2}", "--set");
  Spec spec;
  ConfigReader::read(root, spec);
  CHECK(spec.shape->area() == 12);
  set_path(root, "shape.side=2", "--set");
  CHECK_THROWS_AS(ConfigReader::read(root, spec), InputError);
}

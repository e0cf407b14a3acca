// SPDX-License-Identifier: Apache-2.0
#include "base/json_writer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/config_node.hpp"

namespace ohmic {

namespace {

struct LeafWriter {
  Json operator()(const bool* value) const { return *value; }
  Json operator()(const int* value) const { return *value; }
  Json operator()(const std::int64_t* value) const { return *value; }
  Json operator()(const std::uint64_t* value) const { return *value; }
  Json operator()(const double* value) const { return *value; }
  Json operator()(const float* value) const { return static_cast<double>(*value); }
  Json operator()(const std::string* value) const { return *value; }
  Json operator()(const FilePath* value) const { return value->text; }
  Json operator()(const EnumRef* value) const { return name_of(value->names, value->value); }
  Json operator()(const QuantityRef* value) const { return format_quantity(value->value, *value->dimension); }
  Json operator()(const NameRef* value) const { return *value->value; }
  Json operator()(const NameOrNumberRef* value) const {
    return value->number ? Json(*value->number) : name_of(value->names, value->name);
  }
  Json operator()(const RawRef* value) const { return node_json(*value->node); }
  Json operator()(const IntegersRef* value) const {
    return std::visit([](const auto* numbers) { return fmt::format("{}", fmt::join(*numbers, " ")); }, *value);
  }

 private:
  static Json name_of(const EnumNames& names, int value) {
    for (const auto& [name, number] : names) {
      if (number == value) return std::string(name);
    }
    throw std::logic_error("an enum value has no name");
  }
};

Json number_schema(std::string_view type, const Key& key) {
  Json schema{{"type", type}};
  if (std::isfinite(key.min)) schema["minimum"] = key.min;
  if (std::isfinite(key.max)) schema["maximum"] = key.max;
  if (key.positive) schema["exclusiveMinimum"] = 0;
  return schema;
}

struct LeafSchema {
  const Key& key;
  Json operator()(const bool* /*value*/) const { return {{"type", "boolean"}}; }
  Json operator()(const int* /*value*/) const { return number_schema("integer", key); }
  Json operator()(const std::int64_t* /*value*/) const { return number_schema("integer", key); }
  Json operator()(const std::uint64_t* /*value*/) const { return number_schema("integer", key); }
  Json operator()(const double* /*value*/) const { return number_schema("number", key); }
  Json operator()(const float* /*value*/) const { return number_schema("number", key); }
  Json operator()(const std::string* /*value*/) const { return {{"type", "string"}}; }
  Json operator()(const FilePath* /*value*/) const { return {{"type", "string"}, {"format", "uri-reference"}}; }
  Json operator()(const EnumRef* value) const { return names_schema(value->names); }
  Json operator()(const QuantityRef* value) const {
    std::vector<std::string_view> units;
    for (const Unit& unit : value->dimension->units) units.push_back(unit.name);
    return {{"type", "string"},
            {"pattern", fmt::format("^[-+0-9.eE]+ *({})$", fmt::join(units, "|"))},
            {"examples", {value->dimension->example}}};
  }
  Json operator()(const NameRef* value) const { return {{"enum", value->known}}; }
  Json operator()(const NameOrNumberRef* value) const {
    return {{"anyOf", Json::array({names_schema(value->names), number_schema("number", key)})}};
  }
  Json operator()(const RawRef* /*value*/) const { return Json::object(); }
  Json operator()(const IntegersRef* /*value*/) const { return {{"type", "string"}}; }

 private:
  static Json names_schema(const EnumNames& known) {
    Json names = Json::array();
    for (const auto& [name, number] : known) names.push_back(std::string(name));
    return {{"enum", names}};
  }
};

}  // namespace

Json node_json(const ConfigNode& node) {
  switch (node.kind) {
    case ConfigNode::Kind::null:
      return nullptr;
    case ConfigNode::Kind::scalar: {
      const Json parsed = node.quoted ? Json() : Json::parse(node.scalar, nullptr, false);
      return parsed.is_number() || parsed.is_boolean() ? parsed : Json(node.scalar);
    }
    case ConfigNode::Kind::sequence: {
      Json list = Json::array();
      for (const ConfigNode& item : node.items) list.push_back(node_json(item));
      return list;
    }
    case ConfigNode::Kind::map:
      break;
  }
  Json map = Json::object();
  for (const auto& [key, value] : node.entries) map[key] = node_json(value);
  return map;
}

void JsonWriter::add(std::string_view name, Json value) {
  Json& frame = frames_.back();
  if (frame.is_array()) {
    frame.push_back(std::move(value));
  } else {
    frame[std::string(name)] = std::move(value);
  }
}

void JsonWriter::leaf(std::string_view name, Leaf leaf, const Key& /*key*/) {
  add(name, std::visit(LeafWriter{}, leaf));
}

bool JsonWriter::word(std::string_view name, std::string_view word, bool is_word, bool /*is_list*/) {
  if (is_word) add(name, std::string(word));
  return is_word;
}

bool JsonWriter::begin_section(std::string_view name, const Key& /*key*/) {
  names_.emplace_back(name);
  frames_.push_back(Json::object());
  return true;
}

void JsonWriter::end_section() {
  Json done = std::move(frames_.back());
  frames_.pop_back();
  const std::string name = std::move(names_.back());
  names_.pop_back();
  add(name, std::move(done));
}

std::size_t JsonWriter::begin_list(std::string_view name, std::size_t size, bool is_map, const Key& /*key*/) {
  names_.emplace_back(name);
  frames_.push_back(is_map ? Json::object() : Json::array());
  return size;
}

void SchemaWriter::add(std::string_view name, Json schema, const Key& key) {
  if (!key.doc.empty()) schema["description"] = std::string(key.doc);
  Frame& frame = frames_.back();
  frame.properties[std::string(name)] = std::move(schema);
  if (key.required) frame.required.push_back(std::string(name));
}

void SchemaWriter::leaf(std::string_view name, Leaf leaf, const Key& key) {
  Json schema = std::visit(LeafSchema{key}, leaf);
  const bool is_optional = std::exchange(is_optional_, false);
  if (!key.required && !is_optional) {
    const Json value = std::visit(LeafWriter{}, leaf);
    const bool says_nothing = value.is_string() && value.get<std::string>().empty();
    if (!says_nothing) schema["default"] = value;
  }
  add(name, std::move(schema), key);
}

bool SchemaWriter::word(std::string_view name, std::string_view word, bool is_word, bool /*is_list*/) {
  Json& section = frames_.back().properties[std::string(name)];
  section = {{"anyOf", Json::array({{{"const", std::string(word)}}, section})}};
  if (is_word) section["default"] = std::string(word);
  return true;
}

bool SchemaWriter::begin_section(std::string_view name, const Key& key) {
  is_optional_ = false;
  Frame frame;
  frame.name = name;
  frame.doc = key.doc;
  frame.is_required = key.required;
  frames_.push_back(std::move(frame));
  return true;
}

std::size_t SchemaWriter::begin_list(std::string_view name, std::size_t /*size*/, bool is_map, const Key& key) {
  begin_section(name, key);
  frames_.back().is_list = !is_map;
  frames_.back().is_map = is_map;
  return 1;
}

Json SchemaWriter::close(Frame& frame) {
  if (frame.is_list) return {{"type", "array"}, {"items", frame.properties.value("[0]", Json::object())}};
  if (frame.is_map) return {{"type", "object"}, {"additionalProperties", frame.properties.value("*", Json::object())}};
  Json schema{{"type", "object"}};
  schema["properties"] = frame.properties;
  // What is required may come from the preset that `use` names.
  if (!frame.required.empty()) {
    schema["anyOf"] = Json::array({{{"required", Json::array({"use"})}}, {{"required", frame.required}}});
  }
  if (!frame.kinds.empty()) schema["oneOf"] = frame.kinds;
  // `use` may stand in any section: a preset file whose keys are laid under the ones beside it.
  schema["properties"]["use"] = {{"type", "string"}, {"description", "preset file, relative to this one"}};
  if (frame.kinds.empty()) schema["additionalProperties"] = false;
  return schema;
}

void SchemaWriter::end_section() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  Key key;
  key.doc = frame.doc;
  key.required = frame.is_required;
  add(frame.name, close(frame), key);
}

void SchemaWriter::begin_kind(const std::string& kind) {
  begin_section(kind, {});
}

void SchemaWriter::end_kind() {
  Frame frame = std::move(frames_.back());
  frames_.pop_back();
  frame.properties["kind"] = {{"const", frame.name}};
  frames_.back().kinds.push_back(close(frame));
}

Json SchemaWriter::finish_root() {
  Json schema = close(frames_.front());
  schema["$schema"] = "https://json-schema.org/draft/2020-12/schema";
  return schema;
}

}  // namespace ohmic

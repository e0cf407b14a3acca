// SPDX-License-Identifier: Apache-2.0
// Plain data → JSON text, through the same `fields` functions as the reader. Keys keep their order, numbers are
// written shortest, quantities as text with their unit.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/fields.hpp"

namespace ohmic {

using Json = nlohmann::ordered_json;

/// A document's node as JSON: plain scalars that read as a number or a truth value become one.
[[nodiscard]] Json node_json(const ConfigNode& node);

class JsonWriter : public Fields {
 public:
  template <class Spec>
  static Json write(Spec spec) {  // a copy: `fields` may set what follows from other keys
    JsonWriter writer;
    fields(writer, spec);
    return std::move(writer.frames_.front());
  }

 private:
  JsonWriter() { frames_.push_back(Json::object()); }

  [[nodiscard]] Mode mode() const override { return Mode::write; }
  void leaf(std::string_view name, Leaf leaf, const Key& key) override;
  bool begin_section(std::string_view name, const Key& key) override;
  void end_section() override;
  std::size_t begin_list(std::string_view name, std::size_t size, bool is_map, const Key& key) override;
  void end_list() override { end_section(); }
  std::string map_key(std::size_t /*index*/) override { return ""; }
  bool begin_optional(std::string_view /*name*/, bool has_value) override { return has_value; }
  bool word(std::string_view name, std::string_view word, bool is_word, bool is_list) override;
  void begin_kind(const std::string& /*kind*/) override {}
  void end_kind() override {}

  void add(std::string_view name, Json value);

  std::vector<Json> frames_;
  std::vector<std::string> names_;
};

/// JSON Schema (draft 2020-12) of a document, for editors: types, bounds, what is required, defaults of what is not.
class SchemaWriter : public Fields {
 public:
  template <class Spec>
  static Json write() {
    SchemaWriter writer;
    Spec spec;
    fields(writer, spec);
    return writer.finish_root();
  }

 private:
  struct Frame {
    Json properties = Json::object();
    Json required = Json::array();
    Json kinds = Json::array();
    std::string name;
    std::string doc;
    bool is_list = false;
    bool is_map = false;
    bool is_required = false;
  };

  SchemaWriter() { frames_.emplace_back(); }

  [[nodiscard]] Mode mode() const override { return Mode::describe; }
  void leaf(std::string_view name, Leaf leaf, const Key& key) override;
  bool begin_section(std::string_view name, const Key& key) override;
  void end_section() override;
  std::size_t begin_list(std::string_view name, std::size_t size, bool is_map, const Key& key) override;
  void end_list() override { end_section(); }
  std::string map_key(std::size_t /*index*/) override { return "*"; }
  bool begin_optional(std::string_view /*name*/, bool /*has_value*/) override { return is_optional_ = true; }
  bool word(std::string_view name, std::string_view word, bool is_word, bool is_list) override;
  void begin_kind(const std::string& kind) override;
  void end_kind() override;

  void add(std::string_view name, Json schema, const Key& key);
  static Json close(Frame& frame);
  Json finish_root();

  std::vector<Frame> frames_;
  bool is_optional_ = false;  // the next key: without a default, its absence means something
};

}  // namespace ohmic

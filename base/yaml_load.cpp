// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <fstream>
#include <sstream>
#include <unordered_set>

#include "base/config_node.hpp"
#include "base/files.hpp"

namespace ohmic {

namespace {

constexpr std::size_t kMaxDepth = 64;  // deeper nesting is an attack or a mistake, and recursion must end

/// Builds ConfigNodes from yaml-cpp's events, which carry the marks that its own tree loses for keys.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string name) : name_(std::move(name)) {}

  void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override { add(make(mark, ConfigNode::Kind::null)); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
    throw InputError(place(mark), "",
                     "YAML aliases are not supported, write the value out or put it in a preset with 'use'");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    const bool quoted = tag == "!";
    if (!quoted && !tag.empty() && tag != "?") refuse_tag(mark, tag);
    if (awaiting_key()) {
      begin_key(mark, value);
      return;
    }
    ConfigNode node = make(mark, ConfigNode::Kind::scalar);
    node.scalar = value;
    node.quoted = quoted;
    if (!quoted && (value == "~" || value == "null")) node.kind = ConfigNode::Kind::null;
    add(std::move(node));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    start(mark, tag, anchor, ConfigNode::Kind::sequence);
  }
  void OnSequenceEnd() override { finish(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    start(mark, tag, anchor, ConfigNode::Kind::map);
  }
  void OnMapEnd() override { finish(); }

  [[nodiscard]] ConfigNode take() { return std::move(root_); }

 private:
  struct Open {
    ConfigNode node;
    std::string key;
    Location key_place;
    bool has_key = false;
    std::unordered_set<std::string> keys;
  };

  [[nodiscard]] Location place(const YAML::Mark& mark) const { return {name_, mark.line + 1, mark.column + 1}; }

  [[nodiscard]] ConfigNode make(const YAML::Mark& mark, ConfigNode::Kind kind) const {
    ConfigNode node;
    node.kind = kind;
    node.where = place(mark);
    return node;
  }

  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != YAML::NullAnchor)
      throw InputError(place(mark), "", "YAML anchors are not supported, put shared values in a preset with 'use'");
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    throw InputError(place(mark), "", fmt::format("YAML tag '{}' is not supported", tag));
  }

  [[nodiscard]] bool awaiting_key() const {
    return !stack_.empty() && stack_.back().node.kind == ConfigNode::Kind::map && !stack_.back().has_key;
  }

  void begin_key(const YAML::Mark& mark, const std::string& key) {
    Open& open = stack_.back();
    if (!open.keys.insert(key).second) {
      throw InputError(place(mark), "",
                       fmt::format("duplicate key '{}' (first at line {})", key, open.node.find(key)->where.line));
    }
    open.key = key;
    open.key_place = place(mark);
    open.has_key = true;
  }

  void start(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, ConfigNode::Kind kind) {
    refuse_anchor(mark, anchor);
    if (!tag.empty() && tag != "?" && tag != "!") refuse_tag(mark, tag);
    if (awaiting_key()) throw InputError(place(mark), "", "a key must be plain text");
    if (stack_.size() >= kMaxDepth) throw InputError(place(mark), "", "nested too deeply");
    stack_.push_back({make(mark, kind), "", {}, false, {}});
  }

  void finish() {
    ConfigNode node = std::move(stack_.back().node);
    stack_.pop_back();
    add(std::move(node));
  }

  void add(ConfigNode node) {
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& open = stack_.back();
    if (open.node.kind == ConfigNode::Kind::sequence) {
      open.node.items.push_back(std::move(node));
      return;
    }
    if (!open.has_key) throw InputError(node.where, "", "a key must be plain text");
    // A value is reported where its key stands: that is what a reader looks for.
    node.where = open.key_place;
    open.node.entries.emplace_back(std::move(open.key), std::move(node));
    open.has_key = false;
  }

  std::string name_;
  std::vector<Open> stack_;
  ConfigNode root_;
};

}  // namespace

ConfigNode load_yaml_text(const std::string& text, const std::string& name) {
  if (text.find('\0') != std::string::npos) throw InputError(name, "is not a YAML text (it holds zero bytes)");
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    TreeBuilder builder(name);
    if (!parser.HandleNextDocument(builder)) throw InputError(name, "is empty");
    ConfigNode root = builder.take();
    TreeBuilder rest(name);
    if (parser.HandleNextDocument(rest)) throw InputError(name, "holds more than one YAML document");
    return root;
  } catch (const YAML::Exception& error) {
    throw InputError(Location{name, error.mark.line + 1, error.mark.column + 1}, "", "not valid YAML: " + error.msg);
  }
}

ConfigNode load_yaml_file(const std::filesystem::path& file) {
  return load_yaml_text(read_text_file(file), file.string());
}

}  // namespace ohmic

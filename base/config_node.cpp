// SPDX-License-Identifier: Apache-2.0
#include "base/config_node.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ohmic {

namespace {

constexpr std::string_view kUse = "use";

void resolve_uses(ConfigNode& node, std::vector<std::filesystem::path>& open_files);

ConfigNode load_resolved(const std::filesystem::path& file, std::vector<std::filesystem::path>& open_files) {
  const std::filesystem::path normal = std::filesystem::weakly_canonical(file);
  if (std::find(open_files.begin(), open_files.end(), normal) != open_files.end()) {
    throw InputError(file.string(), "uses itself, directly or by way of another preset");
  }
  ConfigNode node = load_yaml_file(file);
  open_files.push_back(normal);
  resolve_uses(node, open_files);
  open_files.pop_back();
  return node;
}

void resolve_uses(ConfigNode& node, std::vector<std::filesystem::path>& open_files) {
  for (ConfigNode& item : node.items) resolve_uses(item, open_files);
  for (auto& [key, value] : node.entries) {
    if (key != kUse) resolve_uses(value, open_files);
  }
  const ConfigNode* use = node.find(std::string(kUse));
  if (use == nullptr) return;
  if (use->kind != ConfigNode::Kind::scalar) throw InputError(use->where, "use", "must name one file");
  const std::filesystem::path file = std::filesystem::path(use->where.file).parent_path() / use->scalar;
  if (!std::filesystem::is_regular_file(file)) {
    throw InputError(use->where, "use", fmt::format("there is no preset file '{}'", file.lexically_normal().string()));
  }
  ConfigNode preset = load_resolved(file.lexically_normal(), open_files);
  if (preset.kind != ConfigNode::Kind::map) throw InputError(use->where, "use", "the preset is not a map of keys");
  ConfigNode over = node;
  std::erase_if(over.entries, [](const auto& entry) { return entry.first == kUse; });
  preset.where = node.where;
  overlay(preset, over);
  node = std::move(preset);
}

/// `rules[0].weights` (or `rules.0.weights`) in a path: a map whose keys are list indices, to be laid over a list.
bool is_index_map(const ConfigNode& node) {
  return node.kind == ConfigNode::Kind::map && !node.entries.empty() &&
         std::all_of(node.entries.begin(), node.entries.end(), [](const auto& entry) {
           const std::string& key = entry.first;
           const std::string digits = key.front() == '[' && key.back() == ']' ? key.substr(1, key.size() - 2) : key;
           return !digits.empty() && digits.size() < 10 && digits.find_first_not_of("0123456789") == std::string::npos;
         });
}

ConfigNode& list_item(ConfigNode& list, const std::string& key, const ConfigNode& over) {
  const std::size_t index = std::strtoul(key.c_str() + (key.front() == '[' ? 1 : 0), nullptr, 10);
  if (index >= list.items.size()) {
    throw InputError(over.where, key, fmt::format("the list has {} items, the first is [0]", list.items.size()));
  }
  return list.items[index];
}

}  // namespace

const ConfigNode* ConfigNode::find(const std::string& key) const {
  for (const auto& [name, value] : entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

ConfigNode* ConfigNode::find(const std::string& key) {
  return const_cast<ConfigNode*>(std::as_const(*this).find(key));
}

const ConfigNode* ConfigNode::at_path(const std::string& path) const {
  const ConfigNode* node = this;
  for (const std::string& key : split_path(path)) {
    if (node->kind == ConfigNode::Kind::sequence && key.size() > 2 && key.front() == '[') {
      const std::size_t index = std::strtoul(key.c_str() + 1, nullptr, 10);
      node = index < node->items.size() ? &node->items[index] : nullptr;
    } else {
      node = node->find(key);
    }
    if (node == nullptr) return nullptr;
  }
  return node;
}

ConfigNode load_config(const std::filesystem::path& file) {
  std::vector<std::filesystem::path> open_files;
  return load_resolved(file.lexically_normal(), open_files);
}

void overlay(ConfigNode& base, const ConfigNode& over) {
  if (base.kind == ConfigNode::Kind::sequence && is_index_map(over)) {
    for (const auto& [key, value] : over.entries) overlay(list_item(base, key, value), value);
    return;
  }
  if (base.kind != ConfigNode::Kind::map || over.kind != ConfigNode::Kind::map) {
    base = over;
    return;
  }
  base.where = over.where;
  const ConfigNode* old_kind = base.find("kind");
  const ConfigNode* new_kind = over.find("kind");
  if (old_kind != nullptr && new_kind != nullptr && old_kind->scalar != new_kind->scalar) {
    for (auto& [key, value] : base.entries) value.of_other_kind = true;
  }
  for (const auto& [key, value] : over.entries) {
    if (ConfigNode* existing = base.find(key)) {
      overlay(*existing, value);
    } else {
      base.entries.emplace_back(key, value);
    }
  }
}

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> keys;
  std::size_t begin = 0;
  while (begin <= path.size()) {
    const std::size_t end = std::min(path.find_first_of(".[", path[begin] == '[' ? begin + 1 : begin), path.size());
    if (end > begin) keys.push_back(path.substr(begin, end - begin));
    begin = end < path.size() && path[end] == '[' ? end : end + 1;
  }
  return keys;
}

void set_path(ConfigNode& root, const std::string& path, const ConfigNode& value) {
  const std::vector<std::string> keys = split_path(path);
  if (keys.empty()) throw InputError(value.where, path, "names no key");
  ConfigNode wrapped = value;
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    ConfigNode parent;
    parent.kind = ConfigNode::Kind::map;
    parent.where = value.where;
    parent.entries.emplace_back(*key, std::move(wrapped));
    wrapped = std::move(parent);
  }
  const Location root_place = root.where;
  overlay(root, wrapped);
  root.where = root_place;
}

void set_path(ConfigNode& root, const std::string& assignment, const std::string& origin) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw InputError(origin, fmt::format("'{}' is not of the form path.to.key=value", assignment));
  }
  ConfigNode value = load_yaml_text(assignment.substr(equals + 1), origin + " " + assignment);
  value.where = Location{origin + " " + assignment, 0, 0};
  set_path(root, assignment.substr(0, equals), value);
}

}  // namespace ohmic

// SPDX-License-Identifier: Apache-2.0
// A YAML document as plain data: every node knows the place it came from, so that an error found at any later
// time can still name file, line and column.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace ohmic {

struct ConfigNode {
  enum class Kind { null, scalar, sequence, map };
  struct Entry;

  Kind kind = Kind::null;
  std::string scalar;
  bool quoted = false;            // a quoted scalar is text, never a number
  bool of_other_kind = false;     // stood beside a `kind` that was overridden: may be unknown to the new one
  std::vector<ConfigNode> items;  // sequence
  std::vector<Entry> entries;     // map, in the order of the file
  Location where;

  [[nodiscard]] const ConfigNode* find(const std::string& key) const;
  [[nodiscard]] ConfigNode* find(const std::string& key);

  /// Node at a dotted path ("a.b.[2].c"), nullptr when there is none.
  [[nodiscard]] const ConfigNode* at_path(const std::string& path) const;
};

/// Key and value of a map.
struct ConfigNode::Entry {
  std::string first;
  ConfigNode second;
};

/// Reads one YAML file: duplicate keys, anchors, tags and more than one document are errors.
[[nodiscard]] ConfigNode load_yaml_file(const std::filesystem::path& file);
[[nodiscard]] ConfigNode load_yaml_text(const std::string& text, const std::string& name);

/// Reads a YAML file and replaces every map that has a key `use: other.yaml` (relative to the file that says so) by
/// that file's content, with the keys beside `use` laid over it at any depth. A circle of files is an error.
[[nodiscard]] ConfigNode load_config(const std::filesystem::path& file);

/// Lays `over` on `base`: maps merge key by key, anything else is replaced. Where `over` changes the `kind` of a part,
/// the keys of the old kind stay as far as the new one knows them.
void overlay(ConfigNode& base, const ConfigNode& over);

/// Applies one `--set path.to.key=value`; the value is read as YAML. `origin` names the place in errors.
void set_path(ConfigNode& root, const std::string& assignment, const std::string& origin);
/// The same with a node that is already read.
void set_path(ConfigNode& root, const std::string& path, const ConfigNode& value);

/// Dotted path split into keys.
[[nodiscard]] std::vector<std::string> split_path(const std::string& path);

}  // namespace ohmic

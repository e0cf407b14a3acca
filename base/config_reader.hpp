// SPDX-License-Identifier: Apache-2.0
// The strict reader: ConfigNode → specs. Unknown, missing and mistyped keys are located errors; nothing is
// defaulted that was written wrongly.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/config_node.hpp"
#include "base/fields.hpp"

namespace ohmic {

/// A rule between keys is broken. `path` is the dotted path of the key to blame; the loader adds the place.
class RuleError : public std::runtime_error {
 public:
  RuleError(std::string path, const std::string& message) : std::runtime_error(message), path_(std::move(path)) {}
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// InputError for a broken rule, located at the key or at its nearest ancestor that the document has.
[[nodiscard]] InputError located(const ConfigNode& root, const RuleError& error);

class ConfigReader : public Fields {
 public:
  explicit ConfigReader(const ConfigNode& root) : root_(root) {}

  /// Reads a whole document into `spec`: every key of it must be known.
  template <class Spec>
  static void read(const ConfigNode& root, Spec& spec) {
    ConfigReader reader(root);
    reader.open_root();
    fields(reader, spec);
    reader.end_section();
  }

 private:
  struct Frame {
    const ConfigNode* node;  // nullptr: absent
    std::string path;
    std::vector<std::string> known;
  };

  void refuse(std::string_view name, std::string_view why) override;
  void open_root();
  [[nodiscard]] Mode mode() const override { return Mode::read; }
  void leaf(std::string_view name, Leaf leaf, const Key& key) override;
  bool begin_section(std::string_view name, const Key& key) override;
  void end_section() override;
  std::size_t begin_list(std::string_view name, std::size_t size, bool is_map, const Key& key) override;
  void end_list() override;
  std::string map_key(std::size_t index) override { return frames_.back().node->entries.at(index).first; }
  bool begin_optional(std::string_view name, bool has_value) override;
  bool word(std::string_view name, std::string_view word, bool is_word, bool is_list) override;
  void begin_kind(const std::string& /*kind*/) override {}
  void end_kind() override {}

  /// The child of the open frame, remembered as known; nullptr when absent (an error when required).
  const ConfigNode* child(std::string_view name, const Key& key);
  [[nodiscard]] std::string child_path(std::string_view name) const;

  const ConfigNode& root_;
  std::vector<Frame> frames_;
};

}  // namespace ohmic

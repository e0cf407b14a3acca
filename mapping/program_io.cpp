// SPDX-License-Identifier: Apache-2.0
// Program ⇄ text, and differences between programs. The text is JSON, read as the YAML that it also is, so that
// errors have a place.
#include "mapping/program_io.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/config_reader.hpp"
#include "base/json_writer.hpp"
#include "mapping/program_fields.hpp"

namespace ohmic::mapping {

namespace {

std::string text_of(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Lists of the program: one item a line.
std::string lines_of(const Json& list) {
  std::string text = "[";
  for (std::size_t i = 0; i < list.size(); ++i) text += (i == 0 ? "\n" : ",\n") + text_of(list[i]);
  return text + "\n]";
}

void compare(const Json& before, const Json& after, const std::string& path, std::vector<std::string>& lines);

void compare_keys(const Json& before, const Json& after, const std::string& path, std::vector<std::string>& lines) {
  const std::string prefix = path.empty() ? "" : path + ".";
  for (const auto& [key, value] : before.items()) {
    const auto other = after.find(key);
    if (other == after.end()) {
      lines.push_back(fmt::format("{}{}: {} -> nothing", prefix, key, text_of(value)));
    } else {
      compare(value, *other, prefix + key, lines);
    }
  }
  for (const auto& [key, value] : after.items()) {
    if (!before.contains(key)) lines.push_back(fmt::format("{}{}: nothing -> {}", prefix, key, text_of(value)));
  }
}

void compare_items(const Json& before, const Json& after, const std::string& path, std::vector<std::string>& lines) {
  for (std::size_t i = 0; i < std::max(before.size(), after.size()); ++i) {
    const std::string item = fmt::format("{}[{}]", path, i);
    if (i >= after.size()) {
      lines.push_back(fmt::format("{}: {} -> nothing", item, text_of(before[i])));
    } else if (i >= before.size()) {
      lines.push_back(fmt::format("{}: nothing -> {}", item, text_of(after[i])));
    } else {
      compare(before[i], after[i], item, lines);
    }
  }
}

void compare(const Json& before, const Json& after, const std::string& path, std::vector<std::string>& lines) {
  if (before == after) return;
  if (before.is_object() && after.is_object()) return compare_keys(before, after, path, lines);
  if (before.is_array() && after.is_array()) return compare_items(before, after, path, lines);
  lines.push_back(fmt::format("{}: {} -> {}", path, text_of(before), text_of(after)));
}

}  // namespace

std::string save_program(const Program& program) {
  const Json json = JsonWriter::write(program);
  std::string text = "{";
  for (const auto& [key, value] : json.items()) {
    text += fmt::format("{}\"{}\": {}", text.size() == 1 ? "\n" : ",\n", key,
                        value.is_array() ? lines_of(value) : text_of(value));
  }
  return text + "\n}\n";
}

Program load_program(const std::string& text, const std::string& name) {
  const ConfigNode root = load_yaml_text(text, name);
  Program program;
  ConfigReader::read(root, program);
  try {
    check_program(program);
  } catch (const RuleError& error) {
    throw located(root, error);
  }
  return program;
}

std::vector<std::string> diff_programs(const Program& before, const Program& after) {
  std::vector<std::string> lines;
  compare(JsonWriter::write(before), JsonWriter::write(after), "", lines);
  return lines;
}

}  // namespace ohmic::mapping

// SPDX-License-Identifier: Apache-2.0
#include "base/config_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace ohmic {

namespace {

[[noreturn]] void fail(const ConfigNode& node, const std::string& path, const std::string& message) {
  throw InputError(node.where, path, message);
}

const std::string& scalar_text(const ConfigNode& node, const std::string& path, std::string_view wanted) {
  if (node.kind != ConfigNode::Kind::scalar) {
    static constexpr std::string_view kNames[] = {"nothing", "a value", "a list", "a map"};
    fail(node, path, fmt::format("must be {}, not {}", wanted, kNames[static_cast<int>(node.kind)]));
  }
  return node.scalar;
}

template <class T>
T parse_number(const ConfigNode& node, const std::string& path, std::string_view wanted) {
  const std::string& text = scalar_text(node, path, wanted);
  T value{};
  const char* begin = text.data() + (text.size() > 1 && text[0] == '+' ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(begin, end, value);
  if (status == std::errc::result_out_of_range) fail(node, path, fmt::format("'{}' is out of range", text));
  if (status != std::errc() || stop != end || node.quoted)
    fail(node, path, fmt::format("'{}' is not {}", text, wanted));
  if constexpr (std::is_integral_v<T>) {
    const std::size_t digit = text.find_first_of("0123456789");
    if (text[digit] == '0' && text.size() > digit + 1) {
      fail(node, path, fmt::format("'{}' has a leading zero (octal or decimal? write it without)", text));
    }
  }
  return value;
}

std::string bound_text(double bound, const Dimension* dimension) {
  return dimension != nullptr && bound != 0 ? format_quantity(bound, *dimension) : fmt::format("{}", bound);
}

void check_bounds(double value, const ConfigNode& node, const std::string& path, const Key& key,
                  const Dimension* dimension) {
  if (!std::isfinite(value)) fail(node, path, fmt::format("must be finite, not '{}'", node.scalar));
  if (key.positive && !(value > 0)) fail(node, path, fmt::format("must be more than 0, not {}", node.scalar));
  const bool has_min = std::isfinite(key.min);
  const bool has_max = std::isfinite(key.max);
  if (value >= key.min && value <= key.max) return;
  if (has_min && has_max) {
    fail(node, path,
         fmt::format("must be between {} and {}, not {}", bound_text(key.min, dimension),
                     bound_text(key.max, dimension), node.scalar));
  }
  fail(node, path,
       fmt::format("must be {} {}, not {}", has_min ? "at least" : "at most",
                   bound_text(has_min ? key.min : key.max, dimension), node.scalar));
}

/// Fills one leaf from one node.
struct LeafReader {
  const ConfigNode& node;
  const std::string& path;
  const Key& key;

  void operator()(bool* value) const {
    const std::string& text = scalar_text(node, path, "true or false");
    if (node.quoted || (text != "true" && text != "false")) {
      fail(node, path, fmt::format("'{}' is not true or false", text));
    }
    *value = text == "true";
  }
  void operator()(int* value) const { *value = integer<int>(); }
  void operator()(std::int64_t* value) const { *value = integer<std::int64_t>(); }
  void operator()(std::uint64_t* value) const { *value = integer<std::uint64_t>(); }
  void operator()(double* value) const {
    *value = parse_number<double>(node, path, "a number");
    check_bounds(*value, node, path, key, nullptr);
  }
  void operator()(float* value) const {
    double number = 0;
    (*this)(&number);
    *value = static_cast<float>(number);
  }
  void operator()(std::string* value) const { *value = scalar_text(node, path, "text"); }
  void operator()(FilePath* value) const {
    value->text = scalar_text(node, path, "a file name");
    if (value->text.empty()) fail(node, path, "names no file");
    value->path = value->text;
    if (value->is_data() || std::filesystem::path(value->text).is_absolute()) return;
    value->path = (std::filesystem::path(node.where.file).parent_path() / value->text).lexically_normal().string();
  }
  void operator()(EnumRef* value) const {
    const std::string& text = scalar_text(node, path, "a name");
    std::vector<std::string> known;
    for (const auto& [name, number] : value->names) {
      if (name == text) {
        value->value = number;
        return;
      }
      known.emplace_back(name);
    }
    fail(node, path, fmt::format("unknown value '{}'{}", text, suggestion(text, known)));
  }
  void operator()(QuantityRef* value) const {
    const std::string& text = scalar_text(node, path, fmt::format("a {}", value->dimension->name));
    std::string reason;
    double number = 0;
    if (!parse_quantity(text, *value->dimension, number, reason)) fail(node, path, reason);
    check_bounds(number, node, path, key, value->dimension);
    value->value = value->integral ? std::round(number) : number;
    if (value->integral && number != 0 && value->value == 0) {
      fail(node, path, fmt::format("{} is below the resolution of {}", text, format_quantity(1, *value->dimension)));
    }
    if (value->integral && std::fabs(number) > 9e18) fail(node, path, fmt::format("{} is out of range", text));
  }
  void operator()(NameRef* value) const {
    const std::string& text = scalar_text(node, path, "a name");
    if (std::find(value->known.begin(), value->known.end(), text) == value->known.end()) {
      fail(node, path, fmt::format("unknown value '{}'{}", text, suggestion(text, value->known)));
    }
    *value->value = text;
  }
  void operator()(NameOrNumberRef* value) const {
    const std::string& text = scalar_text(node, path, "a name or a number");
    std::vector<std::string> known;
    for (const auto& [name, number] : value->names) {
      if (name == text) {
        value->name = number;
        value->number.reset();
        return;
      }
      known.emplace_back(name);
    }
    if (text.find_first_of("0123456789") == std::string::npos ||
        std::isalpha(static_cast<unsigned char>(text[0])) != 0) {
      fail(node, path, fmt::format("'{}' is neither a number nor a known name{}", text, suggestion(text, known)));
    }
    double number = 0;
    (*this)(&number);
    value->number = number;
  }
  void operator()(RawRef* value) const { *value->node = node; }
  void operator()(IntegersRef* value) const {
    const std::string& text = scalar_text(node, path, "packed numbers");
    std::visit([&](auto* numbers) { unpack(text, *numbers); }, *value);
  }

 private:
  template <class T>
  [[nodiscard]] T integer() const {
    const T value = parse_number<T>(node, path, "a whole number");
    check_bounds(static_cast<double>(value), node, path, key, nullptr);
    return value;
  }

  template <class T>
  void unpack(const std::string& text, std::vector<T>& numbers) const {
    numbers.clear();
    const char* at = text.data();
    const char* end = at + text.size();
    while (at < end) {
      T number{};
      const auto [stop, status] = std::from_chars(at, end, number);
      if (status != std::errc()) fail(node, path, "packed numbers are damaged");
      numbers.push_back(number);
      at = stop < end ? stop + 1 : stop;
    }
  }
};

constexpr std::size_t kAbsent = std::numeric_limits<std::size_t>::max();

}  // namespace

InputError located(const ConfigNode& root, const RuleError& error) {
  std::string path = error.path();
  while (!path.empty()) {
    if (const ConfigNode* node = root.at_path(path)) return {node->where, error.path(), error.what()};
    const std::size_t dot = path.rfind('.');
    path = dot == std::string::npos ? "" : path.substr(0, dot);
  }
  return {Location{root.where.file, 0, 0}, error.path(), error.what()};
}

void ConfigReader::open_root() {
  if (root_.kind != ConfigNode::Kind::map) fail(root_, "", "must be a map of keys");
  frames_.push_back({&root_, "", {}});
}

std::string ConfigReader::child_path(std::string_view name) const {
  const std::string& path = frames_.back().path;
  if (path.empty()) return std::string(name);
  return fmt::format("{}{}{}", path, name.front() == '[' ? "" : ".", name);
}

const ConfigNode* ConfigReader::child(std::string_view name, const Key& key) {
  Frame& frame = frames_.back();
  // A key that is asked for twice (is it there? what is it?) is listed once.
  std::erase(frame.known, name);
  frame.known.emplace_back(name);
  const ConfigNode* node = nullptr;
  if (frame.node->kind == ConfigNode::Kind::sequence) {
    node = &frame.node->items.at(std::strtoul(frame.known.back().c_str() + 1, nullptr, 10));
  } else {
    node = frame.node->find(frame.known.back());
  }
  if (node == nullptr && key.required) {
    fail(*frame.node, frame.path,
         fmt::format("missing key '{}'{}", name, key.doc.empty() ? "" : fmt::format(" ({})", key.doc)));
  }
  return node;
}

void ConfigReader::leaf(std::string_view name, Leaf leaf, const Key& key) {
  const ConfigNode* node = child(name, key);
  if (node == nullptr) return;
  const std::string path = child_path(name);
  std::visit(LeafReader{*node, path, key}, leaf);
}

bool ConfigReader::begin_section(std::string_view name, const Key& key) {
  const ConfigNode* node = child(name, key);
  if (node == nullptr) return false;
  const std::string path = child_path(name);
  if (node->kind != ConfigNode::Kind::map) fail(*node, path, "must be a map of keys");
  frames_.push_back({node, path, {}});
  return true;
}

void ConfigReader::end_section() {
  const Frame frame = std::move(frames_.back());
  frames_.pop_back();
  for (const auto& [name, value] : frame.node->entries) {
    if (!value.of_other_kind && std::find(frame.known.begin(), frame.known.end(), name) == frame.known.end()) {
      fail(value, frame.path, fmt::format("unknown key '{}'{}", name, suggestion(name, frame.known)));
    }
  }
}

std::size_t ConfigReader::begin_list(std::string_view name, std::size_t /*size*/, bool is_map, const Key& key) {
  const ConfigNode* node = child(name, key);
  const std::string path = child_path(name);
  const ConfigNode::Kind wanted = is_map ? ConfigNode::Kind::map : ConfigNode::Kind::sequence;
  if (node != nullptr && node->kind != wanted) {
    fail(*node, path, is_map ? "must be a map of keys" : "must be a list, write [a, b] or lines that begin with '-'");
  }
  frames_.push_back({node, path, {}});
  if (node == nullptr) return kAbsent;
  return is_map ? node->entries.size() : node->items.size();
}

void ConfigReader::end_list() {
  frames_.pop_back();
}

void ConfigReader::refuse(std::string_view name, std::string_view why) {
  if (const ConfigNode* node = child(name, {})) fail(*node, child_path(name), std::string(why));
}

bool ConfigReader::word(std::string_view name, std::string_view word, bool /*is_word*/, bool is_list) {
  const ConfigNode* node = child(name, {});
  if (node == nullptr || node->kind != ConfigNode::Kind::scalar) return false;
  if (node->scalar == word) return true;
  fail(*node, child_path(name),
       fmt::format("must be '{}' or a {}, not '{}'", word, is_list ? "list" : "map of keys", node->scalar));
}

bool ConfigReader::begin_optional(std::string_view name, bool /*has_value*/) {
  return child(name, {}) != nullptr;
}

}  // namespace ohmic

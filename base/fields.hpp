// SPDX-License-Identifier: Apache-2.0
// A plain-data type names its keys once, in a free function
//   void fields(Fields& f, AdcSpec& s) { f.key("bits", s.bits, {.doc = "resolution", .required = true, .min = 1}); }
// and everything that needs them goes through it: the strict reader, the writer of resolved configurations and of
// saved programs, and the schema for editors.
#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "base/registry.hpp"
#include "base/units.hpp"

namespace ohmic {

/// What a key means and which numbers it takes (bounds in base units for quantities).
struct Key {
  std::string_view doc{};  // NOLINT(readability-redundant-member-init): designated initialisers leave it out
  bool required = false;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  bool positive = false;  // must be > 0
};

/// A file named in a configuration: `text` as written, `path` resolved against the file that names it
/// (`data:NAME` stays as it is until it is looked up).
struct FilePath {
  std::string text;
  std::string path;
  [[nodiscard]] bool is_data() const { return text.rfind("data:", 0) == 0; }
};

/// Name table of an enum class: found by argument-dependent lookup of `enum_names(E)`.
using EnumNames = std::vector<std::pair<std::string_view, int>>;

/// The name of a value as the YAML has it.
template <class E>
[[nodiscard]] std::string enum_name(E value) {
  for (const auto& [name, number] : enum_names(E{})) {
    if (number == static_cast<int>(value)) return std::string(name);
  }
  throw std::logic_error("an enum value has no name");
}

struct EnumRef {
  EnumNames names;
  std::string type_doc;
  int value;
};
struct QuantityRef {
  const Dimension* dimension;
  bool integral;
  double value;
};
struct ConfigNode;
/// A part of a document that is kept as it stands: the values of a sweep are whatever the swept keys take.
struct RawRef {
  ConfigNode* node;
};
/// Choice among names known only at run time (registered parts).
struct NameRef {
  std::vector<std::string> known;
  std::string* value;
};
/// A name or a number in its place; `number` is empty when it is the name that counts.
struct NameOrNumberRef {
  EnumNames names;
  int name;
  std::optional<double> number;
};
using IntegersRef = std::variant<std::vector<std::int8_t>*, std::vector<std::int16_t>*, std::vector<std::int32_t>*,
                                 std::vector<std::int64_t>*, std::vector<float>*, std::vector<double>*>;
using Leaf = std::variant<bool*, int*, std::int64_t*, std::uint64_t*, double*, float*, std::string*, FilePath*,
                          EnumRef*, QuantityRef*, NameRef*, NameOrNumberRef*, IntegersRef*, RawRef*>;

/// A part that a configuration chooses by `kind`; its own keys stand beside `kind`.
/// `Interface` has `virtual void fields(Fields&) = 0`.
template <class Interface>
struct Part {
  std::string kind;
  std::shared_ptr<Interface> part;
  const Interface* operator->() const { return part.get(); }
  const Interface& operator*() const { return *part; }
  explicit operator bool() const { return part != nullptr; }
};

namespace detail {
template <class T>
struct is_quantity : std::false_type {};
template <class Tag, class Rep>
struct is_quantity<Quantity<Tag, Rep>> : std::true_type {};
template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};
template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};
template <class T>
struct is_map : std::false_type {};
template <class T>
struct is_map<std::map<std::string, T>> : std::true_type {};
template <class T>
struct is_part : std::false_type {};
template <class I>
struct is_part<Part<I>> : std::true_type {
  using interface = I;
};
}  // namespace detail

/// Long integer or float lists that are written as one text ("1 -2 3") instead of a list of nodes.
template <class T>
struct Packed {
  std::vector<T>& values;
};

/// A name of an enum class, or a number in its place: `scale: float` or `scale: 0.05`.
template <class E>
struct NameOrNumber {
  E& name;
  std::optional<double>& number;
};

/// One word in place of a section or list: `calibration: min_max` or `calibration: {percentile: 99.9}`. The word stands
/// for T{}; it is written where `is_word`.
template <class T>
struct WordOrSection {
  std::string_view word;
  T& section;
  bool is_word;
};

class Fields {
 public:
  virtual ~Fields() = default;

  template <class T>
  void key(std::string_view name, T& value, const Key& key = {});
  template <class T>
  void key(std::string_view name, Packed<T> value, const Key& key = {}) {
    IntegersRef ref = &value.values;
    leaf(name, &ref, key);
  }
  template <class E>
  void key(std::string_view name, NameOrNumber<E> value, const Key& key = {}) {
    NameOrNumberRef ref{enum_names(E{}), static_cast<int>(value.name), value.number};
    leaf(name, &ref, key);
    value.name = static_cast<E>(ref.name);
    value.number = ref.number;
  }
  template <class T>
  void key(std::string_view name, WordOrSection<T> value, const Key& key = {}) {
    if (mode() == Mode::describe) this->key(name, value.section, key);
    if (word(name, value.word, value.is_word, detail::is_vector<T>::value)) {
      value.section = T{};
    } else {
      this->key(name, value.section, key);
    }
  }
  /// A key that another one has ruled out: an error with the sentence `why` where the file has it all the same.
  virtual void refuse(std::string_view /*name*/, std::string_view /*why*/) {}

 protected:
  enum class Mode { read, write, describe };
  [[nodiscard]] virtual Mode mode() const = 0;
  virtual void leaf(std::string_view name, Leaf leaf, const Key& key) = 0;
  /// False: leave the body out (reading an absent optional section).
  virtual bool begin_section(std::string_view name, const Key& key) = 0;
  virtual void end_section() = 0;
  /// Number of items: of the file when reading, `size` when writing, 1 when describing.
  virtual std::size_t begin_list(std::string_view name, std::size_t size, bool is_map, const Key& key) = 0;
  virtual void end_list() = 0;
  /// Name of entry `index` of the open map.
  virtual std::string map_key(std::size_t index) = 0;
  /// Reading: is the key there? Writing: `has_value`. Describing: true.
  virtual bool begin_optional(std::string_view name, bool has_value) = 0;
  /// True when the word was read, written or (after its section) described; false: the section (or list) is wanted.
  virtual bool word(std::string_view name, std::string_view word, bool is_word, bool is_list) = 0;
  /// One kind of a part is about to be described; false: no more are wanted.
  virtual void begin_kind(const std::string& kind) = 0;
  virtual void end_kind() = 0;

  static std::string item_name(std::size_t index) { return fmt::format("[{}]", index); }
};

template <class T>
void Fields::key(std::string_view name, T& value, const Key& key) {
  if constexpr (std::is_enum_v<T>) {
    EnumRef ref{enum_names(T{}), "", static_cast<int>(value)};
    leaf(name, &ref, key);
    value = static_cast<T>(ref.value);
  } else if constexpr (detail::is_quantity<T>::value) {
    using Rep = typename T::rep;
    QuantityRef ref{&T::dimension(), std::is_integral_v<Rep>, static_cast<double>(value.value())};
    leaf(name, &ref, key);
    value = T(static_cast<Rep>(ref.value));
  } else if constexpr (detail::is_optional<T>::value) {
    if (!begin_optional(name, value.has_value())) return;
    if (!value) value.emplace();
    this->key(name, *value, key);
    if (mode() == Mode::describe) value.reset();
  } else if constexpr (detail::is_vector<T>::value) {
    const std::size_t size = begin_list(name, value.size(), false, key);
    const std::size_t before = value.size();
    if (mode() != Mode::write && (mode() == Mode::describe || size != std::numeric_limits<std::size_t>::max())) {
      value.assign(size, {});
    }
    for (std::size_t i = 0; i < value.size() && size != std::numeric_limits<std::size_t>::max(); ++i) {
      this->key(item_name(i), value[i],
                {.doc = key.doc, .required = true, .min = key.min, .max = key.max, .positive = key.positive});
    }
    if (mode() == Mode::describe) value.resize(before);
    end_list();
  } else if constexpr (detail::is_map<T>::value) {
    std::vector<std::string> names;
    for (const auto& [entry, ignored] : value) names.push_back(entry);
    const std::size_t size = begin_list(name, value.size(), true, key);
    if (mode() == Mode::read && size != std::numeric_limits<std::size_t>::max()) {
      names.clear();
      for (std::size_t i = 0; i < size; ++i) names.push_back(map_key(i));
      value.clear();
    }
    if (mode() == Mode::describe) {
      typename T::mapped_type sample{};
      this->key("*", sample, key);
    } else if (size != std::numeric_limits<std::size_t>::max()) {
      for (const std::string& entry : names) this->key(entry, value[entry], {.doc = key.doc, .required = true});
    }
    end_list();
  } else if constexpr (detail::is_part<T>::value) {
    using Interface = typename detail::is_part<T>::interface;
    auto& registry = Registry<Interface>::instance();
    if (!begin_section(name, key)) return;
    NameRef ref{registry.names(), &value.kind};
    leaf("kind", &ref, {.doc = "which of the registered parts", .required = true});
    if (mode() == Mode::describe) {
      for (const std::string& kind : registry.names()) {
        begin_kind(kind);
        registry.create(kind)->fields(*this);
        end_kind();
      }
    } else {
      if (mode() == Mode::read) value.part = registry.create(value.kind);
      value.part->fields(*this);
    }
    end_section();
  } else if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, int> || std::is_same_v<T, std::int64_t> ||
                       std::is_same_v<T, std::uint64_t> || std::is_same_v<T, double> || std::is_same_v<T, float> ||
                       std::is_same_v<T, std::string> || std::is_same_v<T, FilePath>) {
    leaf(name, &value, key);
  } else if constexpr (std::is_same_v<T, ConfigNode>) {
    RawRef ref{&value};
    leaf(name, &ref, key);
  } else {
    if (!begin_section(name, key)) return;
    fields(*this, value);
    end_section();
  }
}

}  // namespace ohmic

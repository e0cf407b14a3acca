// SPDX-License-Identifier: Apache-2.0
// Parts are found by the name that the YAML gives. One file per implementation registers itself at start-up:
//   namespace { const Registration<AdcModel, IdealAdc> kIdeal{"ideal"}; }
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ohmic {

/// All implementations of one interface, by name.
template <class Interface>
class Registry {
 public:
  using Factory = std::function<std::unique_ptr<Interface>()>;

  static Registry& instance() {
    static Registry registry;
    return registry;
  }

  /// A second registration under one name is our own mistake: std::logic_error.
  void add(const std::string& name, Factory factory) {
    if (!factories_.emplace(name, std::move(factory)).second) {
      throw std::logic_error("registered twice: " + name);
    }
  }

  [[nodiscard]] bool contains(const std::string& name) const { return factories_.count(name) != 0; }

  [[nodiscard]] std::unique_ptr<Interface> create(const std::string& name) const { return factories_.at(name)(); }

  /// Registered names in alphabetical order.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, factory] : factories_) all.push_back(name);
    return all;
  }

 private:
  std::map<std::string, Factory> factories_;
};

/// Registers `Part` under a name when it is constructed (a namespace-scope constant).
template <class Interface, class Part>
struct Registration {
  explicit Registration(const std::string& name) {
    Registry<Interface>::instance().add(name, [] { return std::make_unique<Part>(); });
  }
};

}  // namespace ohmic

// SPDX-License-Identifier: Apache-2.0
// The text of a SystemVerilog module that only connects others.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sim/pin/bits.hpp"

namespace ohmic::emit {

/// Letters, digits and underscores of a name, all else as underscores.
[[nodiscard]] std::string identifier(const std::string& name);

/// `width`'h… of a number.
[[nodiscard]] std::string literal(int width, std::uint64_t value);
/// Two's complement.
[[nodiscard]] std::string literal(int width, std::int64_t value);
[[nodiscard]] std::string literal(const sim::pin::Bits& bits);

/// Fields of one width side by side, field 0 lowest, in two's complement: what packed parameters are.
class PackedFields {
 public:
  explicit PackedFields(int width) : width_(width) {}
  /// std::logic_error when the value does not fit.
  void add(std::int64_t value);
  [[nodiscard]] std::string text() const;

 private:
  int width_;
  std::vector<std::int64_t> values_;
};

/// {a, b, c} with the first of `parts` lowest.
[[nodiscard]] std::string concatenation(const std::vector<std::string>& parts);

using Connections = std::vector<std::pair<std::string, std::string>>;

class StructuralModule {
 public:
  explicit StructuralModule(std::string name) : name_(std::move(name)) {}

  /// A sentence for the reader of the text.
  void comment(const std::string& text);
  void port(bool is_input, int width, const std::string& name, const std::string& doc);
  /// A net, and its name back.
  std::string wire(int width, const std::string& name);
  /// A net that stands before all others: the text uses it before its writer is known.
  void declare_first(int width, const std::string& name);
  void assign(const std::string& to, const std::string& from);
  void instance(const std::string& module, const std::string& name, const Connections& parameters,
                const Connections& ports);
  /// Lines as they are.
  void raw(const std::string& lines) { body_ += lines; }
  /// Ports from here on exist only where `macro` is defined; likewise statements of `guarded`.
  void guarded_port(const std::string& macro, int width, const std::string& name);
  void guarded_assign(const std::string& macro, const std::string& to, const std::string& from);

  /// Nets that nothing reads end in one that says so.
  [[nodiscard]] std::string text(const std::string& head) const;

 private:
  [[nodiscard]] std::string unread() const;

  std::string name_;
  std::vector<std::string> wires_;
  std::string ports_, guarded_ports_, guarded_body_, macro_;
  std::string first_, body_;
};

}  // namespace ohmic::emit

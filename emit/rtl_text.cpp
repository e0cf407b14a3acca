// SPDX-License-Identifier: Apache-2.0
#include "emit/rtl_text.hpp"

#include <fmt/format.h>

#include <cctype>
#include <map>
#include <stdexcept>

namespace ohmic::emit {

namespace {

std::string range(int width) {
  return width == 1 ? "" : fmt::format("[{}:0] ", width - 1);
}

}  // namespace

std::string identifier(const std::string& name) {
  std::string text = !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) != 0 ? "_" : "";
  for (const char c : name) text += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return text;
}

std::string literal(int width, std::uint64_t value) {
  sim::pin::Bits bits(width);
  bits.set(0, std::min(width, 64), value);
  return literal(bits);
}

std::string literal(int width, std::int64_t value) {
  sim::pin::Bits bits(width);
  for (int first = 0; first < width; first += 64) {
    const auto part = static_cast<std::uint64_t>(first == 0 ? value : value >> 63);
    bits.set(first, std::min(64, width - first), part);
  }
  return literal(bits);
}

std::string literal(const sim::pin::Bits& bits) {
  return fmt::format("{}'h{}", bits.width(), bits.hex());
}

void PackedFields::add(std::int64_t value) {
  const std::int64_t limit = width_ < 64 ? std::int64_t{1} << (width_ - 1) : 0;
  if (limit != 0 && (value < -limit || value >= 2 * limit)) {
    throw std::logic_error(fmt::format("{} does not fit {} bits of a parameter", value, width_));
  }
  values_.push_back(value);
}

std::string PackedFields::text() const {
  sim::pin::Bits bits(width_ * static_cast<int>(values_.size()));
  int first = 0;
  for (const std::int64_t value : values_) {
    for (int done = 0; done < width_; done += 64) {
      const auto part = static_cast<std::uint64_t>(done == 0 ? value : value >> 63);
      bits.set(first + done, std::min(64, width_ - done), part);
    }
    first += width_;
  }
  return literal(bits);
}

std::string concatenation(const std::vector<std::string>& parts) {
  if (parts.size() == 1) return parts.front();
  std::string text;
  for (std::size_t i = parts.size(); i-- > 0;) text += (text.empty() ? "{" : ", ") + parts[i];
  return text + "}";
}

void StructuralModule::comment(const std::string& text) {
  body_ += fmt::format("\n  // {}\n", text);
}

void StructuralModule::port(bool is_input, int width, const std::string& name, const std::string& doc) {
  ports_ += fmt::format("{}  /// {}\n  {} logic {}{}", ports_.empty() ? "" : ",\n", doc, is_input ? "input " : "output",
                        range(width), name);
}

void StructuralModule::guarded_port(const std::string& macro, int width, const std::string& name) {
  macro_ = macro;
  guarded_ports_ += fmt::format(",\n  output logic {}{}", range(width), name);
}

void StructuralModule::guarded_assign(const std::string& macro, const std::string& to, const std::string& from) {
  macro_ = macro;
  guarded_body_ += fmt::format("  assign {} = {};\n", to, from);
}

std::string StructuralModule::wire(int width, const std::string& name) {
  body_ += fmt::format("  logic {}{};\n", range(width), name);
  wires_.push_back(name);
  return name;
}

void StructuralModule::declare_first(int width, const std::string& name) {
  first_ += fmt::format("  logic {}{};\n", range(width), name);
}

void StructuralModule::assign(const std::string& to, const std::string& from) {
  body_ += fmt::format("  assign {} = {};\n", to, from);
}

void StructuralModule::instance(const std::string& module, const std::string& name, const Connections& parameters,
                                const Connections& ports) {
  const auto list = [](const Connections& all) {
    std::string text;
    for (const auto& [key, value] : all) text += fmt::format("{}    .{}({})", text.empty() ? "" : ",\n", key, value);
    return text;
  };
  body_ += "  " + module;
  if (!parameters.empty()) body_ += " #(\n" + list(parameters) + "\n  )";
  body_ += fmt::format(" {} (\n    .clk_i, .rst_ni,\n{}\n  );\n", name, list(ports));
}

/// Wires that stand in their declaration and at their writer only.
std::string StructuralModule::unread() const {
  std::map<std::string, int> uses;
  std::string word;
  for (const char c : body_ + " ") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word += c;
      continue;
    }
    if (!word.empty()) ++uses[word];
    word.clear();
  }
  std::string nets;
  for (const std::string& wire : wires_) {
    if (uses[wire] <= 2) nets += fmt::format(",\n    {}", wire);
  }
  if (nets.empty()) return "";
  return fmt::format("\n  // What nobody reads.\n  logic unused;\n  assign unused = &{{1'b0{}}};\n", nets);
}

std::string StructuralModule::text(const std::string& head) const {
  std::string text = head + fmt::format("module {} (\n{}", name_, ports_);
  if (!guarded_ports_.empty()) text += fmt::format("\n`ifdef {}\n{}\n`endif\n", macro_, guarded_ports_);
  text += "\n);\n" + first_ + body_ + unread();
  if (!guarded_body_.empty()) text += fmt::format("\n`ifdef {}\n{}`endif\n", macro_, guarded_body_);
  return text + "endmodule\n";
}

}  // namespace ohmic::emit

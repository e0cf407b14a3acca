// SPDX-License-Identifier: Apache-2.0
#include "base/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

namespace ohmic {

namespace {

std::string join_parts(std::string_view place, std::string_view path, std::string_view message) {
  std::string text;
  for (const std::string_view part : {place, path}) {
    if (!part.empty()) text += fmt::format("{}: ", part);
  }
  return text + std::string(message);
}

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row.back();
}

}  // namespace

std::string Location::text() const {
  return line > 0 ? fmt::format("{}:{}:{}", file, line, column) : file;
}

InputError::InputError(const Location& where, std::string_view path, std::string_view message)
    : std::runtime_error(join_parts(where.text(), path, message)) {}

InputError::InputError(std::string_view file, std::string_view message)
    : std::runtime_error(join_parts(file, "", message)) {}

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string suggestion(std::string_view name, const std::vector<std::string>& known) {
  const std::string near = nearest_name(name, known);
  std::vector<std::string> sorted = known;
  std::sort(sorted.begin(), sorted.end());
  const std::string question = near.empty() ? "" : fmt::format("did you mean '{}'? ", near);
  return fmt::format(" ({}known: {})", question, fmt::join(sorted, ", "));
}

}  // namespace ohmic

// SPDX-License-Identifier: Apache-2.0
// The one error form of Ohmic. What a user can cause is an InputError (exit status 2) and names the place;
// what only we can cause is a std::logic_error (exit status 3).
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace ohmic {

/// A place in a text file; line and column count from 1, 0 = not known.
struct Location {
  std::string file;
  int line = 0;
  int column = 0;

  /// "file:line:col", "file" when the line is not known, "" when nothing is.
  [[nodiscard]] std::string text() const;
};

/// Bad input. what() is `file:line:col: path.to.key: message`, leaving out what is not known.
class InputError : public std::runtime_error {
 public:
  InputError(const Location& where, std::string_view path, std::string_view message);
  /// Bad input that has no place in a text file (a model, a data file, an argument).
  InputError(std::string_view file, std::string_view message);
};

/// The check that a command exists for found a difference (exit status 1).
class CheckFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The known name nearest to `name` in edit distance, or "" when none is near enough to be a likely slip.
[[nodiscard]] std::string nearest_name(std::string_view name, const std::vector<std::string>& known);

/// ` (did you mean 'rows'? known: columns, rows)`, without the question when nothing is near.
[[nodiscard]] std::string suggestion(std::string_view name, const std::vector<std::string>& known);

/// A warning that the user must see in the report; kept in the order of its making.
using Warnings = std::vector<std::string>;

}  // namespace ohmic

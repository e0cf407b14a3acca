// SPDX-License-Identifier: Apache-2.0
// A table of text for the terminal: first column to the left, the others to the right.
#pragma once

#include <string>
#include <vector>

namespace ohmic::report {

class Table {
 public:
  explicit Table(std::vector<std::string> head) { rows_.push_back(std::move(head)); }
  void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] std::size_t columns() const { return rows_.front().size(); }
  [[nodiscard]] std::string text() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace ohmic::report

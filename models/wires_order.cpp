// SPDX-License-Identifier: Apache-2.0
// Nested dissection of an array. Row wires run along rows only and column wires along columns only, so the row nodes of
// one column cut the array in two, and so do the column nodes of one row.
#include <algorithm>

#include "models/wires_nodal.hpp"

namespace ohmic::models {
namespace {

struct Span {
  int begin = 0;
  int end = 0;
  [[nodiscard]] bool empty() const { return begin >= end; }
  [[nodiscard]] Span before(int at) const { return {begin, std::min(end, at)}; }
  [[nodiscard]] Span from(int at) const { return {std::max(begin, at), end}; }
};
struct Block {
  Span rows;
  Span columns;
  [[nodiscard]] bool empty() const { return rows.empty() || columns.empty(); }
};

class Dissection {
 public:
  Dissection(int columns, bool merged_rows, bool merged_columns, NodeOrder& order)
      : columns_(columns), merged_rows_(merged_rows), merged_columns_(merged_columns), order_(order) {}

  /// Numbers the row nodes of one block and the column nodes of another, which is the same but for its borders.
  void number(const Block& row_nodes, const Block& column_nodes) {
    if (row_nodes.empty() || column_nodes.empty()) {
      take_rows(row_nodes);
      take_columns(column_nodes);
      return;
    }
    const Span rows{std::min(row_nodes.rows.begin, column_nodes.rows.begin),
                    std::max(row_nodes.rows.end, column_nodes.rows.end)};
    const Span columns{std::min(row_nodes.columns.begin, column_nodes.columns.begin),
                       std::max(row_nodes.columns.end, column_nodes.columns.end)};
    if (columns.end - columns.begin >= rows.end - rows.begin) {
      const int cut = middle(columns, row_nodes.columns);
      number({row_nodes.rows, row_nodes.columns.before(cut)},
             {column_nodes.rows, column_nodes.columns.before(cut + 1)});
      number({row_nodes.rows, row_nodes.columns.from(cut + 1)},
             {column_nodes.rows, column_nodes.columns.from(cut + 1)});
      take_rows({row_nodes.rows, {cut, cut + 1}});
    } else {
      const int cut = middle(rows, column_nodes.rows);
      number({row_nodes.rows.before(cut + 1), row_nodes.columns},
             {column_nodes.rows.before(cut), column_nodes.columns});
      number({row_nodes.rows.from(cut + 1), row_nodes.columns},
             {column_nodes.rows.from(cut + 1), column_nodes.columns});
      take_columns({{cut, cut + 1}, column_nodes.columns});
    }
  }

 private:
  static int middle(const Span& all, const Span& allowed) {
    return std::clamp((all.begin + all.end) / 2, allowed.begin, allowed.end - 1);
  }
  [[nodiscard]] std::size_t index(int i, int j) const {
    return static_cast<std::size_t>(i) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(j);
  }
  void take_rows(const Block& block) {
    if (merged_rows_) return;
    for (int i = block.rows.begin; i < block.rows.end; ++i) {
      for (int j = std::max(1, block.columns.begin); j < block.columns.end; ++j) {
        order_.row_node[index(i, j)] = order_.nodes++;
      }
    }
  }
  void take_columns(const Block& block) {
    if (merged_columns_) return;
    for (int i = std::max(1, block.rows.begin); i < block.rows.end; ++i) {
      for (int j = block.columns.begin; j < block.columns.end; ++j) {
        order_.column_node[index(i, j)] = order_.nodes++;
      }
    }
  }

  int columns_;
  bool merged_rows_;
  bool merged_columns_;
  NodeOrder& order_;
};

}  // namespace

NodeOrder dissect(int rows, int columns, bool merged_rows, bool merged_columns) {
  const std::size_t cells = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  NodeOrder order;
  order.row_node.assign(cells, -1);
  order.column_node.assign(cells, -1);
  const Block whole{{0, rows}, {0, columns}};
  Dissection(columns, merged_rows, merged_columns, order).number(whole, whole);
  for (int i = 0; i < rows; ++i) {
    const std::size_t first = static_cast<std::size_t>(i) * static_cast<std::size_t>(columns);
    std::fill_n(order.row_node.begin() + static_cast<std::ptrdiff_t>(first), merged_rows ? columns : 1, order.nodes++);
  }
  for (int j = 0; j < columns; ++j) {
    for (int i = 0; i < (merged_columns ? rows : 1); ++i) {
      order.column_node[static_cast<std::size_t>(i) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(j)] =
          order.nodes;
    }
    ++order.nodes;
  }
  order.terminals = rows + columns;
  return order;
}

}  // namespace ohmic::models

// SPDX-License-Identifier: Apache-2.0
#include "models/device_table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/files.hpp"
#include "models/device_resistive.hpp"

namespace ohmic::models {

namespace {

class TableDevice : public ResistiveDevice {
 public:
  void fields(Fields& f) override {
    std::optional<FilePath> file;
    f.key("file", file, {.doc = "CSV or YAML file with the states, instead of 'states'"});
    if (file) {
      f.refuse("states", "are in 'file': keep one of the two");
      rows_ = load_states(file->path);
    } else {
      f.key("states", rows_, {.doc = "what a cell conducts that was to conduct 'state', fractions of g_max"});
    }
    f.key("read_noise", read_noise_, {.doc = "σ of one read of one cell, as a fraction of g_max", .min = 0, .max = 1});
    ResistiveDevice::fields(f);
  }
  void validate(const std::string& path) const override { models::validate(rows_, path); }
  [[nodiscard]] double mean(double y) const override { return interpolate(rows_, y).mean; }
  [[nodiscard]] double programming_sigma(double y, Duration /*t*/) const override { return interpolate(rows_, y).std; }
  [[nodiscard]] double read_sigma(double /*y*/) const override { return read_noise_; }

 private:
  std::vector<StateRow> rows_;
  double read_noise_ = 0;
};

const Registration<Device, TableDevice> kTable{"table"};

/// A value of a CSV file and the column of the text where it begins.
struct CsvCell {
  std::string text;
  int column = 1;
};

/// One line of a CSV file, cut at commas.
std::vector<CsvCell> cells_of(const std::string& line) {
  std::vector<CsvCell> cells(1);
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == ',') {
      cells.emplace_back();
    } else if (c != ' ' && c != '\t' && c != '\r') {
      if (cells.back().text.empty()) cells.back().column = static_cast<int>(i) + 1;
      cells.back().text += c;
    }
  }
  return cells;
}

/// Comments and empty lines left out.
struct CsvLine {
  int number;
  std::vector<CsvCell> cells;
};
std::vector<CsvLine> csv_lines(const std::string& text) {
  std::vector<CsvLine> lines;
  int number = 0;
  for (std::size_t at = 0; at < text.size(); ++number) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::vector<CsvCell> cells = cells_of(text.substr(at, end - at));
    const bool is_empty = cells.size() == 1 && cells.front().text.empty();
    if (!is_empty && cells.front().text.rfind('#', 0) != 0) {
      lines.push_back({number + 1, cells});
    }
    at = end + 1;
  }
  return lines;
}

double csv_number(const std::string& file, const CsvLine& line, std::size_t column) {
  const std::string& text = line.cells[column].text;
  double value = 0;
  const auto [stop, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc() || stop != text.data() + text.size() || !std::isfinite(value)) {
    throw InputError(Location{file, line.number, line.cells[column].column}, "",
                     fmt::format("'{}' is not a number", text));
  }
  return value;
}

struct CsvTable {
  std::vector<StateRow> rows;
  std::vector<CsvLine> lines;
};

CsvTable parse_csv(const std::string& file) {
  const std::vector<CsvLine> lines = csv_lines(read_text_file(file));
  if (lines.empty()) throw InputError(file, "is empty");
  constexpr double StateRow::*kMembers[] = {&StateRow::state, &StateRow::mean, &StateRow::std};
  const std::vector<std::string> names{"state", "mean", "std"};
  const CsvLine& head = lines.front();
  std::vector<std::size_t> columns;
  for (const std::string& name : names) {
    const auto found =
        std::find_if(head.cells.begin(), head.cells.end(), [&](const CsvCell& c) { return c.text == name; });
    if (found == head.cells.end()) {
      throw InputError(Location{file, head.number, 1}, "",
                       fmt::format("missing column '{}' (needed: state, mean, std)", name));
    }
    columns.push_back(static_cast<std::size_t>(found - head.cells.begin()));
  }
  CsvTable table;
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].cells.size() != head.cells.size()) {
      throw InputError(
          Location{file, lines[i].number, 1}, "",
          fmt::format("has {} values, the first line names {} columns", lines[i].cells.size(), head.cells.size()));
    }
    StateRow row;  // NOLINT(misc-const-correctness): written through pointers to its members
    for (std::size_t k = 0; k < columns.size(); ++k) row.*kMembers[k] = csv_number(file, lines[i], columns[k]);
    table.rows.push_back(row);
    table.lines.push_back(lines[i]);
  }
  return table;
}

struct StatesFile {
  std::vector<StateRow> states;
};
void fields(Fields& f, StatesFile& s) {
  f.key("states", s.states, {.doc = "state, mean, std as fractions of g_max", .required = true});
}

/// Index of a row from a path that ends in "states[<index>].<key>"; -1 when there is none.
int row_of(const std::string& path) {
  const std::size_t open = path.rfind('[');
  return open == std::string::npos ? -1 : std::atoi(path.c_str() + open + 1);
}

constexpr double kHighestMean = 2, kHighestStd = 1;

void check_fraction(double value, double highest, const std::string& path) {
  if (value < 0) throw RuleError(path, fmt::format("must be at least 0, not {}", value));
  if (value > highest) {
    throw RuleError(path, fmt::format("must be at most {}, not {}: states, means and deviations are fractions of g_max",
                                      highest, value));
  }
}

}  // namespace

void fields(Fields& f, StateRow& s) {
  f.key("state", s.state, {.doc = "what a cell was to conduct", .required = true, .min = 0, .max = 1});
  f.key("mean", s.mean, {.doc = "what it conducts on average", .required = true, .min = 0, .max = kHighestMean});
  f.key("std", s.std, {.doc = "its standard deviation", .required = true, .min = 0, .max = kHighestStd});
}

void validate(const std::vector<StateRow>& rows, const std::string& path) {
  const std::string list = path + ".states";
  if (rows.size() < 2) {
    throw RuleError(list, fmt::format("needs at least the states 0 and 1, not {} rows", rows.size()));
  }
  const auto place = [&](std::size_t row, const char* key) { return fmt::format("{}[{}].{}", list, row, key); };
  if (rows.front().state != 0) {
    throw RuleError(place(0, "state"), fmt::format("states must begin at 0, not {}", rows.front().state));
  }
  for (std::size_t i = 0; i < rows.size(); ++i) {
    check_fraction(rows[i].mean, kHighestMean, place(i, "mean"));
    check_fraction(rows[i].std, kHighestStd, place(i, "std"));
    if (i == 0) continue;
    if (rows[i].state <= rows[i - 1].state) {
      throw RuleError(place(i, "state"),
                      fmt::format("states must ascend: {} comes after {}", rows[i].state, rows[i - 1].state));
    }
    if (rows[i].mean < rows[i - 1].mean) {
      throw RuleError(place(i, "mean"), fmt::format("conductances cross: state {} has a mean of {}, state {} one of {}",
                                                    rows[i].state, rows[i].mean, rows[i - 1].state, rows[i - 1].mean));
    }
  }
  if (rows.back().state != 1) {
    throw RuleError(place(rows.size() - 1, "state"), fmt::format("states must end at 1, not {}", rows.back().state));
  }
}

std::vector<StateRow> load_states(const std::string& file) {
  if (file.size() < 4 || file.substr(file.size() - 4) != ".csv") {
    const ConfigNode root = load_config(file);
    StatesFile content;
    ConfigReader::read(root, content);
    try {
      validate(content.states, "");
    } catch (const RuleError& error) {
      throw located(root, RuleError(error.path().substr(1), error.what()));
    }
    return content.states;
  }
  const CsvTable table = parse_csv(file);
  try {
    validate(table.rows, "");
  } catch (const RuleError& error) {
    const int row = row_of(error.path());
    if (row < 0) throw InputError(file, error.what());
    throw InputError(Location{file, table.lines[static_cast<std::size_t>(row)].number, 1}, "", error.what());
  }
  return table.rows;
}

StateRow interpolate(const std::vector<StateRow>& rows, double state) {
  std::size_t next = 1;
  while (next + 1 < rows.size() && rows[next].state < state) ++next;
  const StateRow& from = rows[next - 1];
  const StateRow& to = rows[next];
  const double part = (state - from.state) / (to.state - from.state);
  return {state, from.mean + part * (to.mean - from.mean), from.std + part * (to.std - from.std)};
}

}  // namespace ohmic::models

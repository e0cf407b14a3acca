// SPDX-License-Identifier: Apache-2.0
#include "explore/sweep_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/files.hpp"
#include "report/hdf5_file.hpp"
#include "report/summary.hpp"

namespace ohmic::explore {

namespace {

/// What a swept value is in a table: a scalar as written, anything else as JSON.
std::string value_text(const ConfigNode& value) {
  return value.kind == ConfigNode::Kind::scalar ? value.scalar : node_json(value).dump();
}

/// Columns in the order in which points first bring them.
class Columns {
 public:
  void set(std::size_t row, const std::string& name, const std::string& value) {
    const auto found = std::find(names_.begin(), names_.end(), name);
    const auto index = static_cast<std::size_t>(found - names_.begin());
    if (found == names_.end()) {
      names_.push_back(name);
      cells_.emplace_back();
    }
    cells_[index].resize(std::max(cells_[index].size(), row + 1));
    cells_[index][row] = value;
  }

  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  [[nodiscard]] std::string cell(std::size_t column, std::size_t row) const {
    return row < cells_[column].size() ? cells_[column][row] : "";
  }

 private:
  std::vector<std::string> names_;
  std::vector<std::vector<std::string>> cells_;
};

std::string csv_text(const Columns& columns, std::size_t rows) {
  std::string csv;
  for (std::size_t c = 0; c < columns.names().size(); ++c)
    csv += (c > 0 ? "," : "") + report::csv_field(columns.names()[c]);
  csv += "\n";
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns.names().size(); ++c)
      csv += (c > 0 ? "," : "") + report::csv_field(columns.cell(c, r));
    csv += "\n";
  }
  return csv;
}

/// The unit that a part of a name ends with: "energy.by_component_pj.adc" → "pJ".
std::string unit_of(const std::string& name) {
  static const std::vector<std::pair<std::string_view, const char*>> units{
      {"tops_per_w", "TOPS/W"}, {"tops_per_mm2", "TOPS/mm2"}, {"_pj", "pJ"},     {"_mm2", "mm2"}, {"_ns", "ns"},
      {"_ghz", "GHz"},          {"_cycles", "cycle"},         {"_per_s", "1/s"}, {"_w", "W"},     {"tops", "TOPS"}};
  for (const auto& [ending, unit] : units) {
    const std::size_t found = (name + ".").find(std::string(ending) + ".");
    if (found != std::string::npos) return unit;
  }
  return "1";
}

void write_hdf5(const Columns& columns, std::size_t rows, const std::filesystem::path& path) {
  report::Hdf5File file(path);
  for (std::size_t c = 0; c < columns.names().size(); ++c) {
    const std::string& name = columns.names()[c];
    std::vector<std::string> texts;
    std::vector<double> numbers;
    for (std::size_t r = 0; r < rows; ++r) {
      texts.push_back(columns.cell(c, r));
      char* end = nullptr;
      const double number = std::strtod(texts.back().c_str(), &end);
      const bool whole = !texts.back().empty() && *end == '\0';
      if (whole) numbers.push_back(number);
      if (texts.back().empty()) numbers.push_back(std::numeric_limits<double>::quiet_NaN());
    }
    if (numbers.size() == rows && name != "error") {
      file.write("/" + name, numbers, unit_of(name));
    } else {
      file.write("/" + name, texts);
    }
  }
  file.commit();
}

}  // namespace

void SweepStore::write_description(const std::vector<SweepPoint>& points) const {
  Json json;
  json["name"] = config_.name;
  Json& parameters = json["parameters"] = Json::object();
  for (const SweepPoint& point : points) {
    for (const auto& [path, value] : point.assignment) {
      Json& values = parameters[path];
      if (values.is_null()) values = Json::array();
      const Json item = node_json(value);
      if (std::find(values.begin(), values.end(), item) == values.end()) values.push_back(item);
    }
  }
  Json& objectives = json["objectives"] = Json::object();
  for (const auto& [path, goal] : config_.spec.objectives) objectives[path] = goal == Goal::max ? "max" : "min";
  json["points"] = points.size();
  write_file_atomically(folder_ / kDescription, report::json_text(json));
}

bool SweepStore::has_result(const SweepPoint& point) const {
  const std::filesystem::path file = point_folder(point.index) / "summary.json";
  if (!std::filesystem::is_regular_file(file)) return false;
  const Json summary = Json::parse(read_text_file(file), nullptr, false);
  if (!summary.is_object() || !summary.contains("provenance")) return false;
  const Json& from = summary["provenance"];
  return from.value("version", "") + " " + from.value("config_digest", "") == point.digest;
}

Warnings SweepStore::unknown_objectives(const std::vector<std::string>& known) const {
  Warnings warnings;
  for (const auto& [path, goal] : config_.spec.objectives) {
    if (std::find(known.begin(), known.end(), path) != known.end()) continue;
    const std::string near = nearest_name(path, known);
    warnings.push_back(fmt::format("objective '{}' is no number of a result{}", path,
                                   near.empty() ? "" : fmt::format(" (did you mean '{}'?)", near)));
  }
  return warnings;
}

Warnings SweepStore::unknown_objectives(int point) const {
  std::vector<std::string> known;
  for (const auto& [name, value] :
       report::flat_numbers(Json::parse(read_text_file(point_folder(point) / "summary.json")))) {
    known.push_back(name);
  }
  return unknown_objectives(known);
}

void SweepStore::consolidate(const std::vector<SweepPoint>& points, const std::vector<JournalEntry>& journal) {
  Columns columns;
  failed_ = 0;
  for (std::size_t row = 0; row < points.size(); ++row) {
    const SweepPoint& point = points[row];
    columns.set(row, "point", std::to_string(point.index));
    for (const auto& [path, value] : point.assignment) columns.set(row, path, value_text(value));
    const std::optional<JournalEntry> entry = find_entry(journal, point.index, point.digest);
    if (!entry || !entry->error.empty()) {
      ++failed_;
      columns.set(row, "error", entry ? entry->error : "not run");
      continue;
    }
    const Json summary = Json::parse(read_text_file(point_folder(point.index) / "summary.json"));
    for (const auto& [name, value] : report::flat_numbers(summary)) columns.set(row, name, value);
  }
  if (failed_ < static_cast<int>(points.size())) warnings_ = unknown_objectives(columns.names());
  write_file_atomically(folder_ / "sweep.csv", csv_text(columns, points.size()));
  write_hdf5(columns, points.size(), folder_ / "sweep.h5");
}

}  // namespace ohmic::explore

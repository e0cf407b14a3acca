// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "report/score.hpp"
#include "report/summary.hpp"
#include "report/table.hpp"

namespace ohmic::report {

namespace {

/// A number with an SI prefix: 12.3 nJ.
std::string si(double value, std::string_view unit) {
  static constexpr std::string_view kPrefixes[] = {"a", "f", "p", "n", "u", "m", "", "k", "M", "G", "T"};
  std::size_t index = 6;
  while (value != 0 && std::abs(value) < 1 && index > 0) {
    value *= 1e3;
    --index;
  }
  while (std::abs(value) >= 1000 && index + 1 < std::size(kPrefixes)) {
    value /= 1e3;
    ++index;
  }
  return fmt::format("{:.4g} {}{}", value, kPrefixes[index], unit);
}

std::string signed_difference(const workloads::Metric& metric, double value) {
  return (value < 0 ? "" : "+") + metric.difference(value);
}

std::string repair_lines(const RunResult& r) {
  std::string text;
  for (const RepairResult& repair : r.repairs) {
    const std::string spread = repair.gain.ci95 ? " ± " + r.metric.difference(*repair.gain.ci95) : std::string();
    text += fmt::format(
        "  repair {}: {} without it, gain {}{} ({}); calibration {} vectors, {} cycles, {}; correcting {} an "
        "image\n",
        repair.name, r.metric.text(repair.without.mean), signed_difference(r.metric, repair.gain.mean), spread,
        r.metric.difference_unit(), repair.calibration_vectors, repair.calibration_cycles,
        si(static_cast<double>(repair.calibration_aj) * 1e-18, "J"),
        si(static_cast<double>(repair.per_image_aj) * 1e-18, "J"));
  }
  return text;
}

std::string timing_lines(const RunResult& r) {
  const sim::ResourceLoad& most = r.timing.loads.front();
  return fmt::format("Latency {} cycles = {}, an image every {:g} cycles: {:.4g} images/s\n", r.timing.latency_cycles,
                     si(r.latency_ns() * 1e-9, "s"), r.interval_cycles(), r.images_per_s()) +
         fmt::format("  (most in use: {}, {} cycles an image)\n", most.resource, most.cycles);
}

std::string energy_lines(const RunResult& r) {
  const auto energy_j = static_cast<double>(r.energy.per_image_aj) * 1e-18;
  const double peak_w = static_cast<double>(r.nameplate.peak_power.value()) * 1e-12;
  const auto per_watt = [](double tops, double watt) {
    return watt > 0 ? fmt::format(", {:.4g} TOPS/W", tops / watt) : std::string();
  };
  std::string text =
      fmt::format("Energy {} an image (of it {} leakage), power {}, area {:.4g} mm2, {:.4g} TOPS{}\n",
                  si(energy_j, "J"), si(static_cast<double>(r.energy.leakage_aj) * 1e-18, "J"), si(r.power_w(), "W"),
                  static_cast<double>(r.energy.total_area_nm2) * 1e-12, r.tops(), per_watt(r.tops(), r.power_w()));
  text += fmt::format("Nameplate peak {:.4g} TOPS, {}{}\n", r.nameplate.peak_tops, si(peak_w, "W"),
                      per_watt(r.nameplate.peak_tops, peak_w));
  if (r.energy.programming_aj > 0) {
    text +=
        fmt::format("Programming all cells once: {}\n", si(static_cast<double>(r.energy.programming_aj) * 1e-18, "J"));
  }
  return text;
}

std::string layer_table(const RunResult& r) {
  Table table({"layer", "matrix", "pixels", "arrays", "replicas", "first out", "busy", "wait in", "wait out",
               "wait net", "energy"});
  for (const LayerResult& l : r.layers) {
    table.add({l.name, l.rows > 0 ? fmt::format("{}x{}", l.rows, l.columns) : l.operation, fmt::format("{}", l.pixels),
               l.arrays > 0 ? fmt::format("{}", l.arrays) : "", l.arrays > 0 ? fmt::format("{}", l.replicas) : "",
               fmt::format("{}", l.first_output), fmt::format("{}", l.timing.busy),
               fmt::format("{}", l.timing.stalled_input), fmt::format("{}", l.timing.stalled_output),
               fmt::format("{}", l.timing.stalled_network), si(static_cast<double>(l.energy_aj) * 1e-18, "J")});
  }
  std::vector<std::string> shared(table.columns());
  shared.front() = "shared";
  shared.back() = si(static_cast<double>(r.energy.shared_aj) * 1e-18, "J");
  table.add(shared);
  return table.text() + fmt::format(
                            "(cycles of the busiest stage of each layer over {} images; energy of one image; "
                            "shared: fabric, buffers at its ends, leakage)\n",
                            r.timing.images);
}

std::string component_table(const RunResult& r) {
  std::vector<std::pair<models::Component, std::int64_t>> sorted(r.energy.by_component_aj.begin(),
                                                                 r.energy.by_component_aj.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  Table table({"component", "actions", "dynamic", "leakage", "share", "area mm2"});
  for (const auto& [component, aj] : sorted) {
    table.add({enum_name(component), fmt::format("{}", r.energy.actions[component]),
               si(static_cast<double>(aj - r.energy.leakage_by_component_aj.at(component)) * 1e-18, "J"),
               si(static_cast<double>(r.energy.leakage_by_component_aj.at(component)) * 1e-18, "J"),
               percent(static_cast<double>(aj) / static_cast<double>(std::max<std::int64_t>(1, r.energy.per_image_aj))),
               fmt::format("{:.4g}", static_cast<double>(r.energy.area_nm2.at(component)) * 1e-12)});
  }
  return table.text() + "(one image)\n";
}

}  // namespace

std::string Table::text() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows_) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i == 0 ? fmt::format("  {:<{}}", row[i], widths[i]) : fmt::format("  {:>{}}", row[i], widths[i]);
    }
    text += line + "\n";
  }
  return text;
}

std::string console_tables(const RunResult& r) {
  std::string text = fmt::format("{}: {} of {} arrays, {} of their cells\n", r.name, r.arrays_used, r.arrays_available,
                                 percent(r.cell_utilisation));
  text += score_lines(r) + repair_lines(r) + timing_lines(r) + energy_lines(r);
  text += "\n" + layer_table(r) + "\n" + score_tables(r) + component_table(r);
  for (const std::string& warning : r.warnings) text += "warning: " + warning + "\n";
  return text;
}

}  // namespace ohmic::report

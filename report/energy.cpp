// SPDX-License-Identifier: Apache-2.0
#include "report/energy.hpp"

#include <algorithm>
#include <limits>

#include "base/checked.hpp"

namespace ohmic::report {

namespace {

using models::Component;

constexpr std::string_view kEnergy = "energy of the chip";
constexpr std::string_view kArea = "area of the chip";
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

/// Interval between results as a fraction of cycles.
struct Interval {
  std::int64_t cycles;
  std::int64_t images;
};

Interval result_interval(const sim::TimingResult& timing) {
  if (timing.period_images > 0) return {timing.period_cycles, timing.period_images};
  if (timing.result_cycles.size() < 2) return {timing.latency_cycles, 1};
  return {timing.result_cycles.back() - timing.result_cycles.front(),
          static_cast<std::int64_t>(timing.result_cycles.size()) - 1};
}

/// Attojoules that `power` spends in `interval`, rounded half to even: pW · s = 10^6 aJ.
std::int64_t leakage_energy(Power power, std::int64_t instances, const Interval& interval, Frequency clock) {
  __extension__ using Wide = __int128;
  const Wide numerator =
      static_cast<Wide>(checked_product(power.value(), instances, kEnergy)) * interval.cycles * 1000000;
  const Wide denominator = static_cast<Wide>(clock.value()) * interval.images;
  const Wide quotient = numerator / denominator;
  const Wide twice = 2 * (numerator % denominator);
  const bool up = twice > denominator || (twice == denominator && quotient % 2 != 0);
  return checked_product(static_cast<std::int64_t>(std::min<Wide>(quotient + (up ? 1 : 0), kMost)),
                         quotient < kMost ? 1 : 2, kEnergy);
}

std::int64_t rows_written(const mapping::Program& program) {
  std::int64_t rows = 0;
  for (const mapping::ArrayAssignment& a : program.arrays) rows += a.row_end - a.row_begin;
  return rows;
}

}  // namespace

EnergyReport energy_report(const mapping::Program& program, const models::ArchitectureSpec& architecture,
                           const sim::TimingResult& timing) {
  const models::PriceTable prices = models::price_table(architecture);
  const Interval interval = result_interval(timing);
  EnergyReport report;
  report.interval_cycles = static_cast<double>(interval.cycles) / static_cast<double>(interval.images);

  // Adds the price of `counts` and returns it.
  const auto spend = [&](const models::ActionCounts& counts) {
    std::int64_t sum = 0;
    for (const auto& [component, price] : prices) {
      const std::int64_t energy = checked_product(counts[component], price.energy_per_action.value(), kEnergy);
      checked_add(report.by_component_aj[component], energy, kEnergy);
      checked_add(sum, energy, kEnergy);
    }
    report.actions += counts;
    return sum;
  };

  for (const mapping::Stage& stage : program.stages) {
    const std::int64_t energy = spend(stage.actions * stage.firings);
    if (stage.kind == mapping::StageKind::source || stage.kind == mapping::StageKind::sink) {
      checked_add(report.shared_aj, energy, kEnergy);
    } else {
      checked_add(report.by_layer_aj[stage.node_name], energy, kEnergy);
    }
  }
  checked_add(report.shared_aj, spend(timing.fabric_actions), kEnergy);
  for (const auto& [component, price] : prices) {
    const std::int64_t leakage = leakage_energy(price.leakage, price.instances, interval, architecture.clock);
    checked_add(report.by_component_aj[component], leakage, kEnergy);
    report.leakage_by_component_aj[component] = leakage;
    checked_add(report.leakage_aj, leakage, kEnergy);
    report.area_nm2[component] = checked_product(price.area.value(), price.instances, kArea);
    checked_add(report.total_area_nm2, report.area_nm2[component], kArea);
  }
  const models::ActionCounts writing =
      models::writing_actions(architecture.array, program.programmed_cells, rows_written(program));
  for (const auto& [component, price] : prices) {
    checked_add(report.programming_aj, checked_product(writing[component], price.energy_per_action.value(), kEnergy),
                kEnergy);
  }
  checked_add(report.shared_aj, report.leakage_aj, kEnergy);
  report.per_image_aj = report.shared_aj;
  for (const auto& [name, energy] : report.by_layer_aj) checked_add(report.per_image_aj, energy, kEnergy);
  return report;
}

}  // namespace ohmic::report

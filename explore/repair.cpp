// SPDX-License-Identifier: Apache-2.0
#include "explore/repair.hpp"

#include <algorithm>

#include "base/checked.hpp"

namespace ohmic::explore {

namespace {

using mapping::Stage;
using mapping::StageKind;
using models::Component;

constexpr std::string_view kEnergy = "energy of repair";

/// What one firing of a stage does for a repair.
models::ActionCounts correction(const std::string& name, const Stage& stage) {
  models::ActionCounts counts;
  if (name == "column_offset_gain" && stage.kind == StageKind::mvm) {
    counts[Component::multiplier] = stage.actions[Component::adc];
    counts[Component::adder] = stage.actions[Component::adc];
  }
  if ((name == "affine" || name == "drift_compensation") && stage.kind == StageKind::combine) {
    counts[Component::multiplier] = stage.actions[Component::digital];
    counts[Component::adder] = name == "affine" ? stage.actions[Component::digital] : 0;
  }
  return counts;
}

std::int64_t price_of(const models::ActionCounts& counts, const models::PriceTable& prices) {
  std::int64_t sum = 0;
  for (const auto& [component, price] : prices) {
    checked_add(sum, checked_product(counts[component], price.energy_per_action.value(), kEnergy), kEnergy);
  }
  return sum;
}

/// Vectors that the arrays of a layer read for the calibration of a repair.
std::int64_t calibration_vectors(const std::string& name, const values::RepairSpec& repair,
                                 const mapping::LayerMapping& layer, int images) {
  if (layer.is_streamed()) return 0;
  if (name == "column_offset_gain") return repair.test_vectors;
  if (name == "drift_compensation") return 2;  // after writing and now
  return std::int64_t{1} * images * layer.pixels;
}

}  // namespace

models::ArchitectureSpec with_corrections(const values::RepairSpec& repair, models::ArchitectureSpec architecture) {
  if (repair.column_offset_gain) architecture.array.shift_add_cycles += 1;
  if (repair.drift_compensation) architecture.tile.digital.latency_cycles += 1;
  if (repair.affine) architecture.tile.digital.latency_cycles += 1;
  return architecture;
}

void add_corrections(const values::RepairSpec& repair, mapping::Program& program) {
  for (Stage& stage : program.stages) {
    models::ActionCounts counts;
    for (const std::string& name : values::repairs_on(repair)) counts += correction(name, stage);
    stage.actions += counts;
  }
}

report::RepairResult repair_costs(const std::string& name, const values::RepairSpec& repair,
                                  const mapping::Program& program, const models::ArchitectureSpec& architecture,
                                  int calibration_images) {
  const models::PriceTable prices = models::price_table(architecture);
  report::RepairResult result;
  result.name = name;
  for (const mapping::LayerMapping& layer : program.layers) {
    const std::int64_t vectors = calibration_vectors(name, repair, layer, calibration_images);
    result.calibration_vectors += vectors * layer.replicas;
    if (vectors > 0) result.calibration_cycles += (vectors - 1) * layer.timing.interval + layer.timing.latency;
  }
  for (const Stage& stage : program.stages) {
    checked_add(result.per_image_aj, price_of(correction(name, stage) * stage.firings, prices), kEnergy);
    if (stage.kind != StageKind::mvm) continue;
    const mapping::LayerMapping& layer = program.layers[static_cast<std::size_t>(stage.layer)];
    const std::int64_t vectors = calibration_vectors(name, repair, layer, calibration_images);
    checked_add(result.calibration_aj, checked_product(price_of(stage.actions, prices), vectors, kEnergy), kEnergy);
  }
  return result;
}

void set_gain(const workloads::Metric& metric, const std::vector<double>& with, const std::vector<double>& without,
              report::RepairResult& result) {
  result.without = values::summarise(without);
  result.gain = values::better_by(metric, with, without);
}

Warnings circuit_warnings(const models::ArchitectureSpec& architecture,
                          const std::vector<report::RepairResult>& repairs) {
  Warnings warnings;
  const models::Adc& adc = *architecture.array.adc;
  if (adc.range == models::RangePolicy::lossless && (adc.has_errors() || adc.noise_lsb() > 0)) {
    warnings.emplace_back(
        "architecture.array.adc.range is lossless, but its converters have errors: nothing is lost only while all of "
        "them together stay below half a step");
  }
  const auto corrects = [](const report::RepairResult& r) { return r.name != "converter_ranges"; };
  const bool is_priced = architecture.costs.entries.contains(Component::multiplier);
  if (!is_priced && std::any_of(repairs.begin(), repairs.end(), corrects)) {
    warnings.emplace_back(
        "corrections take multipliers, which architecture.costs has no price for: their energy and area are left out");
  }
  return warnings;
}

}  // namespace ohmic::explore

// SPDX-License-Identifier: Apache-2.0
#include "explore/repair.hpp"

#include <algorithm>

#include "base/checked.hpp"

namespace ohmic::explore {

namespace {

using mapping::Stage;
using mapping::StageKind;
using models::Component;
using values::Repair;

constexpr std::string_view kEnergy = "energy of repair";

/// What one firing of a stage does for a repair.
models::ActionCounts correction(Repair repair, const Stage& stage) {
  models::ActionCounts counts;
  if (repair == Repair::column_offset_gain && stage.kind == StageKind::mvm) {
    counts[Component::multiplier] = stage.actions[Component::adc];
    counts[Component::adder] = stage.actions[Component::adc];
  }
  if ((repair == Repair::affine || repair == Repair::drift_compensation) && stage.kind == StageKind::combine) {
    counts[Component::multiplier] = stage.actions[Component::digital];
    counts[Component::adder] = repair == Repair::affine ? stage.actions[Component::digital] : 0;
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
std::int64_t calibration_vectors(Repair repair, const values::RepairSpec& spec, const mapping::LayerMapping& layer,
                                 int images) {
  if (layer.is_streamed()) return 0;
  if (repair == Repair::column_offset_gain) return spec.test_vectors;
  if (repair == Repair::drift_compensation) return 2;  // after writing and now
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
    for (const Repair one : values::repairs_on(repair)) counts += correction(one, stage);
    stage.actions += counts;
  }
}

report::RepairResult repair_costs(Repair repair, const values::RepairSpec& spec, const mapping::Program& program,
                                  const models::ArchitectureSpec& architecture, int calibration_images) {
  const models::PriceTable prices = models::price_table(architecture);
  report::RepairResult result;
  result.name = enum_name(repair);
  for (const mapping::LayerMapping& layer : program.layers) {
    const std::int64_t vectors = calibration_vectors(repair, spec, layer, calibration_images);
    result.calibration_vectors += vectors * layer.replicas;
    if (vectors > 0) result.calibration_cycles += (vectors - 1) * layer.timing.interval + layer.timing.latency;
  }
  for (const Stage& stage : program.stages) {
    checked_add(result.per_image_aj, price_of(correction(repair, stage) * stage.firings, prices), kEnergy);
    if (stage.kind != StageKind::mvm) continue;
    const mapping::LayerMapping& layer = program.layers[static_cast<std::size_t>(stage.layer)];
    const std::int64_t vectors = calibration_vectors(repair, spec, layer, calibration_images);
    checked_add(result.calibration_aj, checked_product(price_of(stage.actions, prices), vectors, kEnergy), kEnergy);
  }
  return result;
}

void set_gain(const workloads::Metric& metric, const std::vector<double>& with, const std::vector<double>& without,
              report::RepairResult& result) {
  result.without = values::summarise(without);
  result.gain = values::better_by(metric, with, without);
}

Warnings circuit_warnings(const models::ArchitectureSpec& architecture, const values::RepairSpec& repair) {
  Warnings warnings;
  const models::Adc& adc = *architecture.array.adc;
  if (adc.range == models::RangePolicy::lossless && (adc.has_errors() || adc.noise_lsb() > 0)) {
    warnings.emplace_back(
        "architecture.array.adc.range is lossless, but its converters have errors: nothing is lost only while all of "
        "them together stay below half a step");
  }
  const std::vector<Repair> repairs = values::repairs_on(repair);
  const auto corrects = [](Repair r) { return r != Repair::converter_ranges; };
  const bool is_priced = architecture.costs.entries.contains(Component::multiplier);
  if (!is_priced && std::any_of(repairs.begin(), repairs.end(), corrects)) {
    warnings.emplace_back(
        "corrections take multipliers, which architecture.costs has no price for: their energy and area are left out");
  }
  return warnings;
}

}  // namespace ohmic::explore

// SPDX-License-Identifier: Apache-2.0
#include "models/costs.hpp"

#include <fmt/format.h>

#include "base/checked.hpp"
#include "base/config_reader.hpp"
#include "models/architecture.hpp"
#include "models/cell_devices.hpp"

namespace ohmic::models {

namespace {

constexpr double kMostInstances = 1e12;
constexpr double kMostPicowatts = 1e18;

std::int64_t multipliers(const MultiplyLanesSpec& lanes) {
  return std::int64_t{1} * lanes.inputs * lanes.outputs;
}

/// Instances of a component that the array section or the multiply lanes imply; 0: the component has no structural
/// number.
std::int64_t structural_instances(Component component, const ArchitectureSpec& a) {
  switch (component) {
    case Component::array:
      return a.num_arrays();
    case Component::dac:
      return std::int64_t{a.num_arrays()} * a.array.rows * drivers_per_row(a.array);
    case Component::sample_hold:
      return std::int64_t{a.num_arrays()} * a.array.columns;
    case Component::adc:
      return a.num_arrays() * ceil_div(a.array.columns, a.array.adc->columns_per_adc);
    case Component::multiplier:
      return a.tile.multiply_lanes ? a.num_tiles() * multipliers(*a.tile.multiply_lanes) : 0;
    case Component::weight_memory:
      return a.tile.multiply_lanes ? a.num_tiles() : 0;
    default:
      return 0;
  }
}

/// Slices of a weight and steps of an input of the nameplate's operands: as docs/arrays.md cuts full-range operands.
struct Operands {
  int slices;
  int steps;
};

int digits(int bits, int bits_per_digit) {
  return static_cast<int>(ceil_div(bits, bits_per_digit));
}

Operands nameplate_operands(const ArchitectureSpec& a) {
  const int weight_bits = a.nameplate.weight_bits;
  const int input_bits = a.nameplate.input_bits;
  Operands operands{digits(weight_bits, a.array.cell.bits), digits(input_bits, a.array.inputs.dac_bits)};
  if (a.array.weights.encoding == WeightEncoding::differential) {
    operands.slices = std::max(1, digits(weight_bits - 1, a.array.cell.bits));
  }
  if (a.array.weights.encoding == WeightEncoding::twos_complement) {
    operands.slices = digits(weight_bits - 1, a.array.cell.bits) + 1;
  }
  if (a.array.inputs.encoding == InputEncoding::twos_complement) {
    operands.steps = digits(input_bits - 1, a.array.inputs.dac_bits) + 1;
  }
  if (a.array.inputs.encoding == InputEncoding::sign_magnitude) {
    operands.steps = 2 * digits(input_bits, a.array.inputs.dac_bits);
  }
  return operands;
}

ArrayTiming nameplate_timing(const ArchitectureSpec& a) {
  const Operands operands = nameplate_operands(a);
  return array_timing(a.array, a.clock, a.array.rows, a.array.columns, operands.steps, operands.slices);
}

/// Actions per second of one instance when arrays and lanes work without a pause; 0: implied by neither.
std::int64_t structural_rate(Component component, const ArchitectureSpec& a) {
  const ArrayTiming timing = nameplate_timing(a);
  const int steps_per_group = a.array.accumulate.inputs == Domain::analog ? nameplate_operands(a).steps : 1;
  const double reads_per_second =
      static_cast<double>(a.clock.value()) / static_cast<double>(timing.step) * steps_per_group;
  const int pulses = reads_per_step(a.array.inputs);
  // A read takes one group of the rows; over all groups every row is read once.
  const double rows_per_read =
      static_cast<double>(a.array.rows) / static_cast<double>(ceil_div(a.array.rows, a.array.rows_at_once()));
  switch (component) {
    case Component::array:
      return std::llround(reads_per_second * pulses * rows_per_read * a.array.columns * devices_per_slice(a.array));
    case Component::dac:
      return std::llround(reads_per_second * pulses * rows_per_read / a.array.rows);
    case Component::sample_hold:
      return std::llround(reads_per_second);
    case Component::adc:
      return a.array.adc->rate.value();
    case Component::multiplier:
      return a.tile.multiply_lanes ? a.clock.value() : 0;
    case Component::weight_memory:
      return a.tile.multiply_lanes ? a.clock.value() * multipliers(*a.tile.multiply_lanes) * a.nameplate.weight_bits
                                   : 0;
    default:
      return 0;
  }
}

std::int64_t instances(Component component, const CostSpec& spec, const ArchitectureSpec& a, const std::string& path) {
  const std::int64_t structural = structural_instances(component, a);
  std::int64_t parents = 0;
  switch (spec.per) {
    case Scope::structural:
      if (structural == 0) {
        throw RuleError(path,
                        "needs 'per' (array, core, tile or chip): neither the array section nor multiply_lanes imply "
                        "how many there are");
      }
      return structural;
    case Scope::array:
      parents = a.num_arrays();
      break;
    case Scope::core:
      parents = std::int64_t{a.num_tiles()} * a.tile.cores;
      break;
    case Scope::tile:
      parents = a.num_tiles();
      break;
    case Scope::chip:
      parents = 1;
      break;
  }
  const double count = spec.count * static_cast<double>(parents);
  if (std::fabs(count - std::round(count)) > 1e-9 || count < 0.5 || count > kMostInstances) {
    throw RuleError(path + ".count",
                    fmt::format("{} for each of {} gives {}, which is no whole number of instances, or too many",
                                spec.count, parents, count));
  }
  return std::llround(count);
}

/// Numbers as the YAML gives them.
class TableCost : public CostModel {
 public:
  [[nodiscard]] Price price(const CostSpec& spec, const ArchitectureSpec& /*architecture*/,
                            const std::string& path) const override {
    Price price;
    price.leakage = spec.leakage;
    price.area = spec.area.value_or(Area{});
    price.peak_rate = spec.peak_rate.value_or(Frequency{});
    if (spec.energy && spec.active_power) {
      throw RuleError(path, "gives both 'energy' and 'active_power', which say the same: keep one");
    }
    if (spec.active_power) {
      if (!spec.peak_rate) throw RuleError(path, "'active_power' needs 'peak_rate', the actions per second it is at");
      // pW / (1/s) = 1e-12 J = 1e6 aJ
      price.energy_per_action = Energy(checked_round(
          static_cast<double>(spec.active_power->value()) * 1e6 / static_cast<double>(spec.peak_rate->value()), path));
    }
    if (spec.energy) price.energy_per_action = *spec.energy;
    return price;
  }
};

/// As the table, with the area of an array given for one cell.
class PerCellCost : public TableCost {
 public:
  [[nodiscard]] Price price(const CostSpec& spec, const ArchitectureSpec& a, const std::string& path) const override {
    Price price = TableCost::price(spec, a, path);
    price.area = Area(checked_product(price.area.value(),
                                      std::int64_t{a.array.rows} * a.array.columns * devices_per_slice(a.array), path));
    return price;
  }
};

const Registration<CostModel, TableCost> kTable{"table"};
const Registration<CostModel, PerCellCost> kPerCell{"per_cell"};

}  // namespace

EnumNames enum_names(Scope /*e*/) {
  return {{"structural", 0}, {"array", 1}, {"core", 2}, {"tile", 3}, {"chip", 4}};
}

void fields(Fields& f, CostSpec& s) {
  f.key("model", s.model, {.doc = "registered cost model; 'table' takes the numbers as given"});
  f.key("per", s.per, {.doc = "where instances stand"});
  f.key("count", s.count, {.doc = "instances per place; 0.25 = one shared by four", .max = 1e6, .positive = true});
  f.key("energy", s.energy, {.doc = "of one action", .min = 0});
  f.key("active_power", s.active_power, {.doc = "of one instance at its peak rate, instead of energy", .min = 0});
  f.key("peak_rate", s.peak_rate, {.doc = "actions per second of one instance at full speed", .positive = true});
  f.key("leakage", s.leakage, {.doc = "of one instance", .min = 0});
  f.key("area", s.area, {.doc = "of one instance", .min = 0});
  f.key("source", s.source, {.doc = "where the numbers come from"});
}

void fields(Fields& f, CostTable& s) {
  for (const auto& [name, number] : enum_names(Component{})) {
    const auto component = static_cast<Component>(number);
    const auto entry = s.entries.find(component);
    std::optional<CostSpec> spec = entry != s.entries.end() ? std::optional(entry->second) : std::nullopt;
    f.key(name, spec);
    if (spec) s.entries[component] = *spec;
  }
}

PriceTable price_table(const ArchitectureSpec& architecture) {
  PriceTable table;
  for (const auto& [component, spec] : architecture.costs.entries) {
    const std::string path = fmt::format("architecture.costs.{}", enum_name(component));
    const auto& registry = Registry<CostModel>::instance();
    if (!registry.contains(spec.model)) {
      throw RuleError(path + ".model",
                      fmt::format("unknown value '{}'{}", spec.model, suggestion(spec.model, registry.names())));
    }
    Price price = registry.create(spec.model)->price(spec, architecture, path);
    price.instances = instances(component, spec, architecture, path);
    if (price.peak_rate.value() == 0) price.peak_rate = Frequency(structural_rate(component, architecture));
    table[component] = price;
  }
  return table;
}

Nameplate nameplate(const ArchitectureSpec& a) {
  Nameplate plate;
  for (const auto& [component, price] : price_table(a)) {
    // aJ · 1/s = 1e-18 W = 1e-6 pW
    const double active =
        static_cast<double>(price.energy_per_action.value()) * static_cast<double>(price.peak_rate.value()) * 1e-6;
    const std::string path = fmt::format("architecture.costs.{}", enum_name(component));
    if (active > kMostPicowatts) throw RuleError(path, "gives more power than can be said");
    std::int64_t of_one = price.leakage.value();
    checked_add(of_one, std::llround(active), path);
    const Power power(checked_product(of_one, price.instances, path));
    const Area area(checked_product(price.area.value(), price.instances, path));
    plate.power_by_component[component] = power;
    plate.area_by_component[component] = area;
    std::int64_t total_power = plate.peak_power.value();
    checked_add(total_power, power.value(), path);
    plate.peak_power = Power(total_power);
    std::int64_t total_area = plate.area.value();
    checked_add(total_area, area.value(), path);
    plate.area = Area(total_area);
  }
  const int operands = a.array.columns / nameplate_operands(a).slices;
  const double macs_per_vector = static_cast<double>(a.array.rows) * operands * a.num_arrays();
  plate.peak_tops = 2 * macs_per_vector * static_cast<double>(a.clock.value()) /
                    static_cast<double>(nameplate_timing(a).interval) * 1e-12;
  if (a.tile.multiply_lanes) {
    const auto products = static_cast<double>(a.num_tiles() * multipliers(*a.tile.multiply_lanes));
    plate.peak_tops += 2 * products * static_cast<double>(a.clock.value()) * 1e-12;
  }
  return plate;
}

}  // namespace ohmic::models

// SPDX-License-Identifier: Apache-2.0
// Prices of components: energy per action, leakage and area per instance.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/fields.hpp"
#include "models/actions.hpp"

namespace ohmic::models {

struct ArchitectureSpec;

/// Where instances of a component stand; structural: as many as the array section implies (rows DACs, columns
/// sample-and-holds, columns / columns_per_adc ADCs, one array), or as the
/// tile's multiply lanes do (inputs · outputs multipliers, one weight memory a tile).
enum class Scope { structural, array, core, tile, chip };
EnumNames enum_names(Scope);

/// One entry of `architecture.costs`. Energy is given per action, or as `active_power` of one instance working at
/// `peak_rate` actions per second.
struct CostSpec {
  std::string model = "table";  // a registered CostModel
  Scope per = Scope::structural;
  double count = 1;  // instances per `per`; 0.25 = one shared by four
  std::optional<Energy> energy;
  std::optional<Power> active_power;
  std::optional<Frequency> peak_rate;
  Power leakage{};
  std::optional<Area> area;
  std::string source;  // where the numbers come from
};
void fields(Fields& f, CostSpec& s);

/// `architecture.costs`: a key per component name, each optional.
struct CostTable {
  std::map<Component, CostSpec> entries;
};
void fields(Fields& f, CostTable& s);

/// What one instance of a component costs.
struct Price {
  Energy energy_per_action{};
  Power leakage{};
  Area area{};
  Frequency peak_rate{};       // actions per second of one instance at full speed; 0 = not stated
  std::int64_t instances = 0;  // on the chip
};

/// Turns an entry into a price; `table` takes the numbers as given, others compute what is not given.
class CostModel {
 public:
  virtual ~CostModel() = default;
  /// RuleError (path of the entry) when the entry lacks what the model needs.
  [[nodiscard]] virtual Price price(const CostSpec& spec, const ArchitectureSpec& architecture,
                                    const std::string& path) const = 0;
};

/// Price of every component of a chip; those without an entry cost nothing.
using PriceTable = std::map<Component, Price>;
[[nodiscard]] PriceTable price_table(const ArchitectureSpec& architecture);

/// Nameplate of a chip at its peak rates (a component whose rate is neither given nor implied by the arrays counts with
/// its leakage only), for operands of the bits given in `architecture.nameplate`.
struct Nameplate {
  double peak_tops = 0;  // 2 operations per multiply-accumulate
  Power peak_power{};    // every component at its peak rate, plus leakage
  std::map<Component, Power> power_by_component;
  Area area{};
  std::map<Component, Area> area_by_component;
};
[[nodiscard]] Nameplate nameplate(const ArchitectureSpec& architecture);

}  // namespace ohmic::models

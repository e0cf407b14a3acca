// SPDX-License-Identifier: Apache-2.0
// Counts × prices. Energy is kept in integer attojoules, so that every sum is exact.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "mapping/program.hpp"
#include "models/costs.hpp"
#include "sim/timing.hpp"

namespace ohmic::report {

/// Of one image, in attojoules: by component and by node plus shared, each adds up to per_image_aj.
struct EnergyReport {
  std::map<models::Component, std::int64_t> by_component_aj;  // dynamic + leakage
  std::map<models::Component, std::int64_t> leakage_by_component_aj;
  std::map<std::string, std::int64_t> by_layer_aj;  // dynamic energy of each node's stages
  std::int64_t shared_aj = 0;                       // fabric, memories, leakage
  std::int64_t leakage_aj = 0;                      // part of shared_aj
  std::int64_t per_image_aj = 0;
  double interval_cycles = 0;       // that leakage was taken over
  std::int64_t programming_aj = 0;  // of writing all cells once, not part of an image
  models::ActionCounts actions;     // of one image
  std::map<models::Component, std::int64_t> area_nm2;
  std::int64_t total_area_nm2 = 0;
};

/// Leakage of one image is leakage of all instances on the chip, used or not (nothing is switched off), × interval,
/// each component's rounded once to an attojoule. Where no repeating period of results was found, the interval is the
/// mean between the results that were simulated (of one image: its latency).
[[nodiscard]] EnergyReport energy_report(const mapping::Program& program, const models::ArchitectureSpec& architecture,
                                         const sim::TimingResult& timing);

}  // namespace ohmic::report

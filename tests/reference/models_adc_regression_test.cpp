// SPDX-License-Identifier: Apache-2.0
// The converter regression against values computed from its published coefficients (arXiv 2404.06553).
#include <catch2/catch.hpp>

#include "models/architecture.hpp"

using namespace ohmic;
using namespace ohmic::models;

namespace {
Price price(int bits, double rate_hz, double technology_nm) {
  ArchitectureSpec a;
  a.technology = Length(technology_nm * 1e-9);
  a.array.adc.kind = "ideal";
  a.array.adc.part = Registry<Adc>::instance().create("ideal");
  a.array.adc.part->bits = bits;
  a.array.adc.part->rate = Frequency(std::llround(rate_hz));
  CostSpec spec;
  spec.model = "adc_regression";
  return Registry<CostModel>::instance().create(spec.model)->price(spec, a, "architecture.costs.adc");
}
}  // namespace

TEST_CASE("energy and area of converters at 100 MS/s and ISAAC's point") {
  struct Row {
    double technology_nm;
    int bits;
    double rate_hz, energy_pj, area_um2;
  };
  for (const Row& row : {Row{7, 4, 1e8, 0.053, 308}, Row{7, 8, 1e8, 0.098, 370}, Row{22, 6, 1e8, 0.526, 1907},
                         Row{28, 8, 1e8, 1.33, 3199}, Row{32, 8, 1e8, 1.71, 3937}, Row{65, 10, 1e8, 12.5, 14436},
                         Row{130, 4, 1e8, 12.9, 28978}, Row{32, 8, 1.28e9, 1.93, 6467}}) {
    const Price p = price(row.bits, row.rate_hz, row.technology_nm);
    INFO(row.technology_nm << " nm, " << row.bits << " bits");
    CHECK(static_cast<double>(p.energy_per_action.value()) * 1e-6 == Approx(row.energy_pj).epsilon(0.01));
    CHECK(static_cast<double>(p.area.value()) * 1e-6 == Approx(row.area_um2).epsilon(0.002));
  }
}

TEST_CASE("below the corner rate the energy of a conversion does not depend on the rate") {
  CHECK(price(8, 1e6, 32).energy_per_action == price(8, 1e8, 32).energy_per_action);
  CHECK(price(8, 4e9, 32).energy_per_action > price(8, 1e8, 32).energy_per_action);
}

// SPDX-License-Identifier: Apache-2.0
// Energy of an image by hand: counts × prices, leakage of every instance × interval, area of every instance.
#include <catch2/catch.hpp>
#include <cmath>

#include "base/config_reader.hpp"
#include "report/energy.hpp"
#include "report/summary.hpp"
#include "tests/support/devices.hpp"
#include "tests/support/support.hpp"

using namespace ohmic;
using models::Component;

namespace {

models::ArchitectureSpec chip(const std::string& clock) {
  models::ArchitectureSpec spec;
  ConfigNode root = load_config(test::source_dir() / "configs/architectures/rram_small.yaml");
  set_path(root, "clock=" + clock, "test");
  set_path(root, "costs.adc={model: table, energy: 3 pJ, leakage: 5 uW, area: 7 um2}", "test");
  set_path(root, "costs.write={per: chip, energy: 11 pJ}", "test");
  ConfigReader::read(root, spec);
  for (auto entry = spec.costs.entries.begin(); entry != spec.costs.entries.end();) {
    const bool kept = entry->first == Component::adc || entry->first == Component::write;
    entry = kept ? std::next(entry) : spec.costs.entries.erase(entry);
  }
  return spec;
}

mapping::Program program() {
  mapping::Program p;
  mapping::Stage stage;
  stage.name = "a";
  stage.node_name = "a";
  stage.kind = mapping::StageKind::mvm;
  stage.firings = 10;
  stage.actions[Component::adc] = 6;
  p.stages = {stage, stage};
  p.stages[1].node_name = "b";
  p.stages[1].firings = 3;
  p.programmed_cells = 100;
  return p;
}

}  // namespace

TEST_CASE("energy of an image is counts times prices plus leakage of all instances over the interval") {
  sim::TimingResult timing;
  timing.period_cycles = 3000;
  timing.period_images = 2;
  timing.fabric_actions[Component::adc] = 4;
  for (const auto& [clock, nanoseconds] : {std::pair("1 GHz", 1500), std::pair("500 MHz", 3000)}) {
    const report::EnergyReport r = report::energy_report(program(), chip(clock), timing);
    const std::int64_t pj = 1000000;
    CHECK(r.by_layer_aj.at("a") == 10 * 6 * 3 * pj);
    CHECK(r.by_layer_aj.at("b") == 3 * 6 * 3 * pj);
    // 128 arrays of 128 columns, 16 to a converter: 1024 of 5 uW each.
    const std::int64_t leakage = std::int64_t{1024} * 5 * nanoseconds * 1000;  // uW · ns = 1000 aJ
    CHECK(r.leakage_aj == leakage);
    CHECK(r.leakage_by_component_aj.at(Component::adc) == leakage);
    CHECK(r.shared_aj == leakage + 4 * 3 * pj);
    CHECK(r.per_image_aj == r.shared_aj + (60 + 18) * 3 * pj);
    CHECK(r.by_component_aj.at(Component::adc) == r.per_image_aj);
    CHECK(r.programming_aj == 100 * 11 * pj);
    CHECK(r.total_area_nm2 == std::int64_t{1024} * 7 * pj);
    CHECK(r.interval_cycles == 1500);
  }
}

TEST_CASE("verified writing costs its pulses and the conversions of its reads") {
  models::ArchitectureSpec verified = chip("1 GHz");
  verified.array.cell.device = test::device("{kind: rram_generic, programming_error: 0.02}");
  verified.array.write.verify_reads = 2;
  verified.array.write.tolerance = 0.02;  // one σ
  verified.array.write.max_pulses = 3;
  const double p = std::erf(std::sqrt(0.5));
  const double p_off = (1 + p) / 2;  // what conducts nothing is near enough to off
  const double off_share = std::ldexp(1.0, -verified.array.cell.bits);
  const auto mean_pulses = [](double accepted) { return 1 + (1 - accepted) + (1 - accepted) * (1 - accepted); };
  const double pulses = off_share * mean_pulses(p_off) + (1 - off_share) * mean_pulses(p);
  mapping::Program large = program();
  large.programmed_cells = 1000000;
  const std::int64_t pj = 1000000;
  CHECK(report::energy_report(large, verified, {}).programming_aj ==
        std::llround(1e6 * pulses) * 11 * pj + std::llround(2e6 * pulses) * 3 * pj);
}

TEST_CASE("without a repeating period leakage is taken over the mean interval") {
  sim::TimingResult timing;
  timing.result_cycles = {100, 300, 700};
  CHECK(report::energy_report(program(), chip("1 GHz"), timing).interval_cycles == 300);
  timing.result_cycles = {100};
  timing.latency_cycles = 100;
  CHECK(report::energy_report(program(), chip("1 GHz"), timing).interval_cycles == 100);
}

TEST_CASE("a sum that leaves 64 bits is an error, never a wrong number") {
  mapping::Program p = program();
  p.stages[0].firings = std::int64_t{1} << 60;
  CHECK(test::input_error([&] { (void)report::energy_report(p, chip("1 GHz"), {}); }) ==
        "energy of the chip: is out of range (more than 9.2e18 units)");
}

TEST_CASE("exact decimals") {
  const auto text = [](report::WideInteger units, int decimals) {
    return report::json_text(report::exact_decimal(units, decimals));
  };
  CHECK(text(0, 6) == "0.0\n");
  CHECK(text(1, 6) == "0.000001\n");
  CHECK(text(1234567, 6) == "1.234567\n");
  CHECK(text(-2500000, 6) == "-2.5\n");
  CHECK(text(report::WideInteger{2134918326310000} * 10000, 6) == "21349183263100.0\n");
}

TEST_CASE("a field of CSV is quoted where it must be") {
  CHECK(report::csv_field("plain") == "plain");
  CHECK(report::csv_field("a,b") == "\"a,b\"");
  CHECK(report::csv_field("say \"x\"") == "\"say \"\"x\"\"\"");
}

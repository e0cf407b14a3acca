// SPDX-License-Identifier: Apache-2.0
// Laws of devices against the formulae of their sources, written out once more.
#include <catch2/catch.hpp>
#include <cmath>

#include "models/charge.hpp"
#include "models/device_table.hpp"
#include "tests/support/devices.hpp"
#include "tests/support/support.hpp"

using namespace ohmic;
using test::device;

namespace {

struct Cell {
  Part<models::Device> device;
};
void fields(Fields& f, Cell& s) {
  f.key("device", s.device, {.required = true});
}

constexpr double kDay = 86400;
}  // namespace

TEST_CASE("rram_wan2022: the published deviations, whatever g_max", "[laws]") {
  const auto published = device("{kind: rram_wan2022}");
  const auto scaled = device("{kind: rram_wan2022, g_max: 25 uS}");
  const std::vector<std::vector<double>> coefficients{{0.348, 16.030, -43.853, 45.393, -16.815},
                                                      {0.701, 22.086, -50.773, 47.095, -16.458},
                                                      {0.782, 20.274, -43.507, 37.062, -11.934}};
  const std::vector<double> times{1, kDay, 2 * kDay};
  for (std::size_t i = 0; i < times.size(); ++i) {
    for (const double y : {0.0, 0.1, 1.0 / 3, 0.5, 0.8, 1.0}) {
      double microsiemens = 0;
      for (std::size_t k = 0; k < 5; ++k) microsiemens += coefficients[i][k] * std::pow(y, static_cast<double>(k));
      CAPTURE(times[i], y);
      CHECK(published->programming_sigma(y, Duration(times[i])) == Approx(microsiemens / 40).epsilon(1e-12));
      CHECK(scaled->programming_sigma(y, Duration(times[i])) == published->programming_sigma(y, Duration(times[i])));
    }
  }
  CHECK(published->g_max() == Conductance(40e-6));
  CHECK(scaled->g_max() == Conductance(25e-6));
  // Between the times linear in ln t, outside of them constant.
  const auto sigma = [&](double t) { return published->programming_sigma(0.4, Duration(t)); };
  CHECK(sigma(std::sqrt(kDay)) == Approx((sigma(1) + sigma(kDay)) / 2));
  CHECK(sigma(0) == sigma(1));
  CHECK(sigma(30 * kDay) == sigma(2 * kDay));
}

TEST_CASE("pcm_joshi2020: programming, drift and 1/f noise as published", "[laws]") {
  const auto pcm = device("{kind: pcm_joshi2020}");
  CHECK(pcm->drift_start() == Duration(20));
  CHECK(pcm->g_max() == Conductance(25e-6));
  const auto clip = [](double v, double low, double high) { return std::min(std::max(v, low), high); };
  for (const double y : {0.001, 0.05, 0.2, 0.5, 1.0}) {
    CAPTURE(y);
    CHECK(pcm->programming_sigma(y, Duration(1)) ==
          Approx((0.26348 + 1.9650 * y - 1.1731 * y * y) / 25).epsilon(1e-12));
    CHECK(pcm->drift(y).mean == Approx(clip(-0.0155 * std::log(y) + 0.0244, 0.049, 0.1)).epsilon(1e-12));
    CHECK(pcm->drift(y).std == Approx(clip(-0.0125 * std::log(y) - 0.0059, 0.008, 0.045)).epsilon(1e-12));
    for (const double t : {0.0, 25.0, kDay}) {
      const double q = std::min(0.0088 / std::pow(y, 0.65), 0.2);
      const double read = 250e-9;
      CHECK(pcm->slow_sigma(y, Duration(t)) ==
            Approx(q * std::sqrt(std::log((t + 20 + read) / (2 * read)))).epsilon(1e-12));
    }
  }
  CHECK(pcm->drift(0).mean == 0.1);
  CHECK(pcm->drift(0).std == 0.045);
  CHECK(pcm->slow_sigma(0, Duration(0)) == Approx(0.2 * std::sqrt(std::log(20 / 5e-7))).epsilon(1e-7));
}

TEST_CASE("what a device has is what its laws say", "[laws]") {
  const auto none = device("{kind: sram_digital}");
  CHECK_FALSE(none->has_programming_error());
  CHECK_FALSE(none->has_drift());
  CHECK_FALSE(none->has_slow_noise());
  CHECK_FALSE(none->has_read_noise());
  CHECK(none->most_levels() == 2);
  const auto pcm = device("{kind: pcm_joshi2020}");
  CHECK(pcm->has_programming_error());
  CHECK(pcm->has_drift());
  CHECK(pcm->has_slow_noise());
  CHECK_FALSE(pcm->has_read_noise());
  // A mean beside the state is an error of writing too.
  CHECK(device("{kind: table, states: [{state: 0, mean: 0.1, std: 0}, {state: 1, mean: 1, std: 0}]}")
            ->has_programming_error());
  CHECK_FALSE(device("{kind: table, states: [{state: 0, mean: 0, std: 0}, {state: 1, mean: 1, std: 0}]}")
                  ->has_programming_error());
  CHECK(device("{kind: rram_generic, levels: 5}")->most_levels() == 5);
}

TEST_CASE("times without data are told in words", "[laws]") {
  const auto wan = device("{kind: rram_wan2022}");
  CHECK(models::time_warning(*wan, "rram_wan2022", Duration(1)).empty());
  CHECK(models::time_warning(*wan, "rram_wan2022", Duration(2 * kDay)).empty());
  CHECK(models::time_warning(*wan, "rram_wan2022", Duration(3600)) ==
        "rram_wan2022 has data at 1 s, 1 day, 2 days after writing, not at 3600 s (evaluation.time_since_write): "
        "interpolated");
  CHECK(models::time_warning(*wan, "rram_wan2022", Duration(0)) ==
        "rram_wan2022 has data at 1 s, 1 day, 2 days after writing, not at 0 s (evaluation.time_since_write, 0 s where "
        "it is absent): "
        "extrapolated");
  const auto pcm = device("{kind: pcm_joshi2020}");
  CHECK(models::time_warning(*pcm, "pcm_joshi2020", Duration(25)).empty());
  CHECK(models::time_warning(*pcm, "pcm_joshi2020", Duration(30 * kDay)) ==
        "pcm_joshi2020 has data at 20 s to 1 day after writing, not at 30 days (evaluation.time_since_write): "
        "extrapolated");
  CHECK(models::time_warning(*device("{kind: ideal}"), "ideal", Duration(1e9)).empty());
}

TEST_CASE("charge domain: kT/C, gain and mismatch", "[laws]") {
  // The textbook figures.
  CHECK(models::thermal_noise(Capacitance(2e-15), 300).value() == Approx(1.44e-3).epsilon(3e-3));
  CHECK(models::thermal_noise(Capacitance(256 * 2e-15), 300).value() == Approx(90e-6).epsilon(3e-3));
  const auto sram = device(
      "{kind: sram_charge, capacitance: 2 fF, mismatch_at_1ff: 0.0066408, parasitic_per_cell: 0.3, parasitic_fixed: "
      "2.043 fF, supply: 0.9 V, reference: supply}");
  const models::ChargeDomain charge = *sram->charge();
  CHECK(charge.mismatch() == Approx(0.0066408 / std::sqrt(2.0)));
  CHECK(charge.parasitic(256).value() == Approx(0.3 * 256 * 2e-15 + 2.043e-15));
  CHECK(charge.gain(256, 256) == Approx(512 / (512 * 1.3 + 2.043)));
  // A quarter of the rows on the whole column's line.
  CHECK(charge.gain(64, 256) == Approx(128 / (128 + 0.3 * 512 + 2.043)));
  // The noise of a column of N cells in levels of Vdd / N.
  const double total = 512e-15 * 1.3 + 2.043e-15;
  const double volts = std::sqrt(1.380649e-23 * 350 / total);
  CHECK(charge.noise_levels(256, 256, 350) == Approx(volts / (0.9 / 256)).epsilon(1e-12));
  const double part = std::sqrt(1.380649e-23 * 350 / (128e-15 + 0.3 * 512e-15 + 2.043e-15));
  CHECK(charge.noise_levels(64, 256, 350) == Approx(part / (0.9 / 64)).epsilon(1e-12));
  models::ChargeDomain scaled = charge;
  scaled.is_reference_scaled = true;
  CHECK(scaled.noise_levels(256, 256, 350) == Approx(volts / (0.9 / 256 * charge.gain(256, 256))).epsilon(1e-12));
}

TEST_CASE("every device has a preset of its name, and every preset is sound", "[laws]") {
  for (const std::string& kind : Registry<models::Device>::instance().names()) {
    const auto preset = test::source_dir() / "configs/devices" / (kind + ".yaml");
    CAPTURE(kind);
    ConfigNode root;
    root.kind = ConfigNode::Kind::map;
    root.entries.push_back({"device", load_config(preset)});
    Cell cell;
    ConfigReader::read(root, cell);
    CHECK(cell.device.kind == kind);
    cell.device->validate("device");
  }
}

TEST_CASE("a table is linear between its rows", "[laws]") {
  const auto table = device(
      "{kind: table, states: [{state: 0, mean: 0.1, std: 0.02}, {state: 0.5, mean: 0.4, std: 0.04}, {state: 1, mean: "
      "1, std: 0}], read_noise: 0.03}");
  CHECK(table->mean(0) == 0.1);
  CHECK(table->mean(0.25) == Approx(0.25));
  CHECK(table->mean(0.5) == Approx(0.4));
  CHECK(table->mean(0.75) == Approx(0.7));
  CHECK(table->mean(1) == 1);
  CHECK(table->programming_sigma(0.25, Duration(1)) == Approx(0.03));
  CHECK(table->programming_sigma(0.75, Duration(1)) == Approx(0.02));
  CHECK(table->read_sigma(0.3) == 0.03);
}

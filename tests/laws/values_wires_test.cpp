// SPDX-License-Identifier: Apache-2.0
// Cells behind wires: cut into arrays by plain loops and solved densely, they are what a layer computes with.
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/dense_wires.hpp"
#include "tests/support/values_cases.hpp"
#include "values/layer_array.hpp"
#include "values/wires.hpp"

namespace {

using namespace ohmic;
using models::Domain;
using models::WeightEncoding;
using models::WireSpec;
using models::WireTopology;
using test::Random;
using test::ValuesCase;
using values::Cause;
using values::Causes;

constexpr double kGMax = 40e-6;
const char* const kDevice = "{kind: rram_generic, programming_error: 0.05, g_max: 40 uS}";

values::LayerArray layer_of(const ValuesCase& one, const values::Chip& chip = {7, 1}, int threads = 1) {
  return {one.layers.front(), one.array, one.ranges.front(), chip, 0, threads};
}
std::vector<std::int16_t> ideal_wires(const ValuesCase& one) {
  return layer_of(one, {7, 1, Causes{}.without(Cause::wires)}).cells;
}

/// A layer that needs several arrays both ways, some of them partly filled.
ValuesCase random_case(Random& random, WeightEncoding encoding, WireTopology topology) {
  ValuesCase one;
  one.array.weights.encoding = encoding;
  const bool is_xnor = encoding == WeightEncoding::xnor;
  one.array.inputs.encoding = is_xnor ? models::InputEncoding::bipolar : models::InputEncoding::unsigned_;
  one.array.cell.bits = is_xnor ? 1 : random.pick({1, 2, 4});
  one.array.cell.device = test::device(kDevice);
  if (random.flip()) one.array.cell.on_off_ratio = 10;
  one.array.cell.off_current = random.pick({models::OffCurrent::exact, models::OffCurrent::none});
  one.array.rows = random.between(3, 9);
  one.array.columns = random.between(8, 14);
  one.array.wires = test::wires(random.between(0, 300), random.between(0, 300), random.between(0, 2) * 500,
                                random.between(0, 2) * 500);
  one.array.wires->topology = topology;
  one.input.bits = 2;
  one.fill(random, random.between(4, 20), random.between(3, 12), 4);
  one.choose_ranges();
  return one;
}

double g_min(const ValuesCase& one) {
  return kGMax / one.array.cell.on_off_ratio.value_or(1e300);
}
/// Of one unit of a cell.
double unit_siemens(const ValuesCase& one) {
  const int fraction_bits = values::conductance_fraction_bits(one.array.cell.bits);
  return (kGMax - g_min(one)) / ((1 << one.array.cell.bits) - 1) / std::ldexp(1.0, fraction_bits);
}
/// What a device conducts that its cell's units do not tell.
double untold_siemens(const ValuesCase& one) {
  const bool is_told =
      one.array.weights.encoding != WeightEncoding::xnor && one.array.cell.off_current == models::OffCurrent::none;
  return is_told ? 0.0 : g_min(one);
}
/// Siemens of the device of a cell in plane `polarity`.
double device_siemens(const ValuesCase& one, int cell, int polarity) {
  const bool is_xnor = one.array.weights.encoding == WeightEncoding::xnor;
  const int units = is_xnor ? std::max(0, polarity == 0 ? cell : -cell) : cell;
  return std::max(0.0, units * unit_siemens(one) + untold_siemens(one));
}

/// Effective conductances in units of cells, laid as cells; those of xnor pairs are differences.
std::vector<double> naive_cells(const ValuesCase& one, const std::vector<std::int16_t>& cells) {
  const mapping::WeightPlan& plan = one.layers.front().weights;
  const int slices = static_cast<int>(plan.slices.size());
  const bool is_xnor = plan.encoding == WeightEncoding::xnor;
  const int devices = plan.encoding == WeightEncoding::differential || is_xnor ? 2 : 1;
  const bool shared = devices == 2 && one.array.wires->topology == WireTopology::interleaved;
  const int per_array = one.array.columns / slices;
  std::vector<double> result(cells.size(), 0.0);
  for (int r0 = 0; r0 < plan.rows; r0 += one.array.rows) {
    for (int c0 = 0; c0 < plan.columns; c0 += per_array) {
      for (int array = 0; array < (shared ? 1 : devices); ++array) {
        struct Place {
          std::size_t cell;
          int polarity;
        };
        std::vector<Place> places;
        models::Crossbar crossbar;
        for (int row = r0; row < std::min(plan.rows, r0 + one.array.rows); ++row) {
          for (int column = c0; column < std::min(plan.columns, c0 + per_array); ++column) {
            for (int slice = 0; slice < slices; ++slice) {
              for (int polarity = shared ? 0 : array; polarity <= (shared ? 1 : array); ++polarity) {
                places.push_back({plan.index(is_xnor ? 0 : polarity, slice, row, column), polarity});
                crossbar.conductance.push_back(device_siemens(one, cells[places.back().cell], polarity));
              }
            }
          }
          ++crossbar.rows;
        }
        crossbar.columns = static_cast<int>(places.size()) / crossbar.rows;
        const std::vector<double> m = test::DenseWires(*one.array.wires, crossbar).effective_conductance();
        for (std::size_t k = 0; k < m.size(); ++k) {
          result[places[k].cell] +=
              (is_xnor && places[k].polarity == 1 ? -1 : 1) * (m[k] - untold_siemens(one)) / unit_siemens(one);
        }
      }
    }
  }
  return result;
}

template <class Visit>
void for_random_layers(int count, Visit&& visit) {
  for (const WeightEncoding encoding : test::kWeightEncodings) {
    for (const WireTopology topology : {WireTopology::separate, WireTopology::interleaved}) {
      for (int seed = 1; seed <= count; ++seed) {
        Random random(static_cast<std::uint64_t>(seed) * 8 + static_cast<std::uint64_t>(encoding) * 2 +
                      static_cast<std::uint64_t>(topology));
        ValuesCase one = random_case(random, encoding, topology);
        INFO(test::describe(one) << ", array columns " << one.array.columns << ", seed " << seed << ", topology "
                                 << static_cast<int>(topology));
        visit(one, random);
      }
    }
  }
}

TEST_CASE("cells behind wires are the effective conductances of their arrays", "[wires]") {
  for_random_layers(6, [](const ValuesCase& one, Random& /*random*/) {
    const std::vector<std::int16_t> before = ideal_wires(one);
    const std::vector<std::int16_t> after = layer_of(one).cells;
    const std::vector<double> expected = naive_cells(one, before);
    for (std::size_t k = 0; k < after.size(); ++k) REQUIRE(std::abs(after[k] - expected[k]) <= 0.5 + 1e-6);
    if (one.array.has_wires()) REQUIRE(after != before);
  });
}

TEST_CASE("wires without resistance leave every cell as it is", "[wires]") {
  for_random_layers(2, [](ValuesCase& one, Random& random) {
    one.array.wires = test::wires(0, 0);
    one.array.wires->solver = random.pick({models::WireSolver::nodal, models::WireSolver::fast});
    const std::vector<std::int16_t> with = layer_of(one).cells;
    one.array.wires.reset();
    REQUIRE(with == layer_of(one).cells);
  });
}

TEST_CASE("the cause switches wires off, and cells behind wires are not ideal", "[wires]") {
  Random random(1);
  ValuesCase one = random_case(random, WeightEncoding::differential, WireTopology::separate);
  one.array.wires = test::wires(100, 100);
  one.array.cell.device = test::device("{kind: rram_generic, g_max: 40 uS}");
  const values::LayerArray with = layer_of(one);
  const values::LayerArray off = layer_of(one, {7, 1, Causes{}.without(Cause::wires)});
  CHECK_FALSE(with.ideal_cells);
  CHECK(off.ideal_cells);
  one.array.wires.reset();
  const values::LayerArray without = layer_of(one);
  CHECK(off.cells == without.cells);
  CHECK(with.cells != without.cells);
  CHECK(without.ideal_cells);
}

TEST_CASE("a layer behind wires computes with its effective conductances", "[wires]") {
  for (int seed = 1; seed <= 8; ++seed) {
    Random random(static_cast<std::uint64_t>(100 + seed));
    ValuesCase one = random_case(random, WeightEncoding::differential,
                                 random.pick({WireTopology::separate, WireTopology::interleaved}));
    one.array.parallel_rows = random.between(1, one.array.rows);
    one.array.accumulate.polarity = random.pick({Domain::analog, Domain::digital});
    one.images = 3;
    one.fill(random, one.layer().rows, one.layer().out_channels, 4);
    one.choose_ranges();
    CAPTURE(seed, test::describe(one));
    const mapping::EncodedLayer& layer = one.layers.front();
    const std::vector<double> cells = naive_cells(one, ideal_wires(one));
    const values::LayerArray arrays = layer_of(one);
    std::vector<std::int64_t> expected;
    for (int image = 0; image < one.images; ++image) {
      for (int column = 0; column < arrays.columns(); ++column) {
        std::int64_t raw = 0;
        std::int64_t drives = 0;
        for (int row = 0; row < arrays.rows(); ++row) {
          drives += one.x[static_cast<std::size_t>(image * arrays.rows() + row)] - layer.inputs.offset;
        }
        for (const values::RowGroup& group : values::row_groups(arrays.rows(), one.array)) {
          for (const mapping::Conversion& c : arrays.conversions) {
            double v = 0;
            for (int row = group.begin; row < group.end; ++row) {
              const int drive = one.x[static_cast<std::size_t>(image * arrays.rows() + row)] - layer.inputs.offset;
              const auto current = [&](int polarity) {
                return layer.inputs.digit(drive, c.step_begin) *
                       std::nearbyint(cells[layer.weights.index(polarity, c.slice_begin, row, column)]);
              };
              if (c.polarity != 1) v += current(0);
              if (c.polarity == 1) v += current(1);
              if (c.polarity < 0) v -= current(1);
            }
            const values::ConverterRange& range = arrays.ranges[static_cast<std::size_t>(column)];
            const double code =
                std::nearbyint((std::ldexp(v, 16 - arrays.fraction_bits) - static_cast<double>(range.low)) /
                               static_cast<double>(range.step));
            const auto kept = static_cast<std::int64_t>(std::clamp(code, 0.0, static_cast<double>(arrays.max_code)));
            raw += c.weight * (range.low + kept * range.step);
          }
        }
        expected.push_back(arrays.result(raw, drives, column));
      }
    }
    for (const values::Path path : {values::Path::per_cell, values::Path::planes}) {
      REQUIRE(test::compute(one, path, values::Dispatch::automatic, {7, 1}).acc == expected);
    }
  }
}

TEST_CASE("neighbours on shared row wires: twice the pitch and, where one plane is empty, nothing more", "[wires]") {
  Random random(4);
  ValuesCase one = random_case(random, WeightEncoding::differential, WireTopology::interleaved);
  one.array.cell.device = test::device("{kind: rram_generic, g_max: 40 uS}");
  one.array.cell.on_off_ratio.reset();
  one.array.wires = test::wires(30, 50, 200, 100);
  one.array.wires->topology = WireTopology::interleaved;
  auto positive = one.layer();
  for (std::int16_t& w : positive.weights) w = static_cast<std::int16_t>(std::max<int>(0, w));
  one.layers = {mapping::encode_layer(positive, one.input, one.array)};
  const std::vector<std::int16_t> shared = layer_of(one).cells;
  // p sits at every second cell from the first on: 200 + 30 to the first, 60 from one to the next.
  one.array.wires = test::wires(60, 50, 170, 100);
  const std::vector<std::int16_t> apart = layer_of(one).cells;
  REQUIRE(shared == apart);
  // With both planes filled, p and n load the same wires.
  ValuesCase both = random_case(random, WeightEncoding::differential, WireTopology::interleaved);
  both.array.wires = test::wires(60, 50, 170, 100);
  const std::vector<std::int16_t> separate = layer_of(both).cells;
  both.array.wires = test::wires(30, 50, 200, 100);
  both.array.wires->topology = WireTopology::interleaved;
  std::int64_t of_shared = 0;
  std::int64_t of_separate = 0;
  for (const std::int16_t cell : layer_of(both).cells) of_shared += cell;
  for (const std::int16_t cell : separate) of_separate += cell;
  REQUIRE(of_shared < of_separate);
}

TEST_CASE("one plane is the same in both topologies", "[wires]") {
  for (const WeightEncoding encoding : {WeightEncoding::offset, WeightEncoding::twos_complement}) {
    Random random(11);
    ValuesCase one = random_case(random, encoding, WireTopology::separate);
    const std::vector<std::int16_t> separate = layer_of(one).cells;
    one.array.wires->topology = WireTopology::interleaved;
    REQUIRE(layer_of(one).cells == separate);
  }
}

TEST_CASE("the same cells for any number of threads", "[wires]") {
  for (const models::WireSolver solver : {models::WireSolver::nodal, models::WireSolver::fast}) {
    Random random(12);
    ValuesCase one = random_case(random, WeightEncoding::differential, WireTopology::separate);
    one.array.wires = test::wires(20, 30, 100, 0);
    one.array.wires->solver = solver;
    one.fill(random, 60, 40, 4);
    one.choose_ranges();
    const std::vector<std::int16_t> cells = layer_of(one, {7, 1}, 1).cells;
    for (const int threads : {2, 7}) REQUIRE(layer_of(one, {7, 1}, threads).cells == cells);
  }
}

TEST_CASE("lines of an array that a layer does not use change nothing", "[wires]") {
  Random random(13);
  ValuesCase one = random_case(random, WeightEncoding::differential, WireTopology::interleaved);
  one.array.wires = test::wires(40, 40, 100, 100);
  one.array.rows = 6;
  one.array.columns = 20;
  one.fill(random, 6, 4, 4);
  one.choose_ranges();
  const std::vector<std::int16_t> cells = layer_of(one).cells;
  one.array.rows = 50;
  one.array.columns = 64;
  REQUIRE(layer_of(one).cells == cells);
}

TEST_CASE("the report measures the loss and the error of the fast solver", "[wires]") {
  Random random(14);
  ValuesCase one = random_case(random, WeightEncoding::differential, WireTopology::separate);
  one.array.wires = test::wires(10, 10, 100, 100);
  const values::Chip chip{7, 1};
  auto report = values::report_wires(one.graph, one.layers, one.array, one.ranges, chip);
  REQUIRE(report);
  CHECK(report->layer == "layer");
  CHECK(report->current_loss > 0);
  CHECK(report->current_loss < 0.5);
  CHECK_FALSE(report->max_error);
  const double loss = report->current_loss;
  one.array.wires->solver = models::WireSolver::fast;
  report = values::report_wires(one.graph, one.layers, one.array, one.ranges, chip);
  CHECK(report->current_loss == loss);
  CHECK(report->max_error.value() > 0);
  CHECK(report->max_error.value() < 1e-3);
  CHECK(report->rms_error.value() < report->max_error.value());
  one.array.wires = test::wires(0, 0);
  CHECK_FALSE(values::report_wires(one.graph, one.layers, one.array, one.ranges, chip));
}

}  // namespace

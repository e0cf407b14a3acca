// SPDX-License-Identifier: Apache-2.0
// What holds for every mapped program, on random networks and chips.
#include <catch2/catch.hpp>
#include <map>
#include <set>

#include "mapping/program_io.hpp"
#include "tests/support/random_networks.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::mapping;
using models::Component;
using models::Domain;
using test::RandomDesign;

template <class Visit>
void for_random_designs(int designs, Visit&& visit) {
  int visited = 0;
  for (std::uint64_t seed = 0; visited < designs; ++seed) {
    REQUIRE(seed < static_cast<std::uint64_t>(designs) * 4);
    INFO("seed " << seed);
    const std::optional<RandomDesign> design = test::random_design(seed);
    if (!design) continue;
    visit(*design);
    ++visited;
  }
}

TEST_CASE("every weight of every replica sits in exactly one array, inside of it") {
  for_random_designs(300, [](const RandomDesign& d) {
    std::map<std::pair<int, int>, std::vector<int>> covered;
    for (const ArrayAssignment& a : d.program.arrays) {
      const LayerMapping& layer = d.program.layers.at(a.layer);
      REQUIRE(a.row_end - a.row_begin <= d.architecture.array.rows);
      REQUIRE((a.column_end - a.column_begin) * layer.slices <= d.architecture.array.columns);
      auto& cells = covered[{a.layer, a.replica}];
      cells.resize(static_cast<std::size_t>(layer.rows) * layer.columns);
      for (int r = a.row_begin; r < a.row_end; ++r) {
        for (int c = a.column_begin; c < a.column_end; ++c) ++cells.at(static_cast<std::size_t>(r) * layer.columns + c);
      }
    }
    std::size_t copies = 0;
    for (const LayerMapping& layer : d.program.layers) copies += layer.replicas;
    REQUIRE(covered.size() == copies);
    for (const auto& [copy, cells] : covered) {
      REQUIRE(std::all_of(cells.begin(), cells.end(), [](int n) { return n == 1; }));
    }
  });
}

TEST_CASE("no slot of the chip holds two arrays") {
  for_random_designs(300, [](const RandomDesign& d) {
    std::set<std::pair<int, int>> used;
    for (const ArrayAssignment& a : d.program.arrays) {
      REQUIRE(a.tile < d.architecture.num_tiles());
      REQUIRE(a.slot < d.architecture.arrays_per_tile());
      REQUIRE(used.insert({a.tile, a.slot}).second);
    }
    REQUIRE(d.program.arrays_used == static_cast<int>(used.size()));
  });
}

TEST_CASE("every array works in one stage, in its own tile") {
  for_random_designs(300, [](const RandomDesign& d) {
    std::set<int> used;
    for (const Stage& stage : d.program.stages) {
      for (const int index : stage.arrays) {
        const ArrayAssignment& a = d.program.arrays.at(index);
        REQUIRE(used.insert(index).second);
        REQUIRE(a.tile == stage.tile);
        REQUIRE(a.layer == stage.layer);
        REQUIRE(a.replica == stage.replica);
      }
    }
    REQUIRE(used.size() == d.program.arrays.size());
  });
}

/// Conversions of one image, counted one by one.
std::int64_t count_conversions(const RandomDesign& d, const LayerMapping& layer) {
  const models::ArraySpec& array = d.architecture.array;
  const int parallel = array.rows_at_once();
  std::int64_t count = 0;
  for (int pixel = 0; pixel < layer.pixels; ++pixel) {
    for (const ArrayAssignment& a : d.program.arrays) {
      if (&d.program.layers.at(a.layer) != &layer || a.replica != pixel % layer.replicas) continue;
      for (int row = a.row_begin; row < a.row_end; row += parallel) {
        const int steps = array.accumulate.inputs == Domain::digital ? layer.input_steps : 1;
        const int slices = array.accumulate.slices == Domain::digital ? layer.slices : 1;
        const int planes = array.accumulate.polarity == Domain::digital ? array.planes() : 1;
        for (int t = 0; t < steps; ++t) {
          for (int s = 0; s < slices; ++s) {
            for (int p = 0; p < planes; ++p) count += a.column_end - a.column_begin;
          }
        }
      }
    }
  }
  return count;
}

TEST_CASE("conversions: formula = counted one by one = actions of the stages") {
  for_random_designs(200, [](const RandomDesign& d) {
    for (std::size_t l = 0; l < d.program.layers.size(); ++l) {
      const LayerMapping& layer = d.program.layers[l];
      const std::int64_t counted = count_conversions(d, layer);
      REQUIRE(layer.conversions_per_vector * layer.pixels == counted);
      std::int64_t by_stages = 0;
      for (const Stage& stage : d.program.stages) {
        if (stage.layer == static_cast<int>(l)) by_stages += stage.firings * stage.actions[Component::adc];
      }
      REQUIRE(by_stages == counted);
    }
  });
}

TEST_CASE("actions of a layer do not depend on where its arrays lie") {
  for_random_designs(200, [](const RandomDesign& d) {
    for (std::size_t l = 0; l < d.program.layers.size(); ++l) {
      const LayerMapping& layer = d.program.layers[l];
      models::ActionCounts counts;
      for (const Stage& stage : d.program.stages) {
        if (stage.layer == static_cast<int>(l)) counts += stage.actions * stage.firings;
      }
      const std::int64_t pixels = layer.pixels;
      const models::ArraySpec& array = d.architecture.array;
      const bool pairs =
          array.compute == models::Domain::analog && array.weights.encoding == models::WeightEncoding::xnor;
      REQUIRE(counts[Component::array] == pixels * layer.cells_used * (pairs ? 2 : 1) * layer.input_steps);
      REQUIRE(counts[Component::dac] == pixels * layer.rows * layer.column_blocks * layer.input_steps);
      REQUIRE(counts[Component::digital] == pixels * layer.columns);
      if (array.weights.encoding == models::WeightEncoding::differential) {
        REQUIRE(counts[Component::adder] == pixels * (layer.row_blocks - 1) * layer.columns);
      }
    }
  });
}

TEST_CASE("tokens sent are tokens taken, and every port is fed by one stream") {
  for_random_designs(300, [](const RandomDesign& d) {
    check_program(d.program);
    REQUIRE(d.program.stages.front().kind == StageKind::source);
    REQUIRE(d.program.stages.back().kind == StageKind::sink);
    std::set<std::string> names;
    for (const Stage& stage : d.program.stages) {
      REQUIRE(names.insert(stage.name).second);
      for (const InputPort& port : stage.inputs) {
        const Consumption c = consumption(stage, port, d.program.streams.at(port.stream).tokens);
        REQUIRE(static_cast<std::int64_t>(c.need.size()) == stage.firings);
      }
    }
    // The replicas of a layer share its pixels.
    for (const LayerMapping& layer : d.program.layers) {
      std::map<int, std::int64_t> firings;
      for (const Stage& stage : d.program.stages) {
        if (stage.kind == StageKind::mvm && stage.node == layer.node) firings[stage.replica] = stage.firings;
      }
      std::int64_t sum = 0;
      for (const auto& [replica, count] : firings) sum += count;
      REQUIRE(sum == layer.pixels);
    }
  });
}

TEST_CASE("a saved program comes back, and a change is what the difference says") {
  for_random_designs(100, [](const RandomDesign& d) {
    const std::string text = save_program(d.program);
    Program back = load_program(text, "saved.json");
    REQUIRE(save_program(back) == text);
    REQUIRE(diff_programs(d.program, back).empty());
    Destination& destination = back.streams.front().destinations.front();
    const int before = destination.capacity++;
    const std::vector<std::string> lines = diff_programs(d.program, back);
    REQUIRE(lines.size() == 1);
    REQUIRE(lines[0] ==
            "streams[0].destinations[0].capacity: " + std::to_string(before) + " -> " + std::to_string(before + 1));
  });
}

}  // namespace

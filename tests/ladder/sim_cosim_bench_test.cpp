// SPDX-License-Identifier: Apache-2.0
// The bench of a tile comes where it says: full slots, starts in each of the cycles around the end of a vector, results
// that leave in each cycle of one and while another is written, every result passed, integers that the layer may get;
// on the tiles of random designs.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <set>

#include "sim/cosim/tile_bench.hpp"
#include "tests/support/in_child.hpp"
#include "tests/support/pin_design.hpp"

namespace {

using namespace ohmic;
using sim::cosim::TileBench;
using sim::pin::Bits;

/// What passes at the pins of a core.
class Watcher : public sc_core::sc_module {
 public:
  Watcher(const sc_core::sc_module_name& name, const TileBench& bench, sc_core::sc_clock& clock)
      : sc_module(name), bench_(bench) {
    SC_HAS_PROCESS(Watcher);
    SC_METHOD(on_clock);
    sensitive << clock.posedge_event();
    dont_initialize();
  }

  std::vector<Bits> vectors;
  std::vector<Cycle> starts, passes;
  std::vector<int> waiting;  // by pass

 private:
  void on_clock() {
    const sim::pin::Core& core = bench_.core();
    if (core.in_valid_i.read() && core.in_ready_o.read()) {
      vectors.push_back(core.in_data_i[0].read());
      starts.push_back(cycle_);
    }
    if (core.out_valid_o.read() && core.out_ready_i.read()) {
      waiting.push_back(core.out_count_o.read());
      passes.push_back(cycle_);
    }
    ++cycle_;
    if (bench_.is_done()) sc_core::sc_pause();
  }

  const TileBench& bench_;
  Cycle cycle_ = 0;
};

int bits_of_vector(const mapping::Hardware& hardware, const mapping::Stage& stage) {
  const mapping::InputPort& port = stage.inputs.front();
  const int pixels = port.windowed ? port.window.kernel_h * port.window.kernel_w : 1;
  return pixels * hardware.formats[static_cast<std::size_t>(port.stream)].token_bits();
}

int element_bits(const mapping::Hardware& hardware, const mapping::Stage& stage) {
  return hardware.formats[static_cast<std::size_t>(stage.inputs.front().stream)].bits;
}

bool has_two_integers(const Bits& vector, int bits) {
  for (int bit = bits; bit < vector.width(); bit += bits) {
    if (vector.get(bit, bits) != vector.get(0, bits)) return true;
  }
  return false;
}

/// "" or an integer that the layer never gets.
std::string odd_integer(const test::PinDesign& design, const mapping::Stage& stage, const Bits& vector) {
  const mapping::TokenFormat& format = design.hardware.formats[static_cast<std::size_t>(stage.inputs.front().stream)];
  const int node = design.graph.nodes[static_cast<std::size_t>(stage.node)].inputs.front();
  const workloads::QuantParams& params = design.graph.nodes[static_cast<std::size_t>(node)].params;
  for (int bit = 0; bit < vector.width(); bit += format.bits) {
    const auto x = format.is_signed ? vector.get_signed(bit, format.bits)
                                    : static_cast<std::int64_t>(vector.get(bit, format.bits));
    if (x < params.q_min() || x > params.q_max()) return fmt::format("an integer {} in a vector", x);
  }
  return "";
}

/// "" or a cycle of a vector in which none starts or no result leaves.
std::string missed_cycles(const Watcher& watcher, const mapping::Stage& stage, int slots) {
  std::set<Cycle> distances;
  for (std::size_t i = 1; i < watcher.starts.size(); ++i) distances.insert(watcher.starts[i] - watcher.starts[i - 1]);
  for (Cycle early = -8; early < 24; ++early) {
    const Cycle distance = stage.latency - early;
    const bool can_be = distance >= stage.interval && distance * slots > stage.latency;  // then a slot is free
    if (can_be && !distances.contains(distance)) {
      return fmt::format("no start {} cycles after one before (interval {}, latency {})", distance, stage.interval,
                         stage.latency);
    }
  }
  std::set<Cycle> ages;
  std::set<int> met;  // results that wait while one leaves and one is written
  auto start = watcher.starts.begin();
  for (std::size_t i = 0; i < watcher.passes.size(); ++i) {
    const Cycle pass = watcher.passes[i];
    while (std::next(start) != watcher.starts.end() && *std::next(start) <= pass) ++start;
    ages.insert((pass - *start) % stage.interval);
    const Cycle written = pass + 1 - stage.latency;
    if (std::binary_search(watcher.starts.begin(), watcher.starts.end(), written)) met.insert(watcher.waiting[i]);
  }
  constexpr Cycle kAll = 48;
  for (Cycle age = 0; age < std::min(stage.interval, kAll); ++age) {
    if (stage.interval <= kAll && !ages.contains(age))
      return fmt::format("no result leaves {} cycles after a start", age);
  }
  if (slots > 1 && !met.contains(slots - 1)) return "no result leaves while one is written and the others wait";
  return "";
}

/// "" or where the bench of a stage does not come.
std::string missed(const test::PinDesign& design, int index) {
  const mapping::Stage& stage = design.hardware.program.stages[static_cast<std::size_t>(index)];
  sc_core::sc_clock clock("clock", 1, sc_core::SC_NS, 0.5, 1, sc_core::SC_NS);
  const TileBench bench("bench", design.hardware, index, design.architecture, bits_of_vector(design.hardware, stage),
                        clock);
  const Watcher watcher("watcher", bench, clock);
  sc_core::sc_start(10, sc_core::SC_MS);
  if (!bench.is_done()) return "it does not end";
  if (watcher.passes.size() != watcher.vectors.size()) {
    return fmt::format("{} results of {} vectors", watcher.passes.size(), watcher.vectors.size());
  }
  const int slots = design.architecture.tile.output_slots;
  if (watcher.waiting[0] != slots) {
    return fmt::format("{} of {} slots are full when the first result passes", watcher.waiting[0], slots);
  }
  if (watcher.vectors[0] == watcher.vectors[1]) return "the smallest integers are the largest";
  if (std::string wrong = missed_cycles(watcher, stage, slots); !wrong.empty()) return wrong;
  bool has_two = false;  // integers in one vector
  for (const Bits& vector : watcher.vectors) {
    if (std::string odd = odd_integer(design, stage, vector); !odd.empty()) return odd;
    has_two |= has_two_integers(vector, element_bits(design.hardware, stage));
  }
  if (!has_two && bits_of_vector(design.hardware, stage) > element_bits(design.hardware, stage)) {
    return "all integers of a vector are the same";
  }
  return "";
}

}  // namespace

TEST_CASE("a tile's bench fills all slots and starts vectors at every last cycle", "[ladder]") {
  int tiles = 0;
  for (std::uint64_t seed = 1; tiles < 60; ++seed) {
    const auto design = test::pin_design(seed, models::RangePolicy::max);
    if (!design) continue;
    for (int stage = 0; stage < static_cast<int>(design->hardware.cores.size()); ++stage) {
      if (!std::holds_alternative<mapping::TileCore>(design->hardware.cores[static_cast<std::size_t>(stage)])) continue;
      INFO("seed " << seed << ", stage " << stage);
      CHECK(test::in_child([&] { return missed(*design, stage); }) == "");
      ++tiles;
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
// Arrays of the pin level written row by row: how long it takes, and that the cells then hold what was to be written.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "sim/pin/array_writer.hpp"
#include "sim/pin/core_tile.hpp"
#include "sim/pin/weight_rom.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/in_child.hpp"
#include "tests/support/pin_design.hpp"

namespace {

using namespace ohmic;
using sim::pin::Bits;
using test::CoreBench;

/// A writable core beside one whose weights are there, both with the same operands.
struct Twins {
  Twins(const test::PinDesign& design, int stage, test::BenchClock& clock, const bool& is_running)
      : written(("written" + std::to_string(stage)).c_str(), design.hardware, stage, design.architecture,
                {.is_writable = true}),
        preloaded(("preloaded" + std::to_string(stage)).c_str(), design.hardware, stage, design.architecture) {
    const mapping::InputPort& port = design.hardware.program.stages[static_cast<std::size_t>(stage)].inputs.front();
    const int bits = port.window.kernel_h * port.window.kernel_w *
                     design.hardware.formats[static_cast<std::size_t>(port.stream)].token_bits();
    const auto source = [bits, stage, &is_running](std::size_t n) -> std::optional<std::vector<Bits>> {
      if (!is_running || n >= 3) return std::nullopt;
      test::Random random(static_cast<std::uint64_t>(stage) * 16 + n);
      Bits operand(bits);
      for (int i = 0; i < bits; i += 16) operand.set(i, std::min(16, bits - i), random.bits());
      return std::vector<Bits>{operand};
    };
    int i = 0;
    for (sim::pin::CoreTile* core : {&written, &preloaded}) {
      benches[i] = std::make_unique<CoreBench>(fmt::format("bench{}_{}", stage, i).c_str(), *core, clock.signal, source,
                                               test::BenchTraffic{});
      ++i;
    }
  }
  [[nodiscard]] bool have_results() const {
    return benches[0]->results.size() == 3 && benches[1]->results.size() == 3 && benches[0]->results[2].left >= 0 &&
           benches[1]->results[2].left >= 0;
  }
  [[nodiscard]] bool are_alike() const {
    for (std::size_t n = 0; n < 3; ++n) {
      if (!(benches[0]->results[n].data == benches[1]->results[n].data)) return false;
    }
    return true;
  }

  sim::pin::CoreTile written, preloaded;
  std::unique_ptr<CoreBench> benches[2];
};

/// ROM, writer and cores of one tile.
struct WrittenTile {
  WrittenTile(const test::PinDesign& design, int tile, const sim::pin::TileWriting& writing, test::BenchClock& clock,
              const bool& is_running)
      : rom(("rom" + std::to_string(tile)).c_str(), writing.words),
        writer(("writer" + std::to_string(tile)).c_str(), writing),
        pulses(("pulses" + std::to_string(tile)).c_str(), writing.stages.size()) {
    rom.clk_i(clock.signal);
    rom.out_valid_o(valid);
    rom.out_ready_i(ready);
    rom.out_data_o(word);
    writer.clk_i(clock.signal);
    writer.in_valid_i(valid);
    writer.in_ready_o(ready);
    writer.in_data_i(word);
    writer.write_array_o(array);
    writer.write_row_o(row);
    writer.write_data_o(data);
    writer.done_o(done);
    for (std::size_t k = 0; k < writing.stages.size(); ++k) {
      writer.write_valid_o[k](pulses[k]);
      twins.push_back(std::make_unique<Twins>(design, writing.stages[k], clock, is_running));
      sim::pin::TileWritePorts& ports = twins.back()->written.write_ports();
      ports.valid_i(pulses[k]);
      ports.array_i(array);
      ports.row_i(row);
      ports.data_i(data);
    }
  }

  sim::pin::WeightRom rom;
  sim::pin::ArrayWriter writer;
  sc_core::sc_signal<bool> valid, ready, done;
  sc_core::sc_signal<Bits> word, data;
  sc_core::sc_signal<int> array, row;
  sc_core::sc_vector<sc_core::sc_signal<bool>> pulses;
  std::vector<std::unique_ptr<Twins>> twins;
};

std::string writes_in_time(const test::PinDesign& design) {
  test::BenchClock clock;
  bool is_running = false;
  std::vector<std::unique_ptr<WrittenTile>> tiles;
  for (int tile = 0; tile < design.architecture.num_tiles(); ++tile) {
    const sim::pin::TileWriting writing = sim::pin::tile_writing(design.hardware, tile, design.architecture);
    if (writing.words.empty()) continue;
    tiles.push_back(std::make_unique<WrittenTile>(design, tile, writing, clock, is_running));
  }
  const auto all = [&](const auto& holds) { return std::all_of(tiles.begin(), tiles.end(), holds); };
  const auto is_done = [](const auto& tile) { return tile->done.read(); };
  const Cycle expected = design.hardware.program.programming_cycles;
  clock.run(expected - 1);
  if (all(is_done)) return "written too early";
  clock.run(1);
  if (!all(is_done)) return fmt::format("not written after {} cycles", expected);
  is_running = true;
  const auto has_results = [](const auto& tile) {
    return std::all_of(tile->twins.begin(), tile->twins.end(), [](const auto& t) { return t->have_results(); });
  };
  for (int i = 0; i < 1000 && !all(has_results); ++i) clock.run(100);
  if (!all(has_results)) return "no results";
  const auto is_alike = [](const auto& tile) {
    return std::all_of(tile->twins.begin(), tile->twins.end(), [](const auto& t) { return t->are_alike(); });
  };
  return all(is_alike) ? "" : "written cells hold something else";
}

}  // namespace

TEST_CASE("writing all arrays takes the program's programming_cycles, then they compute", "[ladder]") {
  int designs = 0;
  for (std::uint64_t seed = 1; designs < 100; ++seed) {
    INFO("seed " << seed);
    auto design = test::pin_design(seed, models::RangePolicy::lossless);
    if (!design) continue;
    ++designs;
    REQUIRE(test::in_child([&] { return writes_in_time(*design); }) == "");
  }
}

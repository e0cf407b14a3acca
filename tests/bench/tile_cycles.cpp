// SPDX-License-Identifier: Apache-2.0
// Cycles per second of tiles that are fed in every cycle and never wait: at the pin level 16 on one clock, their cycles
// added up, and one alone, for which the clock is most of the work; and one as RTL under Verilator as `ohmic cosim
// --dut` compiles it. The tile: one 64 × 64 array of 2-bit cells, 8-bit weights in four slices, 8-bit inputs bit by
// bit. CPU time.
#include <ctime>
#include <filesystem>

#include "base/subprocess.hpp"
#include "emit/rtl.hpp"
#include "emit/rtl_cores.hpp"
#include "sim/cosim/tile_dut.hpp"
#include "sim/pin/make_core.hpp"
#include "tests/bench/bench.hpp"
#include "tests/support/in_child.hpp"
#include "tests/support/pin_design.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;
using sim::pin::Bits;

constexpr int kStage = 1;  // behind the source
constexpr int kOperands = 16;

test::PinDesign tile_design() {
  test::Random random(1);
  test::PinDesign design;
  test::GraphBuilder graph({64, 1, 1}, {.bits = 8, .is_signed = false, .scale = 1, .zero_point = 0});
  graph.conv(random, "fc", graph.last(), {}, 16, 8);
  design.graph = graph.finish();
  for (workloads::QuantizedNode& node : design.graph.nodes) {
    if (auto* conv = std::get_if<workloads::QuantizedConv>(&node.operation)) {
      conv->requant = {workloads::RequantKind::shift, workloads::Rounding::half_up, {}, {}, {8}};
    }
  }
  models::ArchitectureSpec& chip = design.architecture = test::small_architecture();
  chip.fabric = test::part<models::Topology>("point_to_point");
  chip.array.rows = chip.array.columns = 64;
  chip.array.cell.bits = 2;
  chip.array.read.time = Duration(10e-9);
  chip.array.adc.part->columns_per_adc = 16;
  chip.array.adc.part->rate = Frequency(1'280'000'000);
  chip.array.adc.part->range = models::RangePolicy::max;
  if (!test::build(design)) throw std::logic_error("the tile cannot be built");
  return design;
}

std::vector<Bits> operands(int width) {
  test::Random random(2);
  std::vector<Bits> all;
  for (int i = 0; i < kOperands; ++i) {
    Bits& bits = all.emplace_back(width);
    for (int at = 0; at < width; at += 32) bits.set(at, std::min(32, width - at), random.bits());
  }
  return all;
}

double seconds_since(std::clock_t begin) {
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

/// Feeds a core and takes its results.
class Feeder : public sc_core::sc_module {
 public:
  Feeder(const sc_core::sc_module_name& name, sim::pin::Core& core, sc_core::sc_clock& clock, std::vector<Bits> inputs)
      : sc_module(name), inputs_(std::move(inputs)) {
    core.clk_i(clock);
    core.in_valid_i(valid_);
    core.in_ready_o(ready_);
    core.in_data_i[0](data_);
    core.out_valid_o(out_valid_);
    core.out_ready_i(out_ready_);
    core.out_data_o(out_data_);
    core.out_count_o(count_);
    SC_HAS_PROCESS(Feeder);
    SC_METHOD(on_clock);
    sensitive << clock.posedge_event();
    dont_initialize();
  }
  int results = 0;

 private:
  void on_clock() {
    valid_.write(true);
    out_ready_.write(true);
    if (out_valid_.read()) ++results;
    if (ready_.read()) data_.write(inputs_[next_++ % inputs_.size()]);
  }
  std::vector<Bits> inputs_;
  std::size_t next_ = 0;
  sc_core::sc_signal<bool> valid_, ready_, out_valid_, out_ready_;
  sc_core::sc_signal<Bits> data_, out_data_;
  sc_core::sc_signal<int> count_;
};

/// Of `tiles` tiles on one clock, those of all of them added up. A SystemC kernel starts once per process: in a child.
double pin_cycles_per_s(const test::PinDesign& design, int tiles) {
  const std::string told = test::in_child([&] {
    const int cycles = 4'000'000 / tiles;
    sc_core::sc_clock clock("clock", 1, sc_core::SC_NS);
    std::vector<std::unique_ptr<sim::pin::Core>> cores;
    std::vector<std::unique_ptr<Feeder>> feeders;
    for (int i = 0; i < tiles; ++i) {
      const std::string number = std::to_string(i);
      cores.push_back(sim::pin::make_core("tile" + number, design.hardware, kStage, design.architecture));
      feeders.push_back(std::make_unique<Feeder>(("feeder" + number).c_str(), *cores.back(), clock,
                                                 operands(design.hardware.formats[0].token_bits())));
    }
    const std::clock_t begin = std::clock();
    sc_core::sc_start(cycles, sc_core::SC_NS);
    const double seconds = seconds_since(begin);
    for (const auto& feeder : feeders) {
      if (feeder->results < cycles / 200) throw std::logic_error("a tile of the pin level stands still");
    }
    return std::to_string(static_cast<double>(tiles) * cycles / seconds);
  });
  return std::stod(told);
}

double verilated_cycles_per_s(const test::PinDesign& design) {
  constexpr int kCycles = 400'000;
  const test::TemporaryFolder work;
  const emit::RtlInput input{design.hardware, design.architecture, 1, 0};
  emit::write_library(work.path() / "library");
  write_file_atomically(work.path() / "tile.sv", emit::tile_text(input, kStage));
  const sim::cosim::VerilogSources sources{{work.path() / "tile.sv"},
                                           "tile_" + emit::stage_identifier(design.hardware, kStage),
                                           {},
                                           {work.path() / "library"},
                                           {}};
  const sim::cosim::VerilogLibrary library(sources, work.path());
  const auto model = library.instance(sim::cosim::UnknownBits::zeros);
  const auto set = [&](const char* port, bool value) {
    Bits bit(1);
    bit.set(0, 1, value ? 1 : 0);
    model->set(library.port(port), bit);
  };
  const int clk = library.port("clk_i"), ready = library.port("in_ready_o"), data = library.port("in_data_i");
  const int valid = library.port("out_valid_o");
  Bits low(1), high(1);
  high.set(0, 1, 1);
  const auto edge = [&] {
    model->set(clk, high);
    model->eval();
    model->set(clk, low);
    model->eval();
  };
  set("rst_ni", false);
  edge();
  set("rst_ni", true);
  const auto& tile = std::get<mapping::TileCore>(design.hardware.cores[kStage]);
  const sim::cosim::TileInterface widths = emit::tile_interface(input, kStage);
  set("write_i", true);
  int row = 0;
  for (const Bits& word : emit::array_rom(input, tile.layer, tile.arrays.front())) {
    Bits address(widths.write_row_bits);
    address.set(0, widths.write_row_bits, static_cast<std::uint64_t>(row++));
    model->set(library.port("write_row_i"), address);
    model->set(library.port("write_data_i"), word);
    edge();
  }
  set("write_i", false);
  set("in_valid_i", true);
  set("out_ready_i", true);
  const std::vector<Bits> inputs = operands(widths.in_bits);
  std::size_t next = 0;
  int results = 0;
  const std::clock_t begin = std::clock();
  for (int i = 0; i < kCycles; ++i) {
    if (model->get(ready).get(0, 1) != 0) model->set(data, inputs[next++ % inputs.size()]);
    results += model->get(valid).get(0, 1) != 0 ? 1 : 0;
    edge();
  }
  const double seconds = seconds_since(begin);
  if (results < kCycles / 200) throw std::logic_error("the tile in RTL stands still");
  return kCycles / seconds;
}

}  // namespace

ohmic::bench::Numbers ohmic::bench::measure(const std::vector<std::string>& /*arguments*/) {
  const test::PinDesign design = tile_design();
  constexpr int kTiles = 16;
  Numbers numbers{{"pin_tile_cycles_per_s", pin_cycles_per_s(design, kTiles)},
                  {"pin_single_tile_cycles_per_s", pin_cycles_per_s(design, 1)}};
  if (has_program("verilator")) numbers.emplace_back("verilated_cycles_per_s", verilated_cycles_per_s(design));
  return numbers;
}

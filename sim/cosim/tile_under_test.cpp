// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/tile_under_test.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/cosim/tile_bench.hpp"
#include "sim/cosim/tile_shadow.hpp"
#include "sim/pin/chip.hpp"

namespace ohmic::sim::cosim {

namespace fs = std::filesystem;

namespace {

/// An instance of the Verilog tile beside one tile of the pin level.
class Comparison {
 public:
  /// `name`: of the waveform's scope and file.
  Comparison(const VerilogLibrary& library, const TilePlace& place, std::string name)
      : library_(library), place_(place), name_(std::move(name)), dut_(library, place.interface) {
    not_prepared_ = dut_.prepare(place.rows).value_or("");
  }

  void attach(const pin::Core& core, sc_core::sc_clock& clock, Cycle origin, bool is_in_chip) {
    shadow_ = std::make_unique<TileShadow>(name_.c_str(), core, dut_, place_.interface, origin, is_in_chip);
    shadow_->clk_i(clock);
  }

  [[nodiscard]] bool differs() const { return !not_prepared_.empty() || shadow_->divergence(); }
  [[nodiscard]] bool has_seen_enough() const { return shadow_->has_seen_enough(); }

  [[nodiscard]] TileVerdict verdict(const fs::path& work) const {
    TileVerdict verdict{place_.name, false, shadow_->handshakes(), not_prepared_};
    if (not_prepared_.empty() && shadow_->divergence()) verdict.difference = told(*shadow_->divergence(), work);
    return verdict;
  }

 private:
  [[nodiscard]] std::string told(const Divergence& d, const fs::path& work) const {
    std::string text = fmt::format("cycle {}: ", d.cycle);
    text += d.signal.empty() ? d.what : fmt::format("{}: {}", d.signal, d.what);
    for (const std::string& token : d.before) text += "\n  before it: " + token;
    // Long after a tile of this size would have answered.
    const int patience = 1000 + 100 * static_cast<int>(std::min<std::int64_t>(shadow_->cycles(), 1000));
    const TileRecord record{place_.rows, shadow_->operands(), shadow_->results()};
    const std::string seen = d.signal == "out_data_o" ? misplaced(record.results, d.results, d.got) : "";
    if (!seen.empty()) {
      text += "\n  diagnosis: " + seen;
    } else if (!d.signal.empty()) {  // a broken promise says already what is wrong
      text += "\n  asked again with other pauses: " + diagnose(library_, place_.interface, record, patience, d.signal);
    }
    const fs::path waveform = work / (name_ + "_divergence.vcd");
    shadow_->waveform().write(waveform, name_);
    return text + "\n  waveform: " + waveform.string();
  }

  const VerilogLibrary& library_;
  const TilePlace& place_;
  std::string name_;
  TileDut dut_;
  std::unique_ptr<TileShadow> shadow_;
  std::string not_prepared_;
};

/// A Verilog tile beside one tile of the chip, and once more beside that tile alone.
class TileUnderTest {
 public:
  TileUnderTest(const VerilogSources& sources, const TilePlace& place, const fs::path& work)
      : place_(place),
        name_("tile" + std::to_string(place.stage)),
        library_(checked(sources, place, work / name_), work / name_),
        in_chip_(library_, place, name_),
        on_bench_(library_, place, name_ + "_bench") {}

  void attach(const mapping::Hardware& hardware, const models::ArchitectureSpec& architecture, const pin::Chip& chip,
              sc_core::sc_clock& clock) {
    in_chip_.attach(*chip.core(place_.stage), clock, architecture.global_buffer.latency_cycles, true);
    bench_ = std::make_unique<TileBench>((name_ + "_alone").c_str(), hardware, place_.stage, architecture,
                                         place_.interface.in_bits, clock);
    on_bench_.attach(bench_->core(), clock, 0, false);
  }

  [[nodiscard]] bool is_bench_done() const {
    return bench_->is_done() || in_chip_.differs() || on_bench_.has_seen_enough();
  }

  void add_verdicts(std::vector<TileVerdict>& verdicts, const fs::path& work) const {
    verdicts.push_back(in_chip_.verdict(work));
    const bool has_ended = bench_->is_done() || on_bench_.differs();
    if (in_chip_.differs() || !has_ended) return;
    verdicts.push_back(on_bench_.verdict(work));
    verdicts.back().is_on_bench = true;
  }

 private:
  static const VerilogSources& checked(const VerilogSources& sources, const TilePlace& place, const fs::path& work) {
    const std::string file = sources.files.front().string();
    check_tile_ports(read_ports(sources, work), place.interface, file);
    return sources;
  }

  const TilePlace& place_;
  const std::string name_;
  VerilogLibrary library_;
  Comparison in_chip_, on_bench_;
  std::unique_ptr<TileBench> bench_;
};

}  // namespace

std::vector<TileVerdict> simulate_beside(const mapping::Hardware& hardware,
                                         const models::ArchitectureSpec& architecture, const SimulationSpec& simulation,
                                         const std::vector<pin::PinImage>& images, const VerilogSources& sources,
                                         const std::vector<TilePlace>& places, const fs::path& work) {
  std::vector<std::unique_ptr<TileUnderTest>> duts;
  for (const TilePlace& place : places) duts.push_back(std::make_unique<TileUnderTest>(sources, place, work));
  pin::PinOptions options;
  options.attach = [&](const pin::Chip& chip, sc_core::sc_clock& clock) {
    for (const auto& dut : duts) dut->attach(hardware, architecture, chip, clock);
  };
  options.goes_on = [&] {
    return !std::all_of(duts.begin(), duts.end(), [](const auto& dut) { return dut->is_bench_done(); });
  };
  (void)pin::simulate_pin(hardware, architecture, simulation, images, options);
  std::vector<TileVerdict> verdicts;
  for (const auto& dut : duts) dut->add_verdicts(verdicts, work);
  return verdicts;
}

}  // namespace ohmic::sim::cosim

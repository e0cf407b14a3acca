// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/tile_under_test.hpp"

#include <fmt/format.h>

#include "sim/cosim/tile_shadow.hpp"
#include "sim/pin/chip.hpp"

namespace ohmic::sim::cosim {

namespace fs = std::filesystem;

namespace {

std::string module_name(const TilePlace& place) {
  return "tile" + std::to_string(place.stage);
}

/// A Verilog tile beside one tile of the chip.
class TileUnderTest {
 public:
  TileUnderTest(const VerilogSources& sources, const TilePlace& place, const fs::path& work)
      : place_(place),
        work_(work),
        library_(checked(sources, place, work), work / module_name(place)),
        dut_(library_, place.interface) {
    not_prepared_ = dut_.prepare(place.rows).value_or("");
  }

  void attach(const pin::Chip& chip, sc_core::sc_clock& clock, Cycle origin) {
    shadow_ = std::make_unique<TileShadow>(module_name(place_).c_str(), *chip.core(place_.stage), dut_,
                                           place_.interface, origin);
    shadow_->clk_i(clock);
  }

  [[nodiscard]] TileVerdict verdict() const {
    TileVerdict verdict{place_.name, shadow_->handshakes(), not_prepared_};
    if (not_prepared_.empty() && shadow_->divergence()) verdict.difference = told(*shadow_->divergence());
    return verdict;
  }

 private:
  static const VerilogSources& checked(const VerilogSources& sources, const TilePlace& place, const fs::path& work) {
    const std::string file = sources.files.front().string();
    check_tile_ports(read_ports(sources, work / module_name(place)), place.interface, file);
    return sources;
  }

  [[nodiscard]] std::string told(const Divergence& d) const {
    std::string text = fmt::format("cycle {}: ", d.cycle);
    text += d.signal.empty() ? d.what : fmt::format("{}: {}", d.signal, d.what);
    for (const std::string& token : d.before) text += "\n  before it: " + token;
    // Long after a tile of this size would have answered.
    const int patience = 1000 + 100 * static_cast<int>(std::min<std::int64_t>(shadow_->cycles(), 1000));
    const TileRecord record{place_.rows, shadow_->operands(), shadow_->results()};
    // A broken promise says already what is wrong.
    if (!d.signal.empty())
      text += "\n  diagnosis: " + diagnose(library_, place_.interface, record, patience, d.signal == "out_data_o");
    const fs::path waveform = work_ / (module_name(place_) + "_divergence.vcd");
    shadow_->waveform().write(waveform, module_name(place_));
    return text + "\n  waveform: " + waveform.string();
  }

  const TilePlace& place_;
  fs::path work_;
  VerilogLibrary library_;
  TileDut dut_;
  std::unique_ptr<TileShadow> shadow_;
  std::string not_prepared_;
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
    for (const auto& dut : duts) dut->attach(chip, clock, architecture.global_buffer.latency_cycles);
  };
  (void)pin::simulate_pin(hardware, architecture, simulation, images, options);
  std::vector<TileVerdict> verdicts;
  for (const auto& dut : duts) verdicts.push_back(dut->verdict());
  return verdicts;
}

}  // namespace ohmic::sim::cosim

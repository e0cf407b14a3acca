// SPDX-License-Identifier: Apache-2.0
#include "explore/cosim.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/config_reader.hpp"
#include "emit/rtl.hpp"
#include "emit/rtl_cores.hpp"
#include "sim/cosim/chip_run.hpp"
#include "sim/cosim/tile_under_test.hpp"

namespace ohmic::explore {

namespace {

namespace fs = std::filesystem;
using sim::Hop;
using sim::pin::Bits;

/// An arrival of a token in a buffer, at any level.
struct Seen {
  Hop hop;
  Bits data;
};

std::string where(const mapping::Program& program, const Hop& hop) {
  const mapping::Stream& stream = program.streams[static_cast<std::size_t>(hop.stream)];
  const mapping::Destination& to = stream.destinations[static_cast<std::size_t>(hop.destination)];
  return fmt::format("token {} of stream '{}' to '{}'", hop.token, stream.name,
                     program.stages[static_cast<std::size_t>(to.stage)].name);
}

std::string at(const mapping::Program& program, const Hop& hop) {
  return fmt::format("{} in cycle {}", where(program, hop), hop.arrived);
}

/// The arrivals before number `index`, for the reader of a difference.
std::string before(const mapping::Program& program, const std::vector<Seen>& all, std::size_t index) {
  constexpr std::size_t kTold = 5;
  std::string text;
  for (std::size_t i = index > kTold ? index - kTold : 0; i < index && i < all.size(); ++i) {
    text += "\n  before it: " + at(program, all[i].hop);
  }
  return text;
}

bool same_place(const Hop& a, const Hop& b) {
  return a.stream == b.stream && a.destination == b.destination && a.token == b.token;
}

/// Token against pin level: sent and arrived of every hop.
CosimCheck compare_hops(const mapping::Program& program, const std::vector<Hop>& token, const std::vector<Seen>& pin) {
  CosimCheck check{"token level = pin level, cycle by cycle", 0, ""};
  for (std::size_t i = 0; i < std::max(token.size(), pin.size()); ++i) {
    if (i == token.size() || i == pin.size()) {
      const Hop& hop = i < pin.size() ? pin[i].hop : token[i];
      check.difference = fmt::format("{} at the {} level only{}", at(program, hop), i < pin.size() ? "pin" : "token",
                                     before(program, pin, i));
      return check;
    }
    const Hop& a = token[i];
    const Hop& b = pin[i].hop;
    if (!same_place(a, b) || a.arrived != b.arrived) {
      check.difference =
          fmt::format("token level: {}; pin level: {}{}", at(program, a), at(program, b), before(program, pin, i));
      return check;
    }
    if (a.sent != b.sent) {
      check.difference = fmt::format("{}: sent in cycle {} at the token level, in cycle {} at the pin level{}",
                                     where(program, a), a.sent, b.sent, before(program, pin, i));
      return check;
    }
    ++check.compared;
  }
  return check;
}

CosimCheck compare_values(const BuiltChip& chip, const std::vector<Seen>& pin) {
  CosimCheck check{"pin level = integer network, bit by bit", 0, ""};
  for (std::size_t i = 0; i < pin.size(); ++i) {
    const Hop& hop = pin[i].hop;
    const std::vector<Bits>& expected = chip.tokens[static_cast<std::size_t>(hop.stream)];
    if (expected.empty()) continue;
    const Bits& value = expected.at(static_cast<std::size_t>(hop.token));
    if (!(value == pin[i].data)) {
      check.difference = fmt::format("{}: expected {}, got {}{}", at(chip.hardware.program, hop), value.hex(),
                                     pin[i].data.hex(), before(chip.hardware.program, pin, i));
      return check;
    }
    ++check.compared;
  }
  return check;
}

/// The RTL's arrivals as they come, against those of the pin level in the same order.
class RtlComparison {
 public:
  RtlComparison(const mapping::Program& program, const std::vector<emit::RtlProbe>& probes, std::vector<Seen> expected,
                Cycle origin)
      : program_(program), probes_(probes), expected_(std::move(expected)), origin_(origin) {
    check_.name = "pin level = RTL, cycle by cycle and bit by bit";
    const auto key = [](const Seen& s) {
      return std::tuple(s.hop.arrived, s.hop.stream, s.hop.destination, s.hop.token);
    };
    std::stable_sort(expected_.begin(), expected_.end(), [&](const Seen& a, const Seen& b) { return key(a) < key(b); });
  }

  bool arrival(const sim::cosim::Arrival& a) {
    const emit::RtlProbe& probe = probes_[static_cast<std::size_t>(a.probe)];
    const Hop hop{probe.stream, probe.destination, a.token, 0, a.arrived - origin_};
    const auto index = static_cast<std::size_t>(check_.compared);
    if (index == expected_.size()) {
      check_.difference = fmt::format("{} in the RTL only", at(program_, hop));
      return false;
    }
    const Seen& wanted = expected_[index];
    if (!same_place(hop, wanted.hop) || hop.arrived != wanted.hop.arrived) {
      check_.difference = fmt::format("expected {}, the RTL has {}{}", at(program_, wanted.hop), at(program_, hop),
                                      before(program_, expected_, index));
      return false;
    }
    if (!(a.data == wanted.data)) {
      check_.difference = fmt::format("{}: expected {}, got {}{}", at(program_, hop), wanted.data.hex(), a.data.hex(),
                                      before(program_, expected_, index));
      return false;
    }
    ++check_.compared;
    return true;
  }

  CosimCheck finish(const sim::cosim::ChipRun& run) {
    const auto index = static_cast<std::size_t>(check_.compared);
    if (!check_.difference.empty()) return check_;
    if (index < expected_.size()) {
      check_.difference =
          fmt::format("expected {}, the RTL {}{}", at(program_, expected_[index].hop),
                      run.finished ? "was done without it" : "stood still", before(program_, expected_, index));
    } else if (!run.finished) {
      check_.difference = "all tokens arrived in the RTL, but done_o does not rise";
    }
    return check_;
  }

 private:
  const mapping::Program& program_;
  const std::vector<emit::RtlProbe>& probes_;
  std::vector<Seen> expected_;
  Cycle origin_;
  CosimCheck check_;
};

CosimCheck compare_rtl(const LevelsInput& levels, const std::vector<Seen>& pin, Cycle last, CosimReport& report) {
  const mapping::Program& program = levels.chip.hardware.program;
  const std::vector<emit::RtlProbe> probes = emit::rtl_probes(levels.chip.hardware);
  std::vector<sim::cosim::Probe> watched;
  for (const emit::RtlProbe& p : probes) {
    watched.push_back({p.stream, p.destination, program.streams[static_cast<std::size_t>(p.stream)].token_bits});
  }
  const Cycle origin = levels.architecture.global_buffer.latency_cycles;
  sim::cosim::ChipRunOptions options;
  options.stalls = levels.simulation.stalls;
  options.source_stage = emit::stage_of_kind(program, mapping::StageKind::source);
  options.sink_stage = emit::stage_of_kind(program, mapping::StageKind::sink);
  options.arrivals = static_cast<std::int64_t>(pin.size());
  constexpr Cycle kGrace = 1000;
  // A slow chip may still compute what no result needs.
  for (const Seen& seen : pin) last = std::max(last, seen.hop.arrived);
  options.max_cycles = last + origin + kGrace;
  options.max_programming_cycles = 2 * program.programming_cycles + kGrace;
  RtlComparison comparison(program, probes, pin, origin);
  const sim::cosim::ChipRun run =
      sim::cosim::run_chip(*levels.library, watched, options,
                           [&](const sim::cosim::Arrival& arrival) { return comparison.arrival(arrival); });
  report.programming_cycles = run.programming_cycles;
  report.rtl_cycles = run.cycles;
  return comparison.finish(run);
}

/// The tiles that a Verilog tile stands beside, by stage.
std::vector<int> chosen_tiles(const mapping::Hardware& hw, const CosimOptions& cosim) {
  std::vector<int> chosen;
  std::vector<std::string> known;
  for (int i = 0; i < static_cast<int>(hw.cores.size()); ++i) {
    if (!std::holds_alternative<mapping::TileCore>(hw.cores[static_cast<std::size_t>(i)])) continue;
    const std::string& name = hw.program.stages[static_cast<std::size_t>(i)].name;
    known.push_back(name);
    const bool named = std::find(cosim.tiles.begin(), cosim.tiles.end(), name) != cosim.tiles.end();
    if (named || (cosim.tiles.empty() && chosen.empty())) chosen.push_back(i);
  }
  if (known.empty()) throw InputError("--dut", "this chip has no tiles");
  for (const std::string& name : cosim.tiles) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    throw InputError("--tile",
                     fmt::format("'{}' is no tile of this chip (its tiles: {})", name, fmt::join(known, ", ")));
  }
  return chosen;
}

/// What a Verilog tile at a stage has to be, and what is written into it.
sim::cosim::TilePlace place_of(const BuiltChip& chip, const models::ArchitectureSpec& architecture, int stage,
                               int images) {
  const emit::RtlInput input{chip.hardware, architecture, images, 0};
  const auto& tile = std::get<mapping::TileCore>(chip.hardware.cores[static_cast<std::size_t>(stage)]);
  sim::cosim::TilePlace place;
  place.stage = stage;
  place.name = chip.hardware.program.stages[static_cast<std::size_t>(stage)].name;
  place.interface = emit::tile_interface(input, stage);
  for (std::size_t a = 0; a < tile.arrays.size(); ++a) {
    int row = 0;
    for (const Bits& word : emit::array_rom(input, tile.layer, tile.arrays[a])) {
      Bits wide(place.interface.write_data_bits);
      wide.copy(0, word, 0, word.width());
      place.rows.push_back({static_cast<int>(a), row++, std::move(wide)});
    }
  }
  return place;
}

/// The user's tile beside every tile that was named.
void check_tiles(const RunConfig& config, const BuiltChip& chip, const CosimOptions& cosim,
                 const sim::SimulationSpec& simulation, CosimReport& report) {
  constexpr int kUnroll = 256;  // what a tile of any style compiles with in seconds
  const models::ArchitectureSpec& architecture = config.spec.architecture;
  const fs::path& dut = cosim.dut.back();
  const std::string top = cosim.dut_top.empty() ? dut.stem().string() : cosim.dut_top;
  const fs::path library = cosim.work / "library";
  emit::write_library(library);
  const fs::path beside = fs::absolute(dut).parent_path();
  const sim::cosim::VerilogSources sources{cosim.dut, top, {}, {beside, library}, {}, kUnroll, beside};
  std::vector<sim::cosim::TilePlace> places;
  for (const int stage : chosen_tiles(chip.hardware, cosim)) {
    places.push_back(place_of(chip, architecture, stage, cosim.images));
  }
  const auto verdicts =
      sim::cosim::simulate_beside(chip.hardware, architecture, simulation, chip.images, sources, places, cosim.work);
  for (const sim::cosim::TileVerdict& v : verdicts) {
    const char* traffic = v.is_on_bench ? "with traffic at random" : "cycle by cycle";
    report.checks.push_back(
        {fmt::format("tile {} = {}, {}", v.name, dut.filename().string(), traffic), v.handshakes, v.difference});
  }
}

}  // namespace

CosimReport compare_levels(const LevelsInput& levels) {
  const mapping::Hardware& hardware = levels.chip.hardware;
  std::vector<Hop> token;
  const sim::TimingResult timing = sim::simulate_bare(hardware.program, levels.architecture, levels.simulation,
                                                      [&](const Hop& hop) { token.push_back(hop); });
  std::vector<Seen> pin;
  sim::pin::PinOptions pins;
  pins.hops = [&](const Hop& hop, const Bits& data) { pin.push_back({hop, data}); };
  pins.vcd = levels.vcd.string();
  const sim::pin::PinResult pins_done =
      sim::pin::simulate_pin(hardware, levels.architecture, levels.simulation, levels.chip.images, pins);
  CosimReport report;
  report.latency_cycles = timing.latency_cycles;
  report.checks.push_back(compare_hops(hardware.program, token, pin));
  if (pins_done.deadlock) report.checks.back().difference += "\n  the pin level stands still: " + pins_done.waiting;
  report.checks.push_back(compare_values(levels.chip, pin));
  if (levels.library != nullptr) {
    report.checks.push_back(compare_rtl(levels, pin, timing.result_cycles.back(), report));
  }
  return report;
}

CosimReport cosimulate(const RunConfig& config, const PipelineOptions& options, const CosimOptions& cosim) {
  if (cosim.rtl || !cosim.dut.empty()) sim::cosim::require_verilator();
  const BuiltChip chip = build_chip(config, options, cosim.images);
  const models::ArchitectureSpec& architecture = config.spec.architecture;
  LevelsInput levels{chip, architecture, config.spec.simulation, nullptr, cosim.vcd};
  levels.simulation.images = levels.simulation.max_images = cosim.images;
  if (!cosim.dut.empty()) {
    CosimReport report;
    check_tiles(config, chip, cosim, levels.simulation, report);
    return report;
  }
  std::optional<sim::cosim::VerilogLibrary> library;
  if (cosim.rtl) {
    const emit::RtlInput input{chip.hardware, architecture, cosim.images, levels.simulation.images_in_flight};
    try {
      library.emplace(emit::write_chip(input, chip.images, cosim.work), cosim.work);
    } catch (const RuleError& error) {
      throw located(config.root, error);
    }
    levels.library = &*library;
  }
  return compare_levels(levels);
}

}  // namespace ohmic::explore

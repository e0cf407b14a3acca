// SPDX-License-Identifier: Apache-2.0
// What every core of the pin level keeps to: when it starts and when its results are there, as its stage of the Program
// says.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

#include "sim/pin/core_lanes.hpp"
#include "sim/pin/make_core.hpp"
#include "tests/support/core_bench.hpp"
#include "tests/support/pin_design.hpp"
#include "tests/support/pin_expected.hpp"

namespace ohmic::test {

inline int operand_bits(const mapping::Hardware& hardware, const mapping::InputPort& port) {
  const int tokens = port.windowed ? port.window.kernel_h * port.window.kernel_w : 1;
  return tokens * hardware.formats[static_cast<std::size_t>(port.stream)].token_bits();
}

/// `firings` firings with random operands.
inline CoreBench::Source random_operands(const mapping::Hardware& hardware, int stage, std::size_t firings,
                                         std::uint64_t seed) {
  const auto random = std::make_shared<Random>(seed);
  return [&hardware, stage, firings, random](std::size_t n) -> std::optional<std::vector<Bits>> {
    if (n >= firings) return std::nullopt;
    std::vector<Bits> operands;
    for (const mapping::InputPort& port : hardware.program.stages[static_cast<std::size_t>(stage)].inputs) {
      operands.push_back(random_bits(*random, operand_bits(hardware, port)));
    }
    return operands;
  };
}

/// Every start is in the first cycle that the interval, the operands and the slots allow; every result is there
/// `latency` cycles after it, not before.
inline std::string broken_rule(const CoreBench& bench, Cycle interval, Cycle latency, std::size_t slots) {
  if (!bench.wrong.empty()) return bench.wrong;
  for (std::size_t n = 0; n < bench.started.size(); ++n) {
    Cycle expected = bench.offered[n];
    if (n > 0) expected = std::max(expected, bench.started[n - 1] + interval);
    if (n >= slots) expected = std::max(expected, bench.results[n - slots].left + 1);
    if (bench.started[n] != expected) {
      return fmt::format("firing {} started in {}, not in {}", n, bench.started[n], expected);
    }
    if (n >= bench.results.size()) return fmt::format("firing {} has no result", n);
    if (bench.results[n].there != bench.started[n] + latency) {
      return fmt::format("firing {} started in {}, was there in {}, not after {}", n, bench.started[n],
                         bench.results[n].there, latency);
    }
  }
  return "";
}

inline bool has_core(const mapping::Stage& stage) {
  return stage.kind != mapping::StageKind::source && stage.kind != mapping::StageKind::sink;
}

/// The memory of a streamed layer, tied to its core.
class WeightsBeside {
 public:
  WeightsBeside(sim::pin::CoreLanes& core, const PinDesign& design, int stage, sc_core::sc_signal<bool>& clock)
      : stream_(sim::pin::make_weight_stream("weights" + std::to_string(stage), design.hardware, stage,
                                             design.architecture)) {
    stream_->clk_i(clock);
    stream_->word_valid_o(valid_);
    stream_->word_ready_i(ready_);
    stream_->word_data_o(data_);
    core.word_valid_i(valid_);
    core.word_ready_o(ready_);
    core.word_data_i(data_);
  }

 private:
  sc_core::sc_signal<bool> valid_, ready_;
  sc_core::sc_signal<Bits> data_;
  std::unique_ptr<sim::pin::WeightStream> stream_;
};

/// All cores of a design at once, each on a bench of its own.
inline std::string all_stages_keep_time(const PinDesign& design, std::uint64_t seed) {
  constexpr std::size_t kFirings = 9;
  BenchClock clock;
  std::vector<std::unique_ptr<sim::pin::Core>> cores;
  std::vector<std::unique_ptr<CoreBench>> benches;
  std::vector<std::unique_ptr<WeightsBeside>> weights;
  std::vector<const mapping::Stage*> stages;
  Cycle longest = 0;
  for (std::size_t s = 0; s < design.hardware.program.stages.size(); ++s) {
    const mapping::Stage& stage = design.hardware.program.stages[s];
    if (!has_core(stage)) continue;
    const std::string name = "core" + std::to_string(s);
    cores.push_back(sim::pin::make_core(name, design.hardware, static_cast<int>(s), design.architecture));
    if (auto* lanes = dynamic_cast<sim::pin::CoreLanes*>(cores.back().get())) {
      weights.push_back(std::make_unique<WeightsBeside>(*lanes, design, static_cast<int>(s), clock.signal));
    }
    Random random(seed * 1000 + s);
    const BenchTraffic traffic{random.flip() ? 0 : static_cast<int>(2 * stage.interval), random.pick({0, 30, 90, 99}),
                               seed + s};
    benches.push_back(std::make_unique<CoreBench>(
        ("bench" + std::to_string(s)).c_str(), *cores.back(), clock.signal,
        random_operands(design.hardware, static_cast<int>(s), kFirings, seed + s), traffic));
    stages.push_back(&stage);
    longest = std::max(longest, stage.interval * 3 + stage.latency);
  }
  clock.run(static_cast<Cycle>(kFirings) * (longest + 150) + 1500);
  for (std::size_t i = 0; i < benches.size(); ++i) {
    std::string broken = broken_rule(*benches[i], stages[i]->interval, stages[i]->latency,
                                     static_cast<std::size_t>(design.architecture.tile.output_slots));
    if (broken.empty() && benches[i]->started.size() != kFirings) broken = "firings are missing";
    if (!broken.empty()) return stages[i]->name + ": " + broken;
  }
  return "";
}

}  // namespace ohmic::test

// SPDX-License-Identifier: Apache-2.0
// How much faster the hosted token level is than the pin level: a pipeline of 16 stages, each `L` cycles long, the same
// tokens through both. A SystemC kernel runs once per process, so every measurement has a child.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <systemc>

#include "sim/pin/simulate_pin.hpp"
#include "tests/bench/bench.hpp"
#include "tests/support/program_builder.hpp"

namespace {

using namespace ohmic;

constexpr int kStages = 16;
constexpr int kBits = 64;

mapping::Program pipeline(const models::ArchitectureSpec& chip, Cycle latency, std::int64_t tokens) {
  test::ProgramBuilder builder(chip);
  int last = builder.source(tokens);
  for (int i = 0; i < kStages; ++i) {
    const int stage =
        builder.stage(fmt::format("s{}", i), tokens, {.tile = 0, .interval = latency, .latency = latency});
    builder.connect(last, stage, 2, {}, kBits);
    last = stage;
  }
  builder.connect(last, builder.sink(tokens), 2, {}, kBits);
  return builder.program();
}

/// CPU seconds of `run` in a process of its own.
template <class Run>
double seconds_of(const Run& run) {
  int ends[2];
  if (::pipe(ends) != 0) return 0;
  if (::fork() == 0) {
    const std::clock_t begin = std::clock();
    run();
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    std::_Exit(::write(ends[1], &seconds, sizeof seconds) == sizeof seconds ? 0 : 1);
  }
  ::close(ends[1]);
  double seconds = 0;
  if (::read(ends[0], &seconds, sizeof seconds) != sizeof seconds) std::exit(1);
  ::close(ends[0]);
  ::wait(nullptr);
  return seconds;
}

struct Speeds {
  double ratio = 0;
  double core_cycles_per_s = 0;
};

Speeds speeds(Cycle latency, std::int64_t tokens) {
  models::ArchitectureSpec chip = test::chip("point_to_point", 1, 1);
  chip.tile.bus_bits = chip.fabric.part->link_bits = kBits;
  const mapping::Program program = pipeline(chip, latency, tokens);
  sim::SimulationSpec spec;
  spec.images = spec.max_images = 1;
  const std::vector<sim::pin::PinImage> images{
      sim::pin::PinImage(static_cast<std::size_t>(tokens), sim::pin::Bits(kBits))};
  const double token = seconds_of([&] { (void)sim::simulate(program, chip, spec); });
  const double pin = seconds_of([&] { (void)sim::pin::simulate_pin(program, chip, spec, images); });
  const double cycles = static_cast<double>(latency) * static_cast<double>(tokens);
  return {pin / token, kStages * cycles / pin};
}

}  // namespace

ohmic::bench::Numbers ohmic::bench::measure(const std::vector<std::string>& /*arguments*/) {
  const Speeds short_stages = speeds(64, 20000);
  const Speeds long_stages = speeds(256, 10000);
  return {{"token_over_pin_64", short_stages.ratio},
          {"token_over_pin_256", long_stages.ratio},
          {"pin_core_cycles_per_s", short_stages.core_cycles_per_s}};
}

// SPDX-License-Identifier: Apache-2.0
// Speed of the token level on one core: point-to-point pipelines, half of the streams within a tile and half between
// two, with and without SystemC around the engine. CPU time.
#include <fmt/format.h>

#include <ctime>
#include <stdexcept>
#include <systemc>

#include "sim/timing.hpp"
#include "tests/bench/bench.hpp"
#include "tests/support/program_builder.hpp"

namespace {

using namespace ohmic;

constexpr int kStages = 64;
constexpr std::int64_t kTokens = 20000;
constexpr int kImages = 4;

mapping::Program pipeline(const models::ArchitectureSpec& chip) {
  test::ProgramBuilder builder(chip);
  int last = builder.source(kTokens);
  for (int i = 0; i < kStages; ++i) {
    const test::StageOptions options{
        .tile = i / 2 % chip.num_tiles(), .interval = 1 + i * 7 % 6, .latency = 1 + i * 5 % 12};
    const int stage = builder.stage(fmt::format("s{}", i), kTokens, options);
    builder.connect(last, stage, 2 + i % 7, {}, 256);
    last = stage;
  }
  builder.connect(last, builder.sink(kTokens), 4, {}, 256);
  return builder.program();
}

template <class Run>
double hops_per_s(Run&& run) {
  const std::clock_t begin = std::clock();
  const sim::TimingResult result = run();
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return static_cast<double>(result.token_hops) / seconds;
}

}  // namespace

ohmic::bench::Numbers ohmic::bench::measure(const std::vector<std::string>& /*arguments*/) {
  models::ArchitectureSpec chip = test::chip("point_to_point", 4, 4);
  chip.tile.output_slots = 4;
  const mapping::Program program = pipeline(chip);
  sim::SimulationSpec spec;
  spec.images = kImages;
  return {{"token_hops_per_s_bare", hops_per_s([&] { return sim::simulate_bare(program, chip, spec); })},
          {"token_hops_per_s", hops_per_s([&] { return sim::simulate(program, chip, spec); })}};
}

// SPDX-License-Identifier: Apache-2.0
// When multiply lanes start and when their results are there; words of weights in order, one in every cycle that takes
// one.
#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "tests/support/core_rules.hpp"
#include "tests/support/in_child.hpp"
#include "tests/support/lanes_design.hpp"
#include "tests/support/streamed_designs.hpp"

namespace {

using namespace ohmic;
using sim::pin::Bits;

/// Takes words in some cycles; notes the first that is late or wrong.
class WordTaker : public sc_core::sc_module {
 public:
  WordTaker(const sc_core::sc_module_name& name, sim::pin::WeightStream& stream, sc_core::sc_signal<bool>& clock,
            std::vector<Bits> words, int percent, std::uint64_t seed)
      : sc_module(name), words_(std::move(words)), percent_(percent), random_(seed) {
    stream.clk_i(clock);
    stream.word_valid_o(valid_);
    stream.word_ready_i(ready_);
    stream.word_data_o(data_);
    SC_HAS_PROCESS(WordTaker);
    SC_METHOD(on_clock);
    sensitive << clock.posedge_event();
    dont_initialize();
    ready_.write(percent_ == 100);
  }

  std::size_t taken = 0;
  std::string wrong;

 private:
  void on_clock() {
    if (!wrong.empty()) return;
    if (!valid_.read()) wrong = fmt::format("word {} is late", taken);
    if (valid_.read() && !(data_.read() == words_[taken % words_.size()])) wrong = fmt::format("word {}", taken);
    taken += ready_.read() ? 1 : 0;
    ready_.write(random_.between(0, 99) < percent_);
  }

  sc_core::sc_signal<bool> valid_, ready_;
  sc_core::sc_signal<Bits> data_;
  const std::vector<Bits> words_;
  const int percent_;
  test::Random random_;
};

std::string words_come(std::uint64_t seed) {
  constexpr Cycle kCycles = 400;
  test::Random random(seed);
  test::BenchClock clock;
  std::vector<std::unique_ptr<sim::pin::WeightStream>> streams;
  std::vector<std::unique_ptr<WordTaker>> takers;
  for (Cycle latency = 1; latency <= 12; ++latency) {
    const std::string name = std::to_string(latency);
    std::vector<Bits> words;
    const int count = random.between(1, 20), width = random.between(1, 300);
    for (int i = 0; i < count; ++i) words.push_back(test::random_bits(random, width));
    streams.push_back(std::make_unique<sim::pin::WeightStream>(("stream" + name).c_str(), words, latency));
    takers.push_back(std::make_unique<WordTaker>(("taker" + name).c_str(), *streams.back(), clock.signal, words,
                                                 random.pick({100, 100, 70, 20}), seed));
  }
  clock.run(kCycles);
  for (const auto& taker : takers) {
    if (!taker->wrong.empty()) return std::string(taker->name()) + ": " + taker->wrong;
    if (taker->taken < kCycles / 10) return "few words";
  }
  return "";
}

}  // namespace

TEST_CASE("a weight stream has the next word in every cycle, the first one after the last", "[timing]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    REQUIRE(test::in_child([&] { return words_come(seed); }) == "");
  }
}

TEST_CASE("multiply lanes take their words and the registers behind them", "[timing]") {
  test::Random random(1);
  test::PinDesign design;
  test::GraphBuilder graph({10, 1, 1}, {.bits = 3, .is_signed = false, .scale = 1, .zero_point = 0});
  graph.conv(random, "layer", graph.last(), {}, 7, 3);
  design.graph = graph.finish();
  design.architecture = test::streaming_chip();
  design.architecture.tile.output_slots = 20;
  design.mapping = test::streamed("layer");
  REQUIRE(test::build(design));
  const Cycle words = 3 * 3;  // 10 rows by 4, 7 columns by 3
  const Cycle multiply = 2, accumulate = 3, digital = 2;
  CHECK(test::in_child([&]() -> std::string {
          const int stage = 1;
          test::BenchClock clock;
          const auto core = sim::pin::make_core("core", design.hardware, stage, design.architecture);
          test::WeightsBeside weights(dynamic_cast<sim::pin::CoreLanes&>(*core), design, stage, clock.signal);
          const test::CoreBench bench("bench", *core, clock.signal, test::random_operands(design.hardware, stage, 5, 1),
                                      {0, 0, 1});
          clock.run(100);
          return test::broken_rule(bench, words, words + multiply + accumulate + digital, 20);
        }) == "");
}

TEST_CASE("every stage of random designs with streamed layers has the interval and latency of the Program",
          "[timing]") {
  int designs = 0, streamed = 0;
  for (std::uint64_t seed = 1; designs < 200; ++seed) {
    INFO("seed " << seed);
    const auto design = test::lanes_design(seed, 1);
    if (!design) continue;
    ++designs;
    for (const mapping::LayerMapping& layer : design->hardware.program.layers) streamed += layer.is_streamed() ? 1 : 0;
    REQUIRE(test::in_child([&] { return test::all_stages_keep_time(*design, seed); }) == "");
  }
  CHECK(streamed > 200);
}

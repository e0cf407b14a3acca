// SPDX-License-Identifier: Apache-2.0
// Buffers as sized never deadlock, and one token less in any of them does. The judge here is an independent one: it
// tries firings in random order, one token at a time.
#include <catch2/catch.hpp>

#include "tests/support/random_networks.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::mapping;
using test::Random;
using test::RandomDesign;

/// Runs two images by firing stages in random order until nothing can; true when both are complete.
class Referee {
 public:
  Referee(const Program& program, int output_slots) : program_(program), output_slots_(output_slots) {
    for (const Stage& stage : program.stages) {
      auto& ports = ports_.emplace_back();
      for (const InputPort& port : stage.inputs) {
        ports.push_back(consumption(stage, port, program.streams[port.stream].tokens));
      }
    }
  }

  bool needs_tokens(const Destination& d) const { return ports_[d.stage][d.port].need.back() > 0; }

  /// With one token less in the buffer of destination `index` of stream `stream`; −1: in none.
  bool completes(Random& random, int stream, int index) {
    started_.assign(program_.stages.size(), 0);
    sent_.assign(program_.stages.size(), 0);
    bool moved = true;
    while (moved) {
      moved = false;
      const int first = random.between(0, static_cast<int>(program_.stages.size()) - 1);
      for (std::size_t i = 0; i < program_.stages.size(); ++i) {
        const std::size_t s = (first + i) % program_.stages.size();
        if (can_start(s)) {
          ++started_[s];
          moved = true;
        }
        if (can_send(s, stream, index)) {
          ++sent_[s];
          moved = true;
        }
      }
    }
    for (std::size_t s = 0; s < program_.stages.size(); ++s) {
      if (sent_[s] != kImages * program_.stages[s].firings) return false;
    }
    return true;
  }

 private:
  static constexpr int kImages = 2;

  bool can_start(std::size_t s) const {
    const Stage& stage = program_.stages[s];
    if (started_[s] == kImages * stage.firings || started_[s] - sent_[s] == output_slots_) return false;
    for (std::size_t p = 0; p < stage.inputs.size(); ++p) {
      const Stream& stream = program_.streams[stage.inputs[p].stream];
      const std::int64_t image = started_[s] / stage.firings;
      const std::int64_t need = image * stream.tokens + ports_[s][p].need[started_[s] % stage.firings];
      if (sent_[stream.source] < need) return false;
    }
    return true;
  }

  bool can_send(std::size_t s, int less_stream, int less_index) const {
    if (sent_[s] == started_[s]) return false;
    const int output = program_.stages[s].output;
    if (output < 0) return true;
    const Stream& stream = program_.streams[output];
    for (std::size_t d = 0; d < stream.destinations.size(); ++d) {
      const Destination& destination = stream.destinations[d];
      const bool is_less = output == less_stream && static_cast<int>(d) == less_index;
      const int capacity = destination.minimum - (is_less ? 1 : 0);
      if (sent_[s] - released(destination, stream.tokens) >= capacity) return false;
    }
    return true;
  }

  std::int64_t released(const Destination& d, std::int64_t tokens) const {
    if (started_[d.stage] == 0) return 0;
    const std::int64_t last = started_[d.stage] - 1;
    const std::int64_t firings = program_.stages[d.stage].firings;
    return last / firings * tokens + ports_[d.stage][d.port].release[last % firings];
  }

  const Program& program_;
  const int output_slots_;
  std::vector<std::vector<Consumption>> ports_;
  std::vector<std::int64_t> started_;
  std::vector<std::int64_t> sent_;
};

TEST_CASE("with the minimum in every buffer images complete, with one token less in any they do not") {
  int mapped = 0;
  int larger_than_window = 0;
  for (std::uint64_t seed = 0; seed < 160; ++seed) {
    INFO("seed " << seed);
    const std::optional<RandomDesign> design = test::random_design(seed);
    if (!design) continue;
    ++mapped;
    const Program& program = design->program;
    Random random(seed);
    Referee referee(program, design->architecture.tile.output_slots);
    REQUIRE(referee.completes(random, -1, -1));
    for (int s = 0; s < static_cast<int>(program.streams.size()); ++s) {
      for (int d = 0; d < static_cast<int>(program.streams[s].destinations.size()); ++d) {
        INFO("stream " << s << " destination " << d);
        const Destination& destination = program.streams[s].destinations[d];
        REQUIRE(destination.capacity == destination.minimum + design->mapping.buffer_slack);
        if (random.between(0, 3) != 0) continue;  // a quarter of them is enough per design
        // A port whose windows all lie in the padding needs nothing, and has a buffer all the same.
        REQUIRE(referee.completes(random, s, d) == !referee.needs_tokens(destination));
      }
    }
    for (const Stage& stage : program.stages) larger_than_window += stage.kind == StageKind::add ? 1 : 0;
  }
  CHECK(mapped > 60);
  CHECK(larger_than_window > 20);
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// The proof of a period rests on this: states that are written alike have the same future. Small designs are brought
// into many states by a global buffer that is irregular at first; afterwards, each written state must always be
// followed by the same next state after the same time.
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "sim/token/engine.hpp"
#include "tests/support/timed_design.hpp"

namespace {

using namespace ohmic;

/// Adds random delays to the first accesses.
class IrregularMemory : public sim::GlobalMemory {
 public:
  IrregularMemory(const models::GlobalBufferSpec& spec, std::uint64_t seed, int irregular)
      : plain_(spec), random_(seed), irregular_(irregular) {}
  Cycle access(Cycle now, const sim::MemoryAccess& access) override {
    if (regular()) return plain_.access(now, access);
    --irregular_;
    const Cycle begin = now + static_cast<Cycle>(random_() % 12);
    return plain_.access(std::max(begin, now), access) + begin - now;
  }
  [[nodiscard]] Cycle free_at() const override { return plain_.free_at(); }
  [[nodiscard]] bool regular() const { return irregular_ == 0; }

 private:
  sim::PlainMemory plain_;
  std::mt19937_64 random_;
  int irregular_;
};

struct Next {
  Cycle after = 0;
  std::string state;
  bool operator==(const Next&) const = default;
};

/// Runs until the memory has been regular for some cycles, and notes what follows what. Returns the states met again.
int note_states(const test::TimedDesign& design, std::uint64_t seed, std::map<std::string, Next>& followed_by) {
  constexpr int kCyclesNoted = 60;
  IrregularMemory memory(design.chip.global_buffer, seed, 10 + static_cast<int>(seed % 17));
  const sim::HopSink none;
  sim::Engine engine(design.program, design.chip, {.image_limit = 1000, .images_in_flight = 0}, memory, none);
  std::string before;
  Cycle last = 0;
  int again = 0;
  for (int noted = 0; noted < kCyclesNoted;) {
    const Cycle now = engine.next_cycle();
    if (now == sim::Calendar::kNone) return again;
    engine.run_cycle(now);
    if (!memory.regular()) continue;
    std::string state = engine.snapshot(now).take();
    if (noted++ > 0) {
      const auto [entry, is_new] = followed_by.try_emplace(before, Next{now - last, state});
      again += is_new ? 0 : 1;
      REQUIRE(entry->second == Next{now - last, state});
    }
    before = std::move(state);
    last = now;
  }
  return again;
}

}  // namespace

TEST_CASE("states that are written alike have the same future", "[laws]") {
  int again = 0;
  const std::vector<std::string> fabrics{"point_to_point", "bus", "mesh"};
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    const std::string& fabric = fabrics[seed % fabrics.size()];
    INFO("fabric " << fabric << ", seed " << seed);
    const test::TimedDesign design = test::TimedDesignGenerator(seed, fabric).make_small();
    std::map<std::string, Next> followed_by;
    for (std::uint64_t run = 1; run <= 100; ++run) again += note_states(design, run, followed_by);
  }
  CHECK(again > 1000000);
}

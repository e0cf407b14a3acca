// SPDX-License-Identifier: Apache-2.0
// The pin level against the token level on random designs: every hop of every channel in the same cycles with the data
// that belong there; chips that deadlock come as far.
#include <catch2/catch.hpp>

#include "tests/support/design_files.hpp"
#include "tests/support/in_child.hpp"
#include "tests/support/pin_expected.hpp"
#include "tests/support/random_traffic.hpp"
#include "tests/support/support.hpp"
#include "tests/support/traces.hpp"

namespace {

using namespace ohmic;

/// Longer than any module of these designs is silent, and than stalls of 90 % last.
constexpr Cycle kQuiet = 600;

std::string describe(const sim::Hop& hop) {
  return "stream " + std::to_string(hop.stream) + " destination " + std::to_string(hop.destination) + " token " +
         std::to_string(hop.token) + " sent " + std::to_string(hop.sent) + " arrived " + std::to_string(hop.arrived);
}

/// Takes hops of the pin level one after another.
class HopCheck {
 public:
  HopCheck(const test::TimedDesign& design, const std::vector<sim::pin::PinImage>& images,
           const test::TokenTranscript& token)
      : program_(design.program), token_(token) {
    for (const auto& image : images) expected_.emplace_back(design.program, image);
  }

  void take(const sim::Hop& hop, const sim::pin::Bits& data) {
    if (!wrong_.empty()) return;
    if (next_ == token_.hops.size()) {
      wrong_ = "only the pins have " + describe(hop);
      return;
    }
    const sim::Hop& other = token_.hops[next_++];
    const std::int64_t tokens = program_.streams[static_cast<std::size_t>(hop.stream)].tokens;
    const auto image = static_cast<std::size_t>(hop.token / tokens);
    if (describe(hop) != describe(other)) {
      wrong_ = "pins: " + describe(hop) + "; token level: " + describe(other);
    } else if (!(data == expected_[image].token(hop.stream, hop.token % tokens))) {
      wrong_ = "data of " + describe(hop) + ": " + data.hex();
    }
  }

  [[nodiscard]] std::string wrong() const {
    if (!wrong_.empty() || next_ == token_.hops.size()) return wrong_;
    return "only the token level has " + describe(token_.hops[next_]);
  }

 private:
  const mapping::Program& program_;
  const test::TokenTranscript& token_;
  std::vector<test::ExpectedTokens> expected_;
  std::size_t next_ = 0;
  std::string wrong_;
};

std::string wrong_results(const test::TimedDesign& design, const std::vector<sim::pin::PinImage>& images,
                          const std::vector<sim::pin::Bits>& results) {
  for (const mapping::Stage& stage : design.program.stages) {
    if (stage.kind != mapping::StageKind::sink) continue;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const auto firings = static_cast<std::size_t>(stage.firings);
      test::ExpectedTokens expected(design.program, images[i / firings]);
      const auto token = static_cast<std::int64_t>(i % firings);
      if (!(results[i] == expected.token(stage.inputs[0].stream, token))) return "result token " + std::to_string(i);
    }
  }
  return "";
}

/// "" when the pin level gives what the token level does, with the data that belong there.
std::string difference(const test::SeededDesign& seeded, const test::TokenTranscript& token) {
  const test::TimedDesign& design = seeded.timed;
  const std::vector<sim::pin::PinImage> images = test::random_images(design, seeded.seed);
  HopCheck check(design, images, token);
  sim::pin::PinOptions options;
  options.hops = [&](const sim::Hop& hop, const sim::pin::Bits& data) { check.take(hop, data); };
  options.quiet_cycles = kQuiet;
  const sim::pin::PinResult pins =
      sim::pin::simulate_pin(design.program, design.chip, design.simulation, images, options);
  if (!check.wrong().empty()) return check.wrong();
  if (pins.deadlock != token.deadlock) return "only one level deadlocks";
  if (test::lines_after_first(pins.waiting) != token.waiting) {
    return "pins: " + pins.waiting + "\ntoken level:" + token.waiting;
  }
  if (pins.result_cycles != token.result_cycles) return "result cycles";
  return wrong_results(design, images, pins.results[0]);
}

struct Tally {
  int done = 0, deadlocked = 0;
  std::int64_t hops = 0;
};

using Draw = std::function<test::TimedDesign(test::Tape&)>;

/// `seed`: of the tokens that are sent.
void compare(const std::string& name, std::uint64_t seed, const Draw& draw, Tally& tally) {
  test::TokenTranscript token;
  test::LadderCase<test::SeededDesign> c;
  c.name = name;
  c.draw = [&](test::Tape& tape) { return std::optional(test::SeededDesign{seed, draw(tape)}); };
  c.difference = [&](const test::SeededDesign& design) {
    token = test::token_transcript(design.timed);
    return test::in_child([&] { return difference(design, token); });
  };
  c.write = test::write_timed_design;
  constexpr double kShrinkSeconds = 60;
  const std::optional<std::string> wrong = test::climb(c, kShrinkSeconds);
  INFO(*wrong);
  REQUIRE(wrong->empty());
  ++(token.deadlock ? tally.deadlocked : tally.done);
  tally.hops += static_cast<std::int64_t>(token.hops.size());
}

/// The same with one more stage that takes what the sink took: hardware sinks have one input.
test::TimedDesign traffic(std::uint64_t seed, test::Tape& tape) {
  test::TimedDesign design = test::random_traffic(seed, &tape);
  mapping::Program& program = design.program;
  const auto last = static_cast<int>(program.stages.size()) - 1;
  mapping::Stage& join = program.stages.back();
  mapping::Stage sink = join;
  join.name = "join";
  join.kind = mapping::StageKind::digital;
  join.output = static_cast<int>(program.streams.size());
  sink.inputs.assign(1, {});
  sink.inputs[0].stream = join.output;
  mapping::Stream stream;
  stream.name = join.name;
  stream.source = last;
  stream.destinations.push_back({.stage = last + 1, .port = 0, .capacity = 2});
  stream.tokens = join.firings;
  stream.token_bits = 8;
  program.stages.push_back(std::move(sink));
  program.streams.push_back(std::move(stream));
  return design;
}

void compare_many(const std::string& fabric, int usual) {
  Tally tally;
  const int designs = test::ladder_size(usual);
  for (int i = 1; i <= designs; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    const auto draw = [&](test::Tape& tape) {
      test::TimedDesign design = test::TimedDesignGenerator(seed, fabric, &tape).make();
      if (i % 4 == 0) design.chip.global_buffer.width_bits += i % 7;  // no whole bytes
      return design;
    };
    compare(fmt::format("pin_{}_seed{}", fabric, seed), seed, draw, tally);
  }
  std::printf("%s: %d designs equal in %lld hops, %d deadlocks\n", fabric.c_str(), tally.done,
              static_cast<long long>(tally.hops), tally.deadlocked);
  CHECK(tally.done > designs / 2);
  CHECK(tally.deadlocked > designs / 50);
}

}  // namespace

TEST_CASE("pin level equals token level: point to point", "[ladder]") {
  compare_many("point_to_point", 800);
}
TEST_CASE("pin level equals token level: bus", "[ladder]") {
  compare_many("bus", 400);
}
TEST_CASE("pin level equals token level: mesh", "[ladder]") {
  compare_many("mesh", 400);
}
/// Seeds of designs in which tokens that no window covers are stuck behind the last result.
TEST_CASE("pin level equals token level: results are done, tokens that nobody needs are not", "[ladder]") {
  Tally tally;
  for (const auto& [seed, fabric] :
       {std::pair(101358, "point_to_point"), std::pair(101368, "bus"), std::pair(101368, "mesh")}) {
    const auto design = [&, s = static_cast<std::uint64_t>(seed), f = std::string(fabric)](test::Tape& tape) {
      return test::TimedDesignGenerator(s, f, &tape).make();
    };
    compare(fmt::format("pin_unneeded_{}_seed{}", fabric, seed), 1, design, tally);
  }
  CHECK(tally.done == 3);
}
TEST_CASE("pin level equals token level: heavy traffic on a mesh", "[ladder]") {
  Tally tally;
  const int designs = test::ladder_size(60);
  for (int i = 1; i <= designs; ++i) {
    const auto seed = static_cast<std::uint64_t>(i);
    compare(
        fmt::format("pin_traffic_seed{}", seed), seed, [&](test::Tape& tape) { return traffic(seed, tape); }, tally);
  }
  CHECK(tally.done == designs);
}
/// Not among the tests that run: what a failing one wrote is run again.
TEST_CASE("pin level equals token level: a design from a file", "[.]") {
  const char* file = std::getenv("OHMIC_DESIGN");
  if (file == nullptr) FAIL("OHMIC_DESIGN names no file");
  const test::SeededDesign design = test::read_timed_design(file);
  const test::TokenTranscript token = test::token_transcript(design.timed);
  REQUIRE(test::in_child([&] { return difference(design, token); }) == "");
}

TEST_CASE("a waveform file has valid, ready and data of every stream", "[ladder]") {
  const test::TemporaryFolder folder;
  const std::string file = (folder.path() / "chip.vcd").string();
  test::ProgramBuilder builder(test::chip());
  const int in = builder.source(3);
  const int stage = builder.stage("conv 1.t0", 3);
  builder.connect(in, stage, 2, {}, 12);
  builder.connect(stage, builder.sink(3), 2, {}, 80);
  const test::TimedDesign design = test::design_of(test::chip(), builder.program());
  const std::vector<sim::pin::PinImage> images = test::random_images(design, 1);
  REQUIRE(test::in_child([&] {
            sim::pin::PinOptions options;
            options.vcd = file;
            (void)sim::pin::simulate_pin(design.program, design.chip, design.simulation, images, options);
            return std::string();
          }) == "");
  const std::string text = read_text_file(file);
  CHECK(text.find("$scope module conv_1_t0 $end") != std::string::npos);
  for (const std::string name : {"valid", "ready", "data [79:0]"}) {
    INFO(name);
    CHECK(text.find(" " + name) != std::string::npos);
  }
  // Every token is seen: the digest of the last one stands in the file.
  test::ExpectedTokens expected(design.program, images[0]);
  std::string binary = "b";
  for (int bit = 79; bit >= 0; --bit) binary += expected.token(1, 2).get(bit, 1) != 0 ? '1' : '0';
  CHECK(text.find(binary.erase(1, binary.find('1') - 1)) != std::string::npos);
}

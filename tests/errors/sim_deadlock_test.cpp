// SPDX-License-Identifier: Apache-2.0
// What the watchdog says, verbatim, and the other refusals of the time level.
#include <catch2/catch.hpp>

#include "base/config_reader.hpp"
#include "tests/support/traces.hpp"

namespace {

using namespace ohmic;
using test::ProgramBuilder;

template <class Error>
std::string message(const test::TimedDesign& design) {
  try {
    (void)sim::simulate_bare(design.program, design.chip, design.simulation);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// A branch through a 3 × 3 window beside a direct one, both added: the direct one must hold what the window holds
/// back.
test::TimedDesign residual(int direct_room, int window_room) {
  const workloads::Shape image{1, 4, 4};
  workloads::Window window;
  window.kernel_h = window.kernel_w = 3;
  window.pad_top = window.pad_left = window.pad_bottom = window.pad_right = 1;
  const models::ArchitectureSpec chip = test::chip();
  ProgramBuilder builder(chip);
  const int in = builder.source(16);
  const int split = builder.stage("split", 16);
  const int conv = builder.stage("conv", 16);
  const int add = builder.stage("add", 16);
  const int out = builder.sink(16);
  builder.connect(in, split, 1);
  builder.connect(split, conv, window_room, ProgramBuilder::windowed(image, window));
  builder.connect(split, add, direct_room);
  builder.connect(conv, add, 1);
  builder.connect(add, out, 1);
  return test::design_of(chip, builder.program());
}

// The first window of 4 × 4 pixels needs 6 tokens; one in the middle spans 2 rows and 3 pixels.
constexpr int kWindowMinimum = 11;
constexpr int kDirectMinimum = 6;

}  // namespace

TEST_CASE("with the minimum of room it runs, with one token less the watchdog says why: reconvergence", "[errors]") {
  CHECK(message<sim::Deadlock>(residual(kDirectMinimum, kWindowMinimum)).empty());
  CHECK(message<sim::Deadlock>(residual(kDirectMinimum - 1, kWindowMinimum)) ==
        "deadlock in cycle 31: 0 of 1 images are done and no stage can go on\n"
        "in.out waits for room in 'split' port 0 (capacity 1, all taken)\n"
        "split.out waits for room in 'add' port 0 (capacity 5, all taken)\n"
        "conv waits for 1 more token of stream 'split' (has 5 of 6)\n"
        "add waits for 1 more token of stream 'conv' (has 0 of 1)\n"
        "out waits for 1 more token of stream 'add' (has 0 of 1)\n"
        "circle of waiting: split -> add -> conv -> split");
}

TEST_CASE("with the minimum of room it runs, with one token less the watchdog says why: line buffer", "[errors]") {
  CHECK(message<sim::Deadlock>(residual(16, kWindowMinimum)).empty());
  CHECK(message<sim::Deadlock>(residual(16, kWindowMinimum - 1)) ==
        "deadlock in cycle 51: 0 of 1 images are done and no stage can go on\n"
        "in.out waits for room in 'split' port 0 (capacity 1, all taken)\n"
        "split.out waits for room in 'conv' port 0 (capacity 10, all taken)\n"
        "conv waits for 1 more token of stream 'split' (has 10 of 11)\n"
        "add waits for 1 more token of stream 'conv' (has 5 of 6)\n"
        "out waits for 1 more token of stream 'add' (has 5 of 6)\n"
        "circle of waiting: split -> conv -> split");
}

TEST_CASE("the watchdog counts images in flight", "[errors]") {
  test::TimedDesign design = residual(kDirectMinimum - 1, kWindowMinimum);
  design.simulation.images = design.simulation.max_images = 2;
  design.simulation.images_in_flight = 1;
  CHECK_THAT(message<sim::Deadlock>(design), Catch::Contains("0 of 2 images are done"));
}

TEST_CASE("an image that does not fit into the global buffer is refused", "[errors]") {
  test::TimedDesign design = residual(kDirectMinimum, kWindowMinimum);
  design.chip.global_buffer.size = DataSize(31 * 8);
  CHECK(message<RuleError>(design) == "one image and its result take 32 bytes, the global buffer holds 31");
  design.chip.global_buffer.size = DataSize(32 * 8);
  CHECK(message<RuleError>(design).empty());
}

TEST_CASE("max_images below images is refused", "[errors]") {
  test::TimedDesign design = residual(kDirectMinimum, kWindowMinimum);
  design.simulation.images = 5;
  design.simulation.max_images = 4;
  CHECK(message<RuleError>(design) == "must be at least simulation.images (5), not 4");
}

TEST_CASE("a program that breaks its contract is our own fault", "[errors]") {
  const auto broken = [](const std::function<void(mapping::Program&)>& change) {
    test::TimedDesign design = residual(kDirectMinimum, kWindowMinimum);
    change(design.program);
    return message<std::logic_error>(design);
  };
  CHECK(broken([](auto&) {}).empty());
  CHECK(broken([](auto& p) { p.stages[1].interval = 0; }) ==
        "program: split: interval and latency are at least one cycle");
  CHECK(broken([](auto& p) { p.stages[1].tile = 9; }) == "program: split: stands in no tile");
  CHECK(broken([](auto& p) { p.stages[2].firings = 15; }) ==
        "program: conv: every firing gives one token of its output");
  CHECK(broken([](auto& p) { p.stages[2].inputs[0].stream = 7; }) == "program: conv: an input names no stream");
  CHECK(broken([](auto& p) { p.streams[1].destinations[0].capacity = 0; }) ==
        "program: split: a destination has no room for a token");
  CHECK(broken([](auto& p) { p.streams[1].destinations.pop_back(); }) ==
        "program: add: an input is no destination of its stream");
  CHECK(broken([](auto& p) { p.stages[0].kind = mapping::StageKind::digital; }) == "program: : has no source");
}

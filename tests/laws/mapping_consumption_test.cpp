// SPDX-License-Identifier: Apache-2.0
// Needs and releases of a port against the tokens that its windows touch, enumerated tap by tap.
#include <algorithm>
#include <catch2/catch.hpp>

#include "mapping/program.hpp"
#include "tests/support/random.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::mapping;
using test::Random;
using workloads::Shape;
using workloads::Window;

std::vector<std::int64_t> tokens_under(const InputPort& port, std::int64_t output) {
  const Window& w = port.window;
  const int oy = static_cast<int>(output) / port.out_shape.width;
  const int ox = static_cast<int>(output) % port.out_shape.width;
  std::vector<std::int64_t> tokens;
  for (int ky = 0; ky < w.kernel_h; ++ky) {
    for (int kx = 0; kx < w.kernel_w; ++kx) {
      const int y = oy * w.stride_h - w.pad_top + ky * w.dilation_h;
      const int x = ox * w.stride_w - w.pad_left + kx * w.dilation_w;
      const bool inside = y >= 0 && y < port.in_shape.height && x >= 0 && x < port.in_shape.width;
      if (inside) tokens.push_back(std::int64_t{1} * y * port.in_shape.width + x);
    }
  }
  return tokens;
}

void require_brute_force(const Stage& stage, const InputPort& port, std::int64_t tokens_per_image,
                         const std::vector<std::vector<std::int64_t>>& touched) {
  const Consumption result = consumption(stage, port, tokens_per_image);
  REQUIRE(result.need.size() == touched.size());
  REQUIRE(result.release.size() == touched.size());
  for (std::size_t f = 0; f < touched.size(); ++f) {
    std::int64_t need = 0;
    std::int64_t release = tokens_per_image;
    for (std::size_t g = 0; g < touched.size(); ++g) {
      for (const std::int64_t token : touched[g]) {
        if (g <= f) need = std::max(need, token + 1);
        if (g > f) release = std::min(release, token);
      }
    }
    REQUIRE(result.need[f] == need);
    REQUIRE(result.release[f] == release);
  }
  REQUIRE(result.release.back() == tokens_per_image);
}

TEST_CASE("a windowed port needs and releases what its windows touch") {
  int cases = 0;
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    InputPort port;
    port.windowed = true;
    port.in_shape = {1, random.between(1, 8), random.between(1, 8)};
    Window& w = port.window;
    w = {random.between(1, 4), random.between(1, 4), random.between(1, 5), random.between(1, 5), random.between(0, 5),
         random.between(0, 5), random.between(0, 5), random.between(0, 5), random.between(1, 3), random.between(1, 3)};
    port.out_shape = w.output_shape(port.in_shape);
    if (port.out_shape.height <= 0 || port.out_shape.width <= 0) continue;
    port.period = random.between(1, std::min(4, port.out_shape.pixels()));
    port.phase = random.between(0, port.period - 1);
    Stage stage;
    std::vector<std::vector<std::int64_t>> touched;
    for (int output = port.phase; output < port.out_shape.pixels(); output += port.period) {
      touched.push_back(tokens_under(port, output));
    }
    stage.firings = static_cast<std::int64_t>(touched.size());
    require_brute_force(stage, port, port.in_shape.pixels(), touched);
    ++cases;
  }
  CHECK(cases > 1500);
}

TEST_CASE("a port of a combine stage takes part in every period-th firing") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    InputPort port;
    port.period = random.between(1, 5);
    port.phase = random.between(0, port.period - 1);
    Stage stage;
    stage.firings = random.between(port.phase + 1, 30);
    std::vector<std::vector<std::int64_t>> touched(static_cast<std::size_t>(stage.firings));
    std::int64_t tokens = 0;
    for (std::int64_t f = port.phase; f < stage.firings; f += port.period)
      touched[static_cast<std::size_t>(f)] = {tokens++};
    require_brute_force(stage, port, tokens, touched);
  }
}

TEST_CASE("a port that needs more than its stream has is a fault of ours") {
  Stage stage;
  stage.firings = 3;
  CHECK_THROWS_AS(consumption(stage, InputPort{}, 2), std::logic_error);
}

}  // namespace

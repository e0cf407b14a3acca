// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <numeric>

#include "mapping/mapper.hpp"
#include "tests/support/random.hpp"

namespace {

using namespace ohmic;
using namespace ohmic::mapping;
using test::Random;

LayerMapping layer_of(int arrays, int pixels, Cycle interval) {
  LayerMapping layer;
  layer.row_blocks = arrays;
  layer.column_blocks = 1;
  layer.pixels = pixels;
  layer.timing.interval = interval;
  return layer;
}

/// Numerator and denominator of the largest W / r.
std::pair<std::int64_t, std::int64_t> slowest(const std::vector<LayerMapping>& layers,
                                              const std::vector<int>& replicas) {
  std::pair<std::int64_t, std::int64_t> largest{0, 1};
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const std::int64_t work = layers[l].pixels * layers[l].timing.interval;
    if (work * largest.second > largest.first * replicas[l]) largest = {work, replicas[l]};
  }
  return largest;
}

std::int64_t arrays_of(const std::vector<LayerMapping>& layers, const std::vector<int>& replicas) {
  std::int64_t sum = 0;
  for (std::size_t l = 0; l < layers.size(); ++l) sum += layers[l].arrays_per_replica() * replicas[l];
  return sum;
}

TEST_CASE("balanced: no choice of replicas within the budget is faster") {
  const auto balanced = Registry<Strategy>::instance().create("balanced");
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    INFO("seed " << seed);
    Random random(seed);
    std::vector<LayerMapping> layers;
    for (int l = random.between(1, 4); l > 0; --l) {
      layers.push_back(layer_of(random.between(1, 3), random.between(1, 9), random.between(1, 20)));
    }
    const std::vector<int> ones(layers.size(), 1);
    const int budget = static_cast<int>(arrays_of(layers, ones)) + random.between(0, 15);
    const std::vector<int> chosen = balanced->replicas(layers, budget);
    REQUIRE(arrays_of(layers, chosen) <= budget);
    const auto best = slowest(layers, chosen);
    // Every other choice, counted up like the digits of a number.
    std::vector<int> other = ones;
    while (true) {
      std::size_t l = 0;
      while (l < layers.size() && ++other[l] > layers[l].pixels) other[l++] = 1;
      if (l == layers.size()) break;
      if (arrays_of(layers, other) > budget) continue;
      const auto theirs = slowest(layers, other);
      REQUIRE(theirs.first * best.second >= best.first * theirs.second);
      // Nor does one as fast take fewer arrays.
      if (theirs.first * best.second == best.first * theirs.second) {
        REQUIRE(arrays_of(layers, other) >= arrays_of(layers, chosen));
      }
    }
    for (std::size_t l = 0; l < layers.size(); ++l) REQUIRE(chosen[l] <= layers[l].pixels);
  }
}

TEST_CASE("balanced gives the layers before a stride their share") {
  const auto balanced = Registry<Strategy>::instance().create("balanced");
  CHECK(balanced->replicas({layer_of(1, 64, 10), layer_of(1, 16, 10), layer_of(2, 1, 10)}, 7) ==
        std::vector<int>{4, 1, 1});
}

TEST_CASE("single keeps one copy") {
  const auto single = Registry<Strategy>::instance().create("single");
  CHECK(single->replicas({layer_of(1, 64, 10), layer_of(1, 16, 10)}, 100) == std::vector<int>{1, 1});
}

}  // namespace

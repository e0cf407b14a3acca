// SPDX-License-Identifier: Apache-2.0
// Replication under a budget of arrays: the smallest time per image of the slowest layer.
#include <vector>

#include "mapping/mapper.hpp"

namespace ohmic::mapping {

namespace {

/// A layer alone needs W / r cycles for an image. From one copy each, the slowest layers get one more copy as long as
/// the budget allows: this visits every T that a choice of replicas can have, from the largest down, with the fewest
/// replicas that reach it, so that the last one visited is the smallest T.
class Balanced : public Strategy {
 public:
  [[nodiscard]] std::vector<int> replicas(const std::vector<LayerMapping>& layers, int budget) const override {
    std::vector<int> best(layers.size(), 1);
    while (true) {
      std::vector<int> next = best;
      for (const std::size_t l : slowest(layers, best)) {
        if (++next[l] > layers[l].pixels) return best;
      }
      if (arrays(layers, next) > budget) return best;
      best = std::move(next);
    }
  }

 private:
  static std::int64_t work(const LayerMapping& layer) { return layer.pixels * layer.timing.interval; }

  static std::int64_t arrays(const std::vector<LayerMapping>& layers, const std::vector<int>& replicas) {
    std::int64_t sum = 0;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      sum += std::int64_t{1} * layers[l].arrays_per_replica() * replicas[l];
    }
    return sum;
  }

  /// Layers with the largest W / r; fractions are compared by cross-multiplication.
  static std::vector<std::size_t> slowest(const std::vector<LayerMapping>& layers, const std::vector<int>& replicas) {
    std::vector<std::size_t> all;
    for (std::size_t l = 0; l < layers.size(); ++l) {
      if (!all.empty()) {
        const std::size_t first = all.front();
        const std::int64_t here = work(layers[l]) * replicas[first];
        const std::int64_t there = work(layers[first]) * replicas[l];
        if (here < there) continue;
        if (here > there) all.clear();
      }
      all.push_back(l);
    }
    return all;
  }
};

const Registration<Strategy, Balanced> kBalanced{"balanced"};

}  // namespace

}  // namespace ohmic::mapping

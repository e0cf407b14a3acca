// SPDX-License-Identifier: Apache-2.0
#include "mapping/mapper.hpp"

namespace ohmic::mapping {

namespace {

class Single : public Strategy {
 public:
  [[nodiscard]] std::vector<int> replicas(const std::vector<LayerMapping>& layers, int /*budget*/) const override {
    return std::vector(layers.size(), 1);
  }
};

const Registration<Strategy, Single> kSingle{"single"};

}  // namespace

}  // namespace ohmic::mapping

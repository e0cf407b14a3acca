// SPDX-License-Identifier: Apache-2.0
// What resistive devices have in common.
#pragma once

#include "models/device.hpp"

namespace ohmic::models {

class ResistiveDevice : public Device {
 public:
  void fields(Fields& f) override {
    f.key("g_max", g_max_, {.doc = "conductance of the highest level, which wires need", .min = 0, .max = 1});
    f.key("levels", levels_, {.doc = "levels that can be told apart", .min = 2, .max = kMostLevels});
  }
  [[nodiscard]] Conductance g_max() const override { return g_max_; }
  [[nodiscard]] int most_levels() const override { return levels_; }

 protected:
  explicit ResistiveDevice(Conductance g_max = {}) : g_max_(g_max) {}

 private:
  Conductance g_max_;
  int levels_ = kMostLevels;
};

}  // namespace ohmic::models

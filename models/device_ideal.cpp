// SPDX-License-Identifier: Apache-2.0
// A cell that holds exactly what was written.
#include "models/device.hpp"

namespace ohmic::models {
namespace {

class IdealDevice : public Device {
 public:
  void fields(Fields& /*f*/) override {}
  [[nodiscard]] double programming_sigma(double /*x*/) const override { return 0; }
  [[nodiscard]] double read_sigma(double /*x*/) const override { return 0; }
  [[nodiscard]] bool has_programming_error() const override { return false; }
  [[nodiscard]] bool has_read_noise() const override { return false; }
};

const Registration<Device, IdealDevice> kIdeal{"ideal"};

}  // namespace
}  // namespace ohmic::models

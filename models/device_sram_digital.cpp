// SPDX-License-Identifier: Apache-2.0
// A static cell that is read as a bit: nothing is lost.
#include "models/device.hpp"

namespace ohmic::models {
namespace {

class DigitalSram : public Device {
 public:
  void fields(Fields& /*f*/) override {}
  [[nodiscard]] int most_levels() const override { return 2; }
};

const Registration<Device, DigitalSram> kDigital{"sram_digital"};

}  // namespace
}  // namespace ohmic::models

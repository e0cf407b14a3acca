// SPDX-License-Identifier: Apache-2.0
// A cell that holds exactly what was written.
#include "models/device_resistive.hpp"

namespace ohmic::models {
namespace {

class IdealDevice : public ResistiveDevice {};

const Registration<Device, IdealDevice> kIdeal{"ideal"};

}  // namespace
}  // namespace ohmic::models

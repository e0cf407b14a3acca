// SPDX-License-Identifier: Apache-2.0
// A converter without errors of its own.
#include "models/adc.hpp"

namespace ohmic::models {
namespace {

class IdealAdc : public Adc {};

const Registration<Adc, IdealAdc> kIdeal{"ideal"};

}  // namespace
}  // namespace ohmic::models

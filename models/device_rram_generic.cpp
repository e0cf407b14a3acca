// SPDX-License-Identifier: Apache-2.0
// Generic resistive cell with Gaussian errors, the two forms used throughout the literature (CrossSim's generic
// device; NeuroSim's multiplicative g·(1 + N(0, σ))): independent of the state, or proportional to it.
#include "models/device_resistive.hpp"

namespace ohmic::models {
namespace {

enum class ErrorScaling { independent, proportional };
EnumNames enum_names(ErrorScaling /*e*/) {
  return {{"independent", 0}, {"proportional", 1}};
}

class GenericRram : public ResistiveDevice {
 public:
  void fields(Fields& f) override {
    f.key("programming_error", programming_error_,
          {.doc = "σ after programming, as a fraction (see error_scaling)", .min = 0, .max = 1});
    f.key("read_noise", read_noise_,
          {.doc = "σ of one read of one cell, as a fraction (see error_scaling)", .min = 0, .max = 1});
    f.key("error_scaling", error_scaling_, {.doc = "fractions of g_max, or of the cell's own conductance"});
    ResistiveDevice::fields(f);
  }
  [[nodiscard]] double programming_sigma(double y, Duration /*t*/) const override {
    return programming_error_ * scale(y);
  }
  [[nodiscard]] double read_sigma(double y) const override { return read_noise_ * scale(y); }

 private:
  [[nodiscard]] double scale(double y) const { return error_scaling_ == ErrorScaling::proportional ? y : 1.0; }

  double programming_error_ = 0;
  double read_noise_ = 0;
  ErrorScaling error_scaling_ = ErrorScaling::independent;
};

const Registration<Device, GenericRram> kGeneric{"rram_generic"};

}  // namespace
}  // namespace ohmic::models

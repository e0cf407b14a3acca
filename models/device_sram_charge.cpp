// SPDX-License-Identifier: Apache-2.0
// A static cell that switches a capacitor: the column's capacitors share their charge.
#include "models/device.hpp"

namespace ohmic::models {
namespace {

enum class Reference { scaled, supply };
EnumNames enum_names(Reference /*e*/) {
  return {{"scaled", 0}, {"supply", 1}};
}

class ChargeSram : public Device {
 public:
  void fields(Fields& f) override {
    f.key("capacitance", charge_.capacitance,
          {.doc = "of one cell", .required = true, .min = 1e-18, .max = 1e-9, .positive = true});
    f.key("mismatch_at_1ff", charge_.mismatch_at_1ff,
          {.doc = "standard deviation of a capacitor of 1 fF, as a fraction", .min = 0, .max = 0.2});
    f.key("parasitic_per_cell", charge_.parasitic_per_cell,
          {.doc = "capacitance of the column line per cell, as a fraction of a cell's", .min = 0, .max = 100});
    f.key("parasitic_fixed", charge_.parasitic_fixed,
          {.doc = "capacitance of the column line beside that", .min = 0, .max = 1e-9});
    f.key("supply", charge_.supply, {.doc = "voltage of a driven row", .required = true, .min = 0.01, .max = 100});
    f.key("reference", reference_,
          {.doc = "full scale of the converters: scaled to the column's nominal gain, or the supply"});
    charge_.is_reference_scaled = reference_ == Reference::scaled;
  }
  [[nodiscard]] int most_levels() const override { return 2; }
  [[nodiscard]] std::optional<ChargeDomain> charge() const override { return charge_; }

 private:
  ChargeDomain charge_;
  Reference reference_ = Reference::scaled;
};

const Registration<Device, ChargeSram> kCharge{"sram_charge"};

}  // namespace
}  // namespace ohmic::models

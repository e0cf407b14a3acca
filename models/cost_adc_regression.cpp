// SPDX-License-Identifier: Apache-2.0
// Energy and area of a converter from its bits, rate and technology: the regression of Andrulis et al.,
// arXiv 2404.06553 (Accelergy ADC plug-in, fit on 215 converters of the Murmann survey). Valid from 4 bits; below,
// the value at 4 bits is taken. Nominal bits stand for the effective number of bits.
#include <algorithm>
#include <cmath>

#include "base/checked.hpp"
#include "base/config_reader.hpp"
#include "models/architecture.hpp"

namespace ohmic::models {
namespace {

constexpr double kFewestBits = 4;
constexpr double kLeakageShare = 0.2;  // of active power, as the successor of the plug-in adds

/// pJ per conversion.
double energy_pj(double bits, double rate_hz, double technology_nm) {
  const double sndr = 20 * std::log10(2.0) * bits + 10 * std::log10(1.5);
  const double fom = std::min(213.7807 - 2.871903 * std::log(rate_hz), 128.306829 + 3.2205114 * std::ceil(bits));
  const double base = 1 / (2 * std::pow(10.0, (fom - sndr) / 10));
  return base * std::exp(26.0496216 + 1.8800369 * std::log(technology_nm) - 2.8291256 * std::log(bits) - 1.4702022);
}

double area_um2(double energy, double rate_hz, double technology_nm) {
  return std::exp(1.3461916 + 0.9932795 * std::log(technology_nm) + 0.1807154 * std::log(rate_hz) +
                  0.2991243 * std::log(energy));
}

class AdcRegression : public CostModel {
 public:
  [[nodiscard]] Price price(const CostSpec& spec, const ArchitectureSpec& a, const std::string& path) const override {
    if (!(a.technology.value() > 0)) {
      throw RuleError("architecture.technology",
                      "is missing: the cost model adc_regression scales with the feature size");
    }
    if (spec.active_power)
      throw RuleError(path, "the model adc_regression computes the energy: leave 'active_power' out");
    const double bits = std::max(kFewestBits, static_cast<double>(a.array.adc->bits));
    const auto rate = static_cast<double>(a.array.adc->rate.value());
    const double technology_nm = a.technology.value() * 1e9;
    const double energy = energy_pj(bits, rate, technology_nm);
    Price price;
    price.energy_per_action = spec.energy.value_or(Energy(checked_round(energy * 1e6, path)));
    price.leakage = Power(spec.leakage.value() + checked_round(kLeakageShare * energy * rate, path));  // pJ/s = pW
    price.area = spec.area.value_or(Area(checked_round(area_um2(energy, rate, technology_nm) * 1e6, path)));
    price.peak_rate = spec.peak_rate.value_or(a.array.adc->rate);
    return price;
  }
};

const Registration<CostModel, AdcRegression> kAdcRegression{"adc_regression"};

}  // namespace
}  // namespace ohmic::models

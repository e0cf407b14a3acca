// SPDX-License-Identifier: Apache-2.0
// RRAM of the NeuRRAM chip: Wan et al., Nature 608 (2022), extended data figure 3d, in the fits of aihwkit's
// ReRamWan2022NoiseModel: deviation from the target 1 s, 1 day and 2 days after write-and-verify.
#include <algorithm>
#include <cmath>

#include "models/device_resistive.hpp"
#include "models/polynomial.hpp"

namespace ohmic::models {
namespace {

constexpr double kReference = 40;  // µS: g_max of the fits
constexpr double kDay = 86400;

struct Fit {
  double seconds;
  std::array<double, 5> sigma;  // µS, ascending powers of y
};
constexpr std::array<Fit, 3> kFits{{{1, {0.348, 16.030, -43.853, 45.393, -16.815}},
                                    {kDay, {0.701, 22.086, -50.773, 47.095, -16.458}},
                                    {2 * kDay, {0.782, 20.274, -43.507, 37.062, -11.934}}}};

double sigma_of(const Fit& fit, double y) {
  return std::max(polynomial(fit.sigma, y), 0.0) / kReference;
}

class WanRram : public ResistiveDevice {
 public:
  WanRram() : ResistiveDevice(Conductance(40e-6)) {}
  void fields(Fields& f) override {
    f.key("read_noise", read_noise_, {.doc = "σ of one read of one cell, as a fraction of g_max", .min = 0, .max = 1});
    ResistiveDevice::fields(f);
  }
  [[nodiscard]] DataTimes data_times() const override {
    DataTimes times;
    for (const Fit& fit : kFits) times.points.emplace_back(fit.seconds);
    return times;
  }
  [[nodiscard]] bool is_verified() const override { return true; }
  [[nodiscard]] double read_sigma(double /*y*/) const override { return read_noise_; }

  /// Between the times of the fits linear in ln t, outside of them as at the nearest.
  [[nodiscard]] double programming_sigma(double y, Duration t) const override {
    const double seconds = t.value();
    if (seconds <= kFits.front().seconds) return sigma_of(kFits.front(), y);
    for (std::size_t i = 1; i < kFits.size(); ++i) {
      if (seconds > kFits[i].seconds) continue;
      const double part = std::log(seconds / kFits[i - 1].seconds) / std::log(kFits[i].seconds / kFits[i - 1].seconds);
      return (1 - part) * sigma_of(kFits[i - 1], y) + part * sigma_of(kFits[i], y);
    }
    return sigma_of(kFits.back(), y);
  }

 private:
  double read_noise_ = 0;
};

const Registration<Device, WanRram> kWan{"rram_wan2022"};

}  // namespace
}  // namespace ohmic::models

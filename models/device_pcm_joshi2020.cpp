// SPDX-License-Identifier: Apache-2.0
// Phase-change memory: the statistical model of one million devices by Nandakumar et al., ICECS 2019, and Joshi et al.,
// Nature Communications 11, 2473 (2020), as in aihwkit's PCMLikeNoiseModel.
#include <algorithm>
#include <cmath>

#include "models/device_resistive.hpp"
#include "models/polynomial.hpp"

namespace ohmic::models {
namespace {

constexpr double kReference = 25;                                        // µS: g_max of the fits
constexpr std::array<double, 3> kProgramming{0.26348, 1.9650, -1.1731};  // µS, ascending powers of y
constexpr double kFirstRead = 20;                                        // s after the last pulse
constexpr double kLastRead = 86400;                                      // s: accuracy was measured over one day
constexpr double kReadTime = 250e-9;                                     // s: width of a read pulse
constexpr double kSmallestState = 1e-7;                                  // where the logarithms are clipped anyway

class JoshiPcm : public ResistiveDevice {
 public:
  JoshiPcm() : ResistiveDevice(Conductance(25e-6)) {}
  [[nodiscard]] DataTimes data_times() const override { return {{Duration(kFirstRead), Duration(kLastRead)}, true}; }
  [[nodiscard]] bool is_verified() const override { return true; }
  [[nodiscard]] double programming_sigma(double y, Duration /*t*/) const override {
    return std::max(polynomial(kProgramming, y), 0.0) / kReference;
  }
  [[nodiscard]] DriftLaw drift(double y) const override {
    const double log_y = std::log(std::max(y, kSmallestState));
    return {std::clamp(-0.0155 * log_y + 0.0244, 0.049, 0.1), std::clamp(-0.0125 * log_y - 0.0059, 0.008, 0.045)};
  }
  [[nodiscard]] Duration drift_start() const override { return Duration(kFirstRead); }
  /// Noise of the spectrum Q² / f, integrated since the last pulse.
  [[nodiscard]] double slow_sigma(double y, Duration t) const override {
    const double q = std::min(0.0088 / std::pow(std::max(y, kSmallestState), 0.65), 0.2);
    const double since_pulse = t.value() + kFirstRead;
    return q * std::sqrt(std::log((since_pulse + kReadTime) / (2 * kReadTime)));
  }
};

const Registration<Device, JoshiPcm> kJoshi{"pcm_joshi2020"};

}  // namespace
}  // namespace ohmic::models

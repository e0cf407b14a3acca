// SPDX-License-Identifier: Apache-2.0
// A charge-redistribution converter with mismatched capacitors, offset, gain error, a bow and noise (docs/circuits.md).
// Mismatch as in CrossSim's circuits/adc/sar_adc.py (Spear et al., IEEE JxCDC 2023): C_k = 2^k + N(0, σ) · 2^(k/2), but
// every converter draws its own, and its capacitors share charge with a terminating one (no feedback amplifier).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/config_reader.hpp"
#include "models/adc.hpp"

namespace ohmic::models {
namespace {

enum class BowSign { random, fixed };
EnumNames enum_names(BowSign /*e*/) {
  return {{"random", 0}, {"fixed", 1}};
}

enum Deviate { offset_deviate, gain_deviate, sign_deviate, termination_deviate, first_capacitor_deviate };

class SarAdc : public Adc {
 public:
  void fields(Fields& f) override {
    Adc::fields(f);
    f.key("offset_lsb", offset_lsb_, {.doc = "σ over converters of the offset, LSB", .min = 0, .max = 65536});
    f.key("gain_error", gain_error_, {.doc = "σ over converters of the gain, fraction of 1", .min = 0, .max = 0.1});
    f.key("inl_lsb", inl_lsb_, {.doc = "peak of the bow of the transitions, LSB", .min = -65536, .max = 65536});
    f.key("inl_sign", inl_sign_, {.doc = "sign of the bow: random per converter, or as inl_lsb says"});
    f.key("capacitor_mismatch", capacitor_mismatch_,
          {.doc = "σ of a unit capacitor, fraction of its capacitance", .min = 0, .max = 0.1});
    f.key("noise_lsb", noise_lsb_, {.doc = "input-referred noise, LSB rms", .min = 0, .max = 65536});
  }

  void validate() const override {
    // The bow's slope at its ends is 4 · inl / (2^bits − 2) LSB an LSB.
    const double limit = (std::ldexp(1.0, bits) - 2) / 4;
    if (inl_lsb_ != 0 && std::abs(inl_lsb_) >= limit) {
      throw RuleError("architecture.array.adc.inl_lsb",
                      fmt::format("a bow of {} LSB would fold the codes of a converter of {} bits: its magnitude must "
                                  "be below {}",
                                  inl_lsb_, bits, limit));
    }
  }

  [[nodiscard]] bool has_errors() const override {
    return offset_lsb_ > 0 || gain_error_ > 0 || inl_lsb_ != 0 || capacitor_mismatch_ > 0;
  }
  [[nodiscard]] double noise_lsb() const override { return noise_lsb_; }

  [[nodiscard]] ConverterErrors draw(const Deviates& deviates) const override {
    ConverterErrors errors;
    errors.offset = offset_lsb_ * deviates(offset_deviate);
    errors.gain = gain_error_ * deviates(gain_deviate);
    errors.late.assign((std::size_t{1} << bits) - 1, 0.0);
    if (capacitor_mismatch_ > 0) add_mismatch(deviates, errors.late);
    const double sign = inl_sign_ == BowSign::random && deviates(sign_deviate) < 0 ? -1 : 1;
    if (inl_lsb_ != 0) add_bow(sign * inl_lsb_, errors.late);
    // A bow may fall where mismatch leaves no distance between two transitions.
    for (std::size_t k = 1; k < errors.late.size(); ++k) {
      errors.late[k] = std::max(errors.late[k], errors.late[k - 1] - 1);
    }
    return errors;
  }

 private:
  void add_mismatch(const Deviates& deviates, std::vector<double>& late) const;
  static void add_bow(double peak, std::vector<double>& late);

  double offset_lsb_ = 0;
  double gain_error_ = 0;
  double inl_lsb_ = 0;
  BowSign inl_sign_ = BowSign::random;
  double capacitor_mismatch_ = 0;
  double noise_lsb_ = 0;
};

void SarAdc::add_mismatch(const Deviates& deviates, std::vector<double>& late) const {
  double total = 1 + capacitor_mismatch_ * deviates(termination_deviate);
  std::vector<double> capacitors;
  for (int k = 0; k < bits; ++k) {
    const double nominal = std::ldexp(1.0, k);
    const double z = deviates(first_capacitor_deviate + k);
    capacitors.push_back(nominal + capacitor_mismatch_ * std::sqrt(nominal) * z);
    total += capacitors.back();
  }
  const std::size_t codes = std::size_t{1} << bits;
  // Level that the input is compared with when `code` is tried, LSB.
  std::vector<double> level(codes, 0.0);
  for (std::size_t code = 0; code < codes; ++code) {
    double sum = 0;
    for (int k = 0; k < bits; ++k) sum += (code >> k & 1) != 0 ? capacitors[static_cast<std::size_t>(k)] : 0.0;
    level[code] = sum * (static_cast<double>(codes) / total) - 0.5;
  }
  // From which input on is the result at least `code`? From level[code] on if the search comes to try it. It leaves the
  // way to it where a bit that `code` has is refused (the result is smaller) or one that it has not is kept (larger).
  for (std::size_t code = 1; code < codes; ++code) {
    double transition = level[code];
    const std::size_t lowest = code & (~code + 1);
    for (std::size_t bit = lowest << 1; bit < codes; bit <<= 1) {
      const std::size_t above = code & ~(bit - 1);
      transition = (code & bit) != 0 ? std::max(transition, level[above]) : std::min(transition, level[above | bit]);
    }
    late[code - 1] += transition - (static_cast<double>(code) - 0.5);
  }
}

void SarAdc::add_bow(double peak, std::vector<double>& late) {
  const auto last = static_cast<double>(late.size() - 1);
  for (std::size_t k = 0; k < late.size(); ++k) {
    const double u = static_cast<double>(k) / last;
    late[k] += peak * 4 * u * (1 - u);
  }
}

const Registration<Adc, SarAdc> kSar{"sar"};

}  // namespace
}  // namespace ohmic::models

// SPDX-License-Identifier: Apache-2.0
// What can make the arrays of a chip compute something else than the integer reference. Attribution switches causes
// one by one; everything that models one asks here whether it is to act.
#pragma once

#include <cstdint>

#include "base/fields.hpp"
#include "models/architecture.hpp"

namespace ohmic::values {

/// The numbers are part of results and their order is that of reports: append, never renumber.
enum class Cause {
  programming_error,  // what writing leaves, relaxation included
  drift,              // of the conductance since the last write
  slow_noise,         // 1/f noise: frozen during one evaluation
  read_noise,         // white noise of cells, at every conversion
  stuck_cells,
  off_current,  // finite on/off ratio, as far as it is not corrected
  temperature,
  mismatch,       // of capacitors in charge-domain cells, and their parasitics
  wires,          // IR drop
  dac_error,      // levels of row drivers
  adc_error,      // offset, gain, nonlinearity, mismatch of converters
  adc_noise,      // thermal noise of converters and kT/C
  adc_resolution  // rounding and clipping
};
constexpr int kCauses = 13;
EnumNames enum_names(Cause);

/// A set of causes; all of them by default.
class Causes {
 public:
  constexpr Causes() = default;
  [[nodiscard]] static constexpr Causes none() { return Causes(0); }
  [[nodiscard]] constexpr bool has(Cause cause) const { return (bits_ & bit(cause)) != 0; }
  [[nodiscard]] constexpr Causes with(Cause cause) const { return Causes(bits_ | bit(cause)); }
  [[nodiscard]] constexpr Causes without(Cause cause) const { return Causes(bits_ & ~bit(cause)); }
  [[nodiscard]] constexpr Causes operator&(const Causes& other) const { return Causes(bits_ & other.bits_); }
  constexpr bool operator==(const Causes&) const = default;

 private:
  constexpr explicit Causes(std::uint32_t bits) : bits_(bits) {}
  [[nodiscard]] static constexpr std::uint32_t bit(Cause cause) { return 1U << static_cast<unsigned>(cause); }

  std::uint32_t bits_ = (1U << static_cast<unsigned>(kCauses)) - 1;
};

/// The causes that a chip of these arrays has at all. Attribution looks at no other; whoever models a cause adds it.
[[nodiscard]] Causes causes_of(const models::ArraySpec& array);

}  // namespace ohmic::values

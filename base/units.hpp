// SPDX-License-Identifier: Apache-2.0
// Physical quantities with the unit in the type. Energy, power, area, frequency and data are integers, so that
// sums over parts are exact; the others are IEEE doubles in SI units.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ohmic {

/// Time in cycles of a named clock.
using Cycle = std::int64_t;

/// One spelling of a unit and its size in base units (`pJ` = 1e6 for energy, whose base unit is the attojoule).
struct Unit {
  std::string_view name;
  double factor;
};

/// What one kind of quantity is called and how it may be written. `canonical` units are used for printing.
struct Dimension {
  std::string_view name;                    // "energy"
  std::vector<Unit> units;                  // accepted spellings
  std::string_view example;                 // "1.5 pJ"
  std::vector<std::string_view> canonical;  // spellings used for printing, ascending
};

/// A number of base units; `Tag::dimension()` tells which.
template <class Tag, class Rep>
class Quantity {
 public:
  using rep = Rep;
  constexpr Quantity() = default;
  constexpr explicit Quantity(Rep base_units) : value_(base_units) {}

  [[nodiscard]] constexpr Rep value() const { return value_; }
  static const Dimension& dimension() { return Tag::dimension(); }

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity& operator+=(Quantity other) {
    value_ += other.value_;
    return *this;
  }
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return a += b; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return Quantity(a.value_ - b.value_); }
  friend constexpr Quantity operator*(Quantity a, Rep n) { return Quantity(a.value_ * n); }
  friend constexpr Quantity operator*(Rep n, Quantity a) { return a * n; }

 private:
  Rep value_{};
};

#define OHMIC_QUANTITY(Name, Rep)        \
  struct Name##Tag {                     \
    static const Dimension& dimension(); \
  };                                     \
  using Name = Quantity<Name##Tag, Rep>

OHMIC_QUANTITY(Energy, std::int64_t);     // attojoule
OHMIC_QUANTITY(Power, std::int64_t);      // picowatt
OHMIC_QUANTITY(Area, std::int64_t);       // square nanometre
OHMIC_QUANTITY(Frequency, std::int64_t);  // hertz, or samples per second
OHMIC_QUANTITY(DataRate, std::int64_t);   // bit per second
OHMIC_QUANTITY(DataSize, std::int64_t);   // bit
OHMIC_QUANTITY(Duration, double);         // second
OHMIC_QUANTITY(Voltage, double);          // volt
OHMIC_QUANTITY(Conductance, double);      // siemens
OHMIC_QUANTITY(Resistance, double);       // ohm
OHMIC_QUANTITY(Length, double);           // metre
OHMIC_QUANTITY(Capacitance, double);      // farad
#undef OHMIC_QUANTITY

/// Parses "1.28 GS/s". Returns false and sets `reason` (a sentence part, e.g. "needs a unit, for example '10 ns'").
bool parse_quantity(std::string_view text, const Dimension& dimension, double& base_units, std::string& reason);

/// Shortest text that parses back to the same number of base units, e.g. "1.5625 pJ".
[[nodiscard]] std::string format_quantity(double base_units, const Dimension& dimension);

template <class Tag, class Rep>
[[nodiscard]] std::string to_string(Quantity<Tag, Rep> quantity) {
  return format_quantity(static_cast<double>(quantity.value()), Tag::dimension());
}

/// Whole cycles that cover `time` at `clock`: ceil(time · clock), where a product within 1e-6 of a whole number is
/// that number (10 ns at 1 GHz is 10 cycles although neither factor is exact in binary).
[[nodiscard]] Cycle cycles_covering(Duration time, Frequency clock);

/// ceil(a · b / c) in integers, for a, b >= 0 and c > 0.
[[nodiscard]] std::int64_t ceil_mul_div(std::int64_t a, std::int64_t b, std::int64_t c);

[[nodiscard]] constexpr std::int64_t ceil_div(std::int64_t a, std::int64_t b) {
  return (a + b - 1) / b;
}

/// a / b rounded half to even, for b > 0.
[[nodiscard]] std::int64_t round_div(std::int64_t a, std::int64_t b);

}  // namespace ohmic

// SPDX-License-Identifier: Apache-2.0
#include "base/units.hpp"

#include <fmt/format.h>

#include <charconv>

namespace ohmic {

namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

double factor_of(const Dimension& dimension, std::string_view name) {
  for (const Unit& unit : dimension.units) {
    if (unit.name == name) return unit.factor;
  }
  return 0;
}

}  // namespace

const Dimension& EnergyTag::dimension() {
  static const Dimension d{"energy",
                           {{"aJ", 1}, {"fJ", 1e3}, {"pJ", 1e6}, {"nJ", 1e9}, {"uJ", 1e12}, {"mJ", 1e15}, {"J", 1e18}},
                           "1.5 pJ",
                           {"aJ", "fJ", "pJ", "nJ", "uJ", "mJ"}};
  return d;
}

const Dimension& PowerTag::dimension() {
  static const Dimension d{
      "power", {{"pW", 1}, {"nW", 1e3}, {"uW", 1e6}, {"mW", 1e9}, {"W", 1e12}}, "2 mW", {"pW", "nW", "uW", "mW", "W"}};
  return d;
}

const Dimension& AreaTag::dimension() {
  static const Dimension d{"area", {{"nm2", 1}, {"um2", 1e6}, {"mm2", 1e12}}, "1200 um2", {"nm2", "um2", "mm2"}};
  return d;
}

const Dimension& FrequencyTag::dimension() {
  static const Dimension d{
      "frequency",
      {{"Hz", 1}, {"kHz", 1e3}, {"MHz", 1e6}, {"GHz", 1e9}, {"S/s", 1}, {"kS/s", 1e3}, {"MS/s", 1e6}, {"GS/s", 1e9}},
      "1.28 GS/s",
      {"Hz", "kHz", "MHz", "GHz"}};
  return d;
}

const Dimension& DataRateTag::dimension() {
  static const Dimension d{"data rate",
                           {{"b/s", 1},
                            {"kb/s", 1e3},
                            {"Mb/s", 1e6},
                            {"Gb/s", 1e9},
                            {"Tb/s", 1e12},
                            {"B/s", 8},
                            {"kB/s", 8e3},
                            {"MB/s", 8e6},
                            {"GB/s", 8e9}},
                           "10.24 GB/s",
                           {"b/s", "kb/s", "Mb/s", "Gb/s", "Tb/s"}};
  return d;
}

const Dimension& DataSizeTag::dimension() {
  static const Dimension d{"data size",
                           {{"b", 1},
                            {"B", 8},
                            {"kB", 8e3},
                            {"MB", 8e6},
                            {"KiB", 8192},
                            {"MiB", 8.0 * 1024 * 1024},
                            {"GiB", 8.0 * 1024 * 1024 * 1024}},
                           "2 KiB",
                           {"b", "B", "KiB", "MiB", "GiB"}};
  return d;
}

const Dimension& DurationTag::dimension() {
  static const Dimension d{"time",
                           {{"fs", 1e-15},
                            {"ps", 1e-12},
                            {"ns", 1e-9},
                            {"us", 1e-6},
                            {"ms", 1e-3},
                            {"s", 1},
                            {"min", 60},
                            {"h", 3600},
                            {"day", 86400},
                            {"days", 86400}},
                           "10 ns",
                           {"fs", "ps", "ns", "us", "ms", "s"}};
  return d;
}

const Dimension& VoltageTag::dimension() {
  static const Dimension d{"voltage", {{"uV", 1e-6}, {"mV", 1e-3}, {"V", 1}}, "0.2 V", {"uV", "mV", "V"}};
  return d;
}

const Dimension& ConductanceTag::dimension() {
  static const Dimension d{
      "conductance", {{"nS", 1e-9}, {"uS", 1e-6}, {"mS", 1e-3}, {"S", 1}}, "25 uS", {"nS", "uS", "mS", "S"}};
  return d;
}

const Dimension& ResistanceTag::dimension() {
  static const Dimension d{
      "resistance", {{"mohm", 1e-3}, {"ohm", 1}, {"kohm", 1e3}, {"Mohm", 1e6}}, "2 ohm", {"ohm", "kohm", "Mohm"}};
  return d;
}

const Dimension& LengthTag::dimension() {
  static const Dimension d{
      "length", {{"nm", 1e-9}, {"um", 1e-6}, {"mm", 1e-3}, {"m", 1}}, "32 nm", {"nm", "um", "mm", "m"}};
  return d;
}

const Dimension& CapacitanceTag::dimension() {
  static const Dimension d{
      "capacitance", {{"aF", 1e-18}, {"fF", 1e-15}, {"pF", 1e-12}, {"nF", 1e-9}, {"F", 1}}, "2 fF", {"aF", "fF", "pF"}};
  return d;
}

bool parse_quantity(std::string_view text, const Dimension& dimension, double& base_units, std::string& reason) {
  const std::string_view all = trimmed(text);
  double number = 0;
  const auto [end, status] = std::from_chars(all.data(), all.data() + all.size(), number);
  if (status != std::errc() || !std::isfinite(number)) {
    reason = fmt::format("'{}' is not a {}, write for example '{}'", text, dimension.name, dimension.example);
    return false;
  }
  const std::string_view unit = trimmed(all.substr(static_cast<std::size_t>(end - all.data())));
  if (unit.empty()) {
    reason = fmt::format("needs a unit, write for example '{}'", dimension.example);
    return false;
  }
  const double factor = factor_of(dimension, unit);
  if (factor == 0) {
    std::string known;
    for (const Unit& u : dimension.units) known += fmt::format("{}{}", known.empty() ? "" : ", ", u.name);
    reason = fmt::format("'{}' is not a unit of {} (known: {})", unit, dimension.name, known);
    return false;
  }
  // Dividing by the exact reciprocal keeps "10 ns" the double nearest to 1e-8.
  base_units = factor < 1 ? number / std::round(1 / factor) : number * factor;
  return true;
}

std::string format_quantity(double base_units, const Dimension& dimension) {
  const double magnitude = std::fabs(base_units);
  std::string_view best = dimension.canonical.front();
  for (const std::string_view name : dimension.canonical) {
    if (factor_of(dimension, name) > magnitude) break;
    best = name;
  }
  // The largest unit that gives back the same number; the smallest is always exact for integers.
  for (const std::string_view name : {best, dimension.canonical.front()}) {
    std::string text = fmt::format("{} {}", base_units / factor_of(dimension, name), name);
    double back = 0;
    std::string reason;
    if (parse_quantity(text, dimension, back, reason) && back == base_units) return text;
  }
  return fmt::format("{} {}", base_units / factor_of(dimension, best), best);
}

Cycle cycles_covering(Duration time, Frequency clock) {
  return static_cast<Cycle>(std::ceil(time.value() * static_cast<double>(clock.value()) - 1e-6));
}

std::int64_t ceil_mul_div(std::int64_t a, std::int64_t b, std::int64_t c) {
  __extension__ using Wide = __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::int64_t>((product + c - 1) / c);
}

std::int64_t round_div(std::int64_t a, std::int64_t b) {
  std::int64_t quotient = a / b;
  std::int64_t remainder = a % b;
  if (remainder < 0) {
    remainder += b;
    --quotient;
  }
  const std::int64_t twice = 2 * remainder;
  if (twice > b || (twice == b && (quotient & 1) != 0)) ++quotient;
  return quotient;
}

}  // namespace ohmic

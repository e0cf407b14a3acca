// SPDX-License-Identifier: Apache-2.0
#include "values/cell_levels.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/config_reader.hpp"
#include "models/cell_devices.hpp"
#include "values/cells.hpp"

namespace ohmic::values {

namespace {

/// Rounds a constant that came out of the C library, so that its last bits cannot matter.
double fixed(double value, int fraction_bits) {
  return std::ldexp(std::nearbyint(std::ldexp(value, fraction_bits)), -fraction_bits);
}

/// Of exponents of drift, their factor ln((t + t0) / t0), relative deviations.
constexpr int kLawFractionBits = 32;

/// What write-and-verify accepts of σ · deviate: the conductance that is read within ± tolerance of the one wanted.
void set_accepted(double tolerance, double off, double low, CellLevel& level) {
  const double shift = level.mean - level.nominal;
  const auto units = [](double levels) { return std::llround(std::ldexp(levels, kSigmaFractionBits)); };
  level.most_accepted = units(tolerance - shift);
  level.least_accepted = level.nominal + off - low <= tolerance ? std::numeric_limits<std::int64_t>::min() >> 32
                                                                : units(-tolerance - shift);
}

CellLevel level_of(const mapping::WeightPlan& plan, const models::CellSpec& cell, int code, Causes causes, Duration t) {
  const double units = conductance_units(cell);
  const double y = cell.state(level_fraction(plan, code, cell.bits));
  CellLevel level;
  level.nominal = plan.level(code) * std::ldexp(1.0, conductance_fraction_bits(cell.bits));
  level.mean = level.nominal;
  if (causes.has(Cause::programming_error)) {
    const models::CellError error = models::writing_error(cell, y, plan.encoding == models::WeightEncoding::xnor, t);
    const double shift = fixed(error.shift * units, kSigmaFractionBits);
    level.mean += plan.level(code) < 0 ? -shift : shift;
    level.sigma = std::llround(std::ldexp(error.sigma * units, kSigmaFractionBits));
  }
  const models::DriftLaw drift = cell.device->drift(y);
  level.drift_mean = fixed(drift.mean, kLawFractionBits);
  level.drift_std = fixed(drift.std, kLawFractionBits);
  level.slow = causes.has(Cause::slow_noise) ? fixed(cell.device->slow_sigma(y, t), kLawFractionBits) : 0.0;
  return level;
}

}  // namespace

double level_fraction(const mapping::WeightPlan& plan, int code, int cell_bits) {
  if (plan.encoding == models::WeightEncoding::xnor) return 1.0;
  return static_cast<double>(code) / ((1 << cell_bits) - 1);
}

double conductance_units(const models::CellSpec& cell) {
  const double levels = std::ldexp(static_cast<double>((1 << cell.bits) - 1), conductance_fraction_bits(cell.bits));
  return levels / (1 - cell.off_state());
}

CellConstants cell_constants(const mapping::WeightPlan& plan, const models::ArraySpec& array, Causes causes,
                             Duration time_since_write) {
  const models::CellSpec& cell = array.cell;
  const bool is_pair = plan.encoding == models::WeightEncoding::xnor;
  CellConstants constants;
  constants.low = is_pair ? -kMaxConductance : 0;
  constants.off = is_pair ? 0 : fixed(cell.off_state() * conductance_units(cell), kSigmaFractionBits);
  for (int code = 0; code < 1 << cell.bits; ++code) {
    CellLevel& level = constants.levels.emplace_back(level_of(plan, cell, code, causes, time_since_write));
    if (array.write.tolerance) {
      set_accepted(*array.write.tolerance * conductance_units(cell), constants.off, constants.low, level);
    }
    level.mean += constants.off;
  }
  const double highest = constants.levels.back().nominal + constants.off;
  if (cell.off_current != models::OffCurrent::exact && highest > kMaxConductance) {
    throw RuleError(
        "architecture.array.cell.on_off_ratio",
        fmt::format("{}-bit cells whose off current is not corrected need more than {:.2f}, not {:g}: their "
                    "conductances do not fit 16 bits",
                    cell.bits, kMaxConductance / (kMaxConductance - constants.levels.back().nominal),
                    *cell.on_off_ratio));
  }
  if (causes.has(Cause::drift) && cell.device->has_drift()) {
    const double since_start = time_since_write.value() / cell.device->drift_start().value();
    constants.drift_log = fixed(std::log1p(since_start), kLawFractionBits);
  }
  if (causes.has(Cause::temperature)) constants.temperature = cell.temperature.factor();
  return constants;
}

}  // namespace ohmic::values

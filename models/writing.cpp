// SPDX-License-Identifier: Apache-2.0
#include "models/writing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/config_reader.hpp"
#include "models/architecture.hpp"
#include "models/cell_devices.hpp"

namespace ohmic::models {

namespace {

/// Of every level of a cell; a pair is one device on and one off at both of its levels.
std::vector<double> acceptances(const ArraySpec& array) {
  if (has_pairs(array)) {
    const CellError error = writing_error(array.cell, 1, true, Duration(0));
    constexpr double kNeverOff = std::numeric_limits<double>::infinity();
    return {acceptance(*array.write.tolerance, error.sigma, error.shift, kNeverOff)};
  }
  std::vector<double> all;
  const int highest = (1 << array.cell.bits) - 1;
  for (int level = 0; level <= highest; ++level) {
    const double y = array.cell.state(static_cast<double>(level) / highest);
    const Device& device = *array.cell.device;
    all.push_back(acceptance(*array.write.tolerance, device.programming_sigma(y, Duration(0)), device.mean(y) - y, y));
  }
  return all;
}

/// One read of what was written, converted: of one cell, or of all cells of a row.
Duration verify_time(const ArraySpec& array) {
  const bool one_cell = array.write.unit == WriteUnit::cell;
  const int conversions = one_cell ? 1 : array.adc->columns_per_adc;
  const double read = array.read.time.value() + array.read.settle.value() +
                      static_cast<double>(conversions) / static_cast<double>(array.adc->rate.value());
  return Duration(array.write.verify_reads * read * (one_cell ? 1 : array.planes()));
}

}  // namespace

EnumNames enum_names(WriteUnit /*e*/) {
  return {{"cell", 0}, {"row", 1}, {"array", 2}};
}

void fields(Fields& f, WriteSpec& s) {
  constexpr double kMostPulses = 10000;
  f.key("unit", s.unit, {.doc = "what one pulse writes at once"});
  f.key("pulse", s.pulse, {.doc = "one pulse on all cells of the unit", .required = true, .min = 1e-12, .max = 1});
  f.key("pulses", s.pulses, {.doc = "per cell, without tolerance", .min = 1, .max = kMostPulses});
  f.key("verify_reads", s.verify_reads, {.doc = "reads after each pulse", .min = 0, .max = 100});
  f.key("tolerance", s.tolerance,
        {.doc = "error at which a cell is done, as a fraction of g_max; absent: not verified",
         .max = 1,
         .positive = true});
  f.key("max_pulses", s.max_pulses, {.doc = "per cell, with tolerance", .min = 1, .max = kMostPulses});
}

void validate_writing(const ArraySpec& array, const std::string& path) {
  const WriteSpec& write = array.write;
  if (!write.tolerance) {
    if (write.max_pulses != 1) {
      throw RuleError(path + ".write.max_pulses", "needs 'tolerance', which says when a cell is done");
    }
    return;
  }
  if (write.pulses != 1) {
    throw RuleError(path + ".write.pulses", "follow from 'tolerance': leave them out, or give 'max_pulses'");
  }
  if (write.verify_reads == 0) {
    throw RuleError(path + ".write.verify_reads", "must be at least 1 with 'tolerance'");
  }
  if (array.cell.device->is_verified()) {
    throw RuleError(
        path + ".write.tolerance",
        fmt::format("the error of a {} cell is what write-and-verify has left: leave it out", array.cell.device.kind));
  }
  if (array.cell.correlation.column > 0 || array.cell.correlation.spatial > 0) {
    throw RuleError(
        path + ".cell.correlation",
        "what cells have in common is corrected by write-and-verify ('write.tolerance'): keep one of the two");
  }
}

double acceptance(double tolerance, double sigma, double shift, double y) {
  const bool takes_zero = y <= tolerance;
  if (!(sigma > 0)) return shift <= tolerance && (takes_zero || shift >= -tolerance) ? 1.0 : 0.0;
  const auto below = [&](double error) { return std::erfc((shift - error) / (sigma * M_SQRT2)) / 2; };
  return below(tolerance) - (takes_zero ? 0.0 : below(-tolerance));
}

double expected_pulses(double acceptance, int max_pulses) {
  // Summed, since the quotient loses its digits where p is small.
  double sum = 0;
  double unaccepted = 1;
  for (int k = 0; k < max_pulses; ++k) {
    sum += unaccepted;
    unaccepted *= 1 - acceptance;
  }
  return sum;
}

double expected_rounds(const std::vector<double>& acceptances, std::int64_t cells, int max_pulses) {
  std::vector<double> unaccepted(acceptances.size(), 1.0);
  double sum = 0;
  for (int k = 0; k < max_pulses; ++k) {
    double mean = 0;
    for (std::size_t i = 0; i < acceptances.size(); ++i) {
      mean += unaccepted[i] / static_cast<double>(acceptances.size());
      unaccepted[i] *= 1 - acceptances[i];
    }
    sum += mean >= 1 ? 1.0 : -std::expm1(static_cast<double>(cells) * std::log1p(-mean));
  }
  return sum;
}

double pulses_per_cell(const ArraySpec& array) {
  return rounds_of(array, 1);
}

double rounds_of(const ArraySpec& array, std::int64_t cells) {
  if (!array.write.tolerance) return array.write.pulses;
  return expected_rounds(acceptances(array), cells, array.write.max_pulses);
}

Cycle row_write_cycles(const ArraySpec& array, Frequency clock) {
  const std::int64_t cells = std::int64_t{array.columns} * array.planes();
  const double pulse = array.write.pulse.value();
  const int devices = devices_per_cell(array);  // pulsed one after the other by `cell`
  const double verify = verify_time(array).value();
  double seconds = 0;
  switch (array.write.unit) {
    case WriteUnit::cell:
      seconds = static_cast<double>(cells) * pulses_per_cell(array) * (devices * pulse + verify);
      break;
    case WriteUnit::row:
      seconds = rounds_of(array, cells) * (pulse + verify);
      break;
    case WriteUnit::array:  // rows are verified one after the other
      seconds = rounds_of(array, cells * array.rows) * (pulse / array.rows + verify);
      break;
  }
  return std::max<Cycle>(1, cycles_covering(Duration(seconds), clock));
}

ActionCounts writing_actions(const ArraySpec& array, std::int64_t cells, std::int64_t rows) {
  ActionCounts counts;
  const double pulses = static_cast<double>(cells) * pulses_per_cell(array);
  const int devices = devices_per_cell(array);
  counts[Component::write] = std::llround(pulses * devices);
  const double reads = pulses * array.write.verify_reads;
  counts[Component::array] = std::llround(reads * devices);
  counts[Component::sample_hold] = counts[Component::adc] = std::llround(reads);
  const std::int64_t row_cells = std::int64_t{array.columns} * array.planes();
  const int drivers = has_pairs(array) ? drivers_per_row(array) : 1;
  const double driven =
      array.write.unit == WriteUnit::cell
          ? reads
          : static_cast<double>(rows) * array.planes() * array.write.verify_reads *
                rounds_of(array, array.write.unit == WriteUnit::row ? row_cells : row_cells * array.rows);
  counts[Component::dac] = std::llround(driven * drivers);
  return counts;
}

}  // namespace ohmic::models

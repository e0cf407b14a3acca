// SPDX-License-Identifier: Apache-2.0
#include "models/cell.hpp"

#include <fmt/format.h>

#include "base/config_reader.hpp"

namespace ohmic::models {

EnumNames enum_names(OffCurrent /*e*/) {
  return {{"exact", 0}, {"none", 1}};
}

void fields(Fields& f, StuckSpec& s) {
  f.key("off", s.off, {.doc = "fraction of cells that cannot be switched on", .min = 0, .max = 1});
  f.key("on", s.on, {.doc = "fraction of cells that cannot be switched off", .min = 0, .max = 1});
}

void fields(Fields& f, TemperatureSpec& s) {
  f.key("kelvin", s.kelvin, {.doc = "of the cells", .min = 1, .max = 1000});
  f.key("reference_kelvin", s.reference_kelvin, {.doc = "at which they conduct as written", .min = 1, .max = 1000});
  f.key("coefficient_per_kelvin", s.coefficient_per_kelvin,
        {.doc = "relative change of every conductance", .min = -1, .max = 1});
}

void fields(Fields& f, CorrelationSpec& s) {
  constexpr double kLongest = 64;
  f.key("column", s.column,
        {.doc = "share of the writing error's variance that a column has in common", .min = 0, .max = 1});
  f.key("spatial", s.spatial, {.doc = "share of a field that is smooth over the array", .min = 0, .max = 1});
  f.key("length_cells", s.length_cells, {.doc = "length of the field's covariance", .min = 1, .max = kLongest});
}

void fields(Fields& f, CellSpec& s) {
  f.key("bits", s.bits, {.doc = "bits stored in one cell", .required = true, .min = 1, .max = 8});
  f.key("device", s.device, {.doc = "memory device", .required = true});
  f.key("on_off_ratio", s.on_off_ratio,
        {.doc = "conductance of the highest level over that of level 0; absent: level 0 conducts nothing"});
  f.key("off_current", s.off_current, {.doc = "how the current of level 0 is corrected"});
  f.key("stuck", s.stuck, {.doc = "cells that cannot be written"});
  f.key("temperature", s.temperature, {.doc = "of the cells, and what it does"});
  f.key("correlation", s.correlation, {.doc = "of the writing errors of cells"});
}

void validate(const CellSpec& cell, const std::string& path) {
  cell.device->validate(path + ".device");
  const int levels = 1 << cell.bits;
  if (levels > cell.device->most_levels()) {
    throw RuleError(path + ".bits", fmt::format("{}-bit cells have {} levels, a {} cell has {}", cell.bits, levels,
                                                cell.device.kind, cell.device->most_levels()));
  }
  if (cell.on_off_ratio && !(*cell.on_off_ratio > 1)) {
    throw RuleError(
        path + ".on_off_ratio",
        fmt::format("must be more than 1, not {}: the conductances of level 0 and of the highest level cross",
                    *cell.on_off_ratio));
  }
  if (cell.on_off_ratio && cell.device->charge()) {
    throw RuleError(path + ".on_off_ratio", "capacitors do not conduct: leave it out");
  }
  if (cell.stuck.off + cell.stuck.on > 1) {
    throw RuleError(path + ".stuck", fmt::format("off and on are {:g} of all cells, at most 1 is possible",
                                                 cell.stuck.off + cell.stuck.on));
  }
  if (cell.temperature.factor() < 0) {
    throw RuleError(path + ".temperature", fmt::format("conductances become negative: {:g} times what was written",
                                                       cell.temperature.factor()));
  }
  const double shared = cell.correlation.column + cell.correlation.spatial;
  if (shared > 1) {
    throw RuleError(
        path + ".correlation",
        fmt::format("column and spatial add up to {:g}: above 1 the correlation matrix is not positive", shared));
  }
}

}  // namespace ohmic::models

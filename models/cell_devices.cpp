// SPDX-License-Identifier: Apache-2.0
#include "models/cell_devices.hpp"

#include <algorithm>
#include <cmath>

namespace ohmic::models {

namespace {

/// Mean and standard deviation of a normal variable of which nothing is left below 0.
CellError not_negative(double mean, double sigma) {
  if (sigma == 0) return {std::max(mean, 0.0), 0};
  const double a = mean / sigma;
  const double inside = std::erfc(-a * M_SQRT1_2) / 2;
  const double density = std::exp(-a * a / 2) / std::sqrt(2 * M_PI);
  const double first = mean * inside + sigma * density;
  const double second = (mean * mean + sigma * sigma) * inside + mean * sigma * density;
  return {first, std::sqrt(std::max(second - first * first, 0.0))};
}

}  // namespace

bool has_pairs(const ArraySpec& array) {
  return array.weights.encoding == WeightEncoding::xnor && array.compute == Domain::analog &&
         !array.cell.device->charge();
}

int devices_per_cell(const ArraySpec& array) {
  return has_pairs(array) ? 2 : 1;
}

int devices_per_slice(const ArraySpec& array) {
  return devices_per_cell(array) * array.planes();
}

int drivers_per_row(const ArraySpec& array) {
  return array.wires && array.wires->topology == WireTopology::separate ? devices_per_slice(array) : 1;
}

CellError writing_error(const CellSpec& cell, double y, bool is_pair, Duration time_since_write) {
  CellError error{cell.device->mean(y) - y, cell.device->programming_sigma(y, time_since_write)};
  if (!is_pair || cell.device->charge()) return error;
  const double off = cell.off_state();
  const CellError other = not_negative(cell.device->mean(off), cell.device->programming_sigma(off, time_since_write));
  return {error.shift - (other.shift - off), std::hypot(error.sigma, other.sigma)};
}

double reading_sigma(const CellSpec& cell, double y, bool is_pair) {
  const double sigma = cell.device->read_sigma(y);
  return is_pair ? std::hypot(sigma, cell.device->read_sigma(cell.off_state())) : sigma;
}

}  // namespace ohmic::models

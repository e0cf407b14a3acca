// SPDX-License-Identifier: Apache-2.0
// The devices behind a cell: one, or the two of a pair. An xnor cell of conductances is a pair, one device on and one
// off, that is read, and verified, as their difference; one of capacitors or of digital arrays is a single cell.
#pragma once

#include "models/architecture.hpp"

namespace ohmic::models {

/// Whether cells are pairs of devices.
[[nodiscard]] bool has_pairs(const ArraySpec& array);
/// Devices of a cell: 2 where it is a pair.
[[nodiscard]] int devices_per_cell(const ArraySpec& array);
/// Devices of one slice of a weight, in all planes.
[[nodiscard]] int devices_per_slice(const ArraySpec& array);
/// Row wires, each with a driver, behind one row: two where `wires` puts p and n in arrays of their own.
[[nodiscard]] int drivers_per_row(const ArraySpec& array);

/// A law of a device, by state, as fractions of g_max.
struct CellError {
  double shift = 0;  // mean error
  double sigma = 0;
};
/// Error of writing of a cell of state y; of a pair, the error of the difference between a device of state y and one
/// that is off, whose conductance is not negative.
[[nodiscard]] CellError writing_error(const CellSpec& cell, double y, bool is_pair, Duration time_since_write);
/// σ of a read, likewise.
[[nodiscard]] double reading_sigma(const CellSpec& cell, double y, bool is_pair);

}  // namespace ohmic::models

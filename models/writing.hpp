// SPDX-License-Identifier: Apache-2.0
// The `array.write` section: pulses and verifying. One pulse count drives error, cycles and energy (docs/devices.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/fields.hpp"
#include "models/actions.hpp"

namespace ohmic::models {

struct ArraySpec;

/// What one pulse writes at once.
enum class WriteUnit { cell, row, array };
EnumNames enum_names(WriteUnit);

struct WriteSpec {
  WriteUnit unit = WriteUnit::row;
  Duration pulse{};  // one pulse on all cells of the unit
  int pulses = 1;    // per cell, where nothing is verified
  int verify_reads = 0;
  std::optional<double> tolerance;  // |error| that is accepted, as a fraction of g_max; absent: nothing is verified
  int max_pulses = 1;               // then a cell is left as it is
};
void fields(Fields& f, WriteSpec& s);

/// RuleErrors with paths that begin with `path` (of the array section).
void validate_writing(const ArraySpec& array, const std::string& path);

/// Probability that a pulse leaves a cell of state y within the tolerance: its error is normal with mean `shift` and
/// standard deviation `sigma`, but no conductance is below 0. All are fractions of g_max.
[[nodiscard]] double acceptance(double tolerance, double sigma, double shift, double y);
/// Mean of min(K, pulses until the first accepted one): (1 − q^K) / p.
[[nodiscard]] double expected_pulses(double acceptance, int max_pulses);
/// Mean of the largest of `cells` such counts, each cell with one of the acceptances at random.
[[nodiscard]] double expected_rounds(const std::vector<double>& acceptances, std::int64_t cells, int max_pulses);

/// Mean pulses that one cell (each device of a pair) takes, its levels equally frequent.
[[nodiscard]] double pulses_per_cell(const ArraySpec& array);
/// Mean pulses one after the other until `cells` cells that are written at once are done.
[[nodiscard]] double rounds_of(const ArraySpec& array, std::int64_t cells);

/// Cycles in which one row of an array is written, at least 1; a whole array's are shared out over its rows.
[[nodiscard]] Cycle row_write_cycles(const ArraySpec& array, Frequency clock);

/// What writing `cells` cells in `rows` rows of arrays does: pulses on their devices, and the reads that verify them.
[[nodiscard]] ActionCounts writing_actions(const ArraySpec& array, std::int64_t cells, std::int64_t rows);

}  // namespace ohmic::models

// SPDX-License-Identifier: Apache-2.0
// A user's device as a table of states, in the configuration or in a file of its own.
#pragma once

#include <string>
#include <vector>

#include "base/config_reader.hpp"
#include "base/fields.hpp"

namespace ohmic::models {

/// Mean and standard deviation of the conductance that a state gets, as fractions of g_max.
struct StateRow {
  double state = 0;
  double mean = 0;
  double std = 0;
};
void fields(Fields& f, StateRow& s);

/// RuleError (path of a row below `path`) unless states begin at 0, end at 1 and ascend, and means do not descend.
void validate(const std::vector<StateRow>& rows, const std::string& path);

/// The table of a .csv file with the columns state, mean and std, or of a YAML file with a list `states`, checked.
/// InputError with the line to blame.
[[nodiscard]] std::vector<StateRow> load_states(const std::string& file);

/// Linear between the rows.
[[nodiscard]] StateRow interpolate(const std::vector<StateRow>& rows, double state);

}  // namespace ohmic::models

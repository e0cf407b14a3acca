// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mapping/program.hpp"

namespace ohmic::mapping {

/// RuleError (paths "stages[2].inputs[0].stream") when indices, counts and shapes of a program don't agree.
void check_program(const Program& program);

}  // namespace ohmic::mapping

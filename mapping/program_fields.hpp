// SPDX-License-Identifier: Apache-2.0
// Names of everything in a saved Program.
#pragma once

#include "base/fields.hpp"
#include "mapping/program.hpp"

namespace ohmic::mapping {

void fields(Fields& f, LayerMapping& s);
void fields(Fields& f, ArrayAssignment& s);
void fields(Fields& f, Stage& s);
void fields(Fields& f, Stream& s);
void fields(Fields& f, Program& s);

}  // namespace ohmic::mapping

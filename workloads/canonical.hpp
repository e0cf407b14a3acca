// SPDX-License-Identifier: Apache-2.0
// Brings an imported graph into the canonical form of graph.hpp.
#pragma once

#include "workloads/graph.hpp"

namespace ohmic::workloads {

/// Folds each Affine into the Conv (or Affine) before it, fuses each Relu into the Conv, Add or Affine before it and
/// each Round into the node whose result it rounds, where that node feeds nothing else and has no activation and no
/// integers yet (a convolution with integer weights takes no Affine), and added channels of zeros into the pooling
/// before them; drops a Relu after a rectified node and nodes that the output does not need; makes names unique. The
/// node that takes another in keeps its name.
void canonicalize(Graph& graph);

}  // namespace ohmic::workloads

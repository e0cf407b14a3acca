// SPDX-License-Identifier: Apache-2.0
// What a tile of the pin level may be.
#pragma once

namespace ohmic::sim::pin {

/// analog: read, sample-and-hold, converter. digital: adders over the rows, which are exact; they are read as long.
enum class TileKind { analog, digital };

struct TileOptions {
  TileKind kind = TileKind::analog;
  bool is_writable = false;  // write ports, and cells that hold code 0; otherwise the weights are there
};

}  // namespace ohmic::sim::pin

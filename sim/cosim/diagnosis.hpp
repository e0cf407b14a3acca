// SPDX-License-Identifier: Apache-2.0
// What is wrong with a tile, in a sentence: it gets the same operands once more with a few pauses, from neighbours that
// take no result before all stands still, then five cycles of eight; what comes out is compared with what should. Where
// no operand had come yet, it gets one that is made up.
#pragma once

#include <string>
#include <vector>

#include "sim/cosim/tile_dut.hpp"

namespace ohmic::sim::cosim {

/// What a tile got and should have given.
struct TileRecord {
  std::vector<RowWrite> rows;
  std::vector<pin::Bits> operands;
  std::vector<pin::Bits> results;
};

/// What a result that is not the one that was due tells by itself: it is the one before, or one after. "" when it tells
/// nothing. `results`: those that should have come, number `index` was due.
[[nodiscard]] std::string misplaced(const std::vector<pin::Bits>& results, std::size_t index, const pin::Bits& got);

/// `patience`: cycles without anything happening after which nothing is expected any more; `signal`: the output that
/// diverged.
[[nodiscard]] std::string diagnose(const VerilogLibrary& library, const TileInterface& interface,
                                   const TileRecord& record, int patience, const std::string& signal = "out_valid_o");

}  // namespace ohmic::sim::cosim

// SPDX-License-Identifier: Apache-2.0
// A tile written in Verilog, one cycle at a time: its documented ports (docs/rtl.md, "ohmic_tile"), its reset, its
// weights, and what may be said of it without knowing what it should answer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/cosim/verilog.hpp"

namespace ohmic::sim::cosim {

/// The lowest `width` bits of a number.
[[nodiscard]] pin::Bits number(int width, std::uint64_t value);

/// Widths that the place of a tile in its chip asks for.
struct TileInterface {
  int in_bits = 1;     // one operand
  int out_bits = 1;    // one result
  int value_bits = 1;  // one of its columns
  int count_bits = 1;  // of the number of results
  int write_array_bits = 1;
  int write_row_bits = 1;
  int write_data_bits = 1;
};
/// The documented ports with these widths.
[[nodiscard]] std::vector<VerilogPort> tile_ports(const TileInterface& interface);

/// Of two results that differ: the first column that does and both values, in hexadecimal.
[[nodiscard]] std::string told_difference(const TileInterface& interface, const pin::Bits& expected,
                                          const pin::Bits& got);

/// What a port of a tile is for, in a sentence.
[[nodiscard]] std::string port_doc(const std::string& port);

/// InputError that tells every missing, extra, or differently wide or directed port; `file` names the design.
void check_tile_ports(const std::vector<VerilogPort>& ports, const TileInterface& interface, const std::string& file);

/// One row of one array.
struct RowWrite {
  int array = 0;
  int row = 0;
  pin::Bits data;
};

/// What lines carry in a cycle in which nothing on them is valid: other bits in every cycle.
[[nodiscard]] pin::Bits meaningless(int width, std::int64_t cycle);

struct TileInputs {
  bool in_valid = false;
  pin::Bits in_data;
  bool out_ready = false;
};
struct TileOutputs {
  bool in_ready = false;
  bool out_valid = false;
  int out_count = 0;
  pin::Bits out_data;
};

/// Instances whose unknown bits differ, clocked together.
class TileDut {
 public:
  TileDut(const VerilogLibrary& library, const TileInterface& interface);

  /// Reset, then all rows, one a cycle. A message when an output is X then, or when the design stops itself.
  [[nodiscard]] std::optional<std::string> prepare(const std::vector<RowWrite>& rows);

  /// Outputs in the present cycle; they come from registers, so no input has a say in them.
  [[nodiscard]] const TileOutputs& outputs() const { return outputs_; }
  /// Ends the cycle with these inputs. A message when an output followed an input within the cycle, when an output is
  /// X, when a promise of valid and ready is broken, or when the design stops itself.
  [[nodiscard]] std::optional<std::string> clock(const TileInputs& inputs);

 private:
  [[nodiscard]] TileOutputs read(const VerilogModel& model) const;
  [[nodiscard]] std::optional<std::string> unknown() const;
  [[nodiscard]] std::string followed(const TileInputs& inputs);
  void drive(const TileInputs& inputs);
  void set(int port, const pin::Bits& value);
  void set(int port, bool value);
  void eval();
  void rise();
  void fall();

  TileInterface interface_;
  std::vector<std::unique_ptr<VerilogModel>> models_;
  int clk_, rst_, write_, write_array_, write_row_, write_data_;
  int in_valid_, in_ready_, in_data_, out_valid_, out_ready_, out_data_, out_count_;
  TileOutputs outputs_;
};

}  // namespace ohmic::sim::cosim

// SPDX-License-Identifier: Apache-2.0
// A way between two tiles: registers for flits and as many for the credits that come back. What is on it has room where
// it goes, so nothing waits. Latency: `Registers` cycles each way.
module ohmic_link #(
  /// Bits of a flit.
  parameter int FlitBits = 8,
  /// Bits of a number of credits.
  parameter int CreditBits = 1,
  /// max(1, hops) · hop_cycles.
  parameter int Registers = 1
) (
  /// Clock, rising edge.
  input  logic                  clk_i,
  /// Reset, asynchronous, low.
  input  logic                  rst_ni,
  /// A flit leaves the port in this cycle.
  input  logic                  flit_valid_i,
  /// The flit.
  input  logic [FlitBits-1:0]   flit_data_i,
  /// Tokens that left the buffer one cycle ago (its credit_o).
  input  logic [CreditBits-1:0] credit_i,
  /// A flit arrives in this cycle: the buffer takes it without being asked.
  output logic                  flit_valid_o,
  /// The flit.
  output logic [FlitBits-1:0]   flit_data_o,
  /// Credits for the port, usable in this cycle.
  output logic [CreditBits-1:0] credit_o
);
  ohmic_pipe #(.Width(FlitBits + 1), .Registers(Registers)) i_flits (
    .clk_i, .rst_ni, .data_i({flit_valid_i, flit_data_i}), .data_o({flit_valid_o, flit_data_o})
  );
  ohmic_pipe #(.Width(CreditBits), .Registers(Registers)) i_credits (
    .clk_i, .rst_ni, .data_i(credit_i), .data_o(credit_o)
  );
endmodule

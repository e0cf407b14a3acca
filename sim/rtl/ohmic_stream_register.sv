// SPDX-License-Identifier: Apache-2.0
// A register of a stream: one cycle of delay, a token every cycle. valid, ready and data all come from flip-flops; for
// that it has a second place, used when ready falls late. A chain that never waits is an ohmic_pipe.
module ohmic_stream_register #(
  /// Bits of the data.
  parameter int Width = 8
) (
  /// Clock, rising edge.
  input  logic             clk_i,
  /// Reset, asynchronous, low.
  input  logic             rst_ni,
  /// There is a token; stays high with the same data until it has passed.
  input  logic             in_valid_i,
  /// There is a place; does not depend on in_valid_i or out_ready_i of this cycle.
  output logic             in_ready_o,
  /// The token.
  input  logic [Width-1:0] in_data_i,
  /// There is a token; stays high with the same data until it has passed.
  output logic             out_valid_o,
  /// The token is taken in this cycle if out_valid_o is high.
  input  logic             out_ready_i,
  /// The oldest token.
  output logic [Width-1:0] out_data_o
);
  logic             valid_q, spare_valid_q;
  logic [Width-1:0] data_q, spare_q;
  logic             push, move;

  assign in_ready_o  = !spare_valid_q;
  assign out_valid_o = valid_q;
  assign out_data_o  = data_q;
  assign push        = in_valid_i && in_ready_o;
  assign move        = !valid_q || out_ready_i;  // the front place can be filled

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      valid_q       <= 1'b0;
      spare_valid_q <= 1'b0;
    end else begin
      if (move) valid_q <= push || spare_valid_q;
      spare_valid_q <= !move && (push || spare_valid_q);
    end
  end

  always_ff @(posedge clk_i) begin
    if (move) data_q <= spare_valid_q ? spare_q : in_data_i;
    if (push) spare_q <= in_data_i;
  end
endmodule

// SPDX-License-Identifier: Apache-2.0
// Slopes of the randomized leaky ReLU: 8 + floor(low four bits · 13 / 16) in Q2.6 of a shift register with the
// polynomial x^8 + x^6 + x^5 + x^4 + 1, shifted left, the new bit into bit 0. The slope is that of the state before the
// update.
module ohmic_lfsr #(
  /// First state, not 0.
  parameter logic [7:0] Seed = 8'd1
) (
  /// Clock, rising edge.
  input  logic       clk_i,
  /// Reset, asynchronous, low: first state.
  input  logic       rst_ni,
  /// A beat is accepted in this cycle: next state.
  input  logic       step_i,
  /// Slope of the beat of this cycle, Q2.6.
  output logic [6:0] alpha_o
);
  logic [7:0] state_q;
  assign alpha_o = 7'd8 + 7'((8'(state_q[3:0]) * 8'd13) >> 4);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)     state_q <= Seed;
    else if (step_i) state_q <= {state_q[6:0], state_q[7] ^ state_q[5] ^ state_q[4] ^ state_q[3]};
  end
endmodule

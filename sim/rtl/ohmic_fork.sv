// SPDX-License-Identifier: Apache-2.0
// Multicast: a token passes to all destinations in the same cycle, when every one is ready. AND gates only.
module ohmic_fork #(
  /// Number of destinations.
  parameter int Outputs = 2
) (
  /// There is a token.
  input  logic               in_valid_i,
  /// Every destination is ready.
  output logic               in_ready_o,
  /// There is a token and all the others are ready: with the destination's own ready it passes.
  output logic [Outputs-1:0] out_valid_o,
  /// The destination takes what is valid in this cycle.
  input  logic [Outputs-1:0] out_ready_i
);
  assign in_ready_o = &out_ready_i;
  for (genvar i = 0; i < Outputs; i++) begin : gen_outputs
    // Its own ready is left out, so that no valid depends on the ready beside it.
    assign out_valid_o[i] = in_valid_i && (&(out_ready_i | (Outputs'(1) << i)));
  end
endmodule

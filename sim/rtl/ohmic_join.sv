// SPDX-License-Identifier: Apache-2.0
// Operands that start a core together: valid when all are, taken all at once. AND gates only.
module ohmic_join #(
  /// Number of operands.
  parameter int Inputs = 2
) (
  /// The operand is there.
  input  logic [Inputs-1:0] in_valid_i,
  /// The core starts when all are valid; each buffer fires in a cycle in which in_ready_o is high.
  output logic [Inputs-1:0] in_ready_o,
  /// Every operand is there.
  output logic              out_valid_o,
  /// The core may start.
  input  logic              out_ready_i
);
  assign out_valid_o = &in_valid_i;
  for (genvar i = 0; i < Inputs; i++) begin : gen_inputs
    assign in_ready_o[i] = out_ready_i && (&(in_valid_i | (Inputs'(1) << i)));
  end
endmodule

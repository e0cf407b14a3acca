// SPDX-License-Identifier: Apache-2.0
// Wires with registers on their way: what goes in comes out `Registers` cycles later. It cannot wait.
module ohmic_pipe #(
  /// Bits of the data.
  parameter int Width = 8,
  /// Registers on the way, 0: plain wires.
  parameter int Registers = 1
) (
  /// Clock, rising edge.
  input  logic             clk_i,
  /// Reset, asynchronous, low: all registers 0.
  input  logic             rst_ni,
  /// What goes in, every cycle.
  input  logic [Width-1:0] data_i,
  /// What went in `Registers` cycles ago.
  output logic [Width-1:0] data_o
);
  if (Registers == 0) begin : gen_wires
    logic unused;
    assign unused = &{1'b0, clk_i, rst_ni};
    assign data_o = data_i;
  end else begin : gen_registers
    logic [Registers*Width-1:0] data_q;  // the youngest lowest
    assign data_o = data_q[(Registers-1)*Width +: Width];
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) data_q <= '0;
      else         data_q <= (Registers * Width)'({data_q, data_i});
    end
  end
endmodule

// SPDX-License-Identifier: Apache-2.0
// Banks that hold the column values of a group while they are converted. With two the columns are sampled into one
// while the other is converted. Sampled in cycle a, at the output from a + 1 on, until the next sample.
module ohmic_sample_hold #(
  /// Bits of all column values.
  parameter int Width = 64,
  /// Banks, 1 or 2.
  parameter int Banks = 2
) (
  /// Clock, rising edge.
  input  logic             clk_i,
  /// Reset, asynchronous, low: bank 0 is next.
  input  logic             rst_ni,
  /// The values are sampled at the end of this cycle.
  input  logic             sample_i,
  /// Column values.
  input  logic [Width-1:0] value_i,
  /// Values of the last sample.
  output logic [Width-1:0] value_o
);
  if (Banks == 1) begin : gen_one
    logic [Width-1:0] bank_q;
    logic             unused;
    assign unused  = rst_ni;
    assign value_o = bank_q;
    always_ff @(posedge clk_i) if (sample_i) bank_q <= value_i;
  end else begin : gen_two
    logic [Width-1:0] bank_q [2];
    logic             last_q;  // bank of the last sample
    assign value_o = bank_q[last_q];
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)       last_q <= 1'b1;
      else if (sample_i) last_q <= !last_q;
    end
    always_ff @(posedge clk_i) if (sample_i) bank_q[!last_q] <= value_i;
  end
endmodule

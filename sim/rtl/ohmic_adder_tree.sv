// SPDX-License-Identifier: Apache-2.0
// Sum of vectors, two by two, a register a level. `Levels` = ceil(log2(Inputs)) cycles from in_valid_i to out_valid_o;
// it takes a new vector every cycle and cannot wait. Sums wrap.
module ohmic_adder_tree #(
  /// Vectors that are added.
  parameter int Inputs = 3,
  /// Elements of a vector.
  parameter int Columns = 4,
  /// Bits of an element.
  parameter int Bits = 16,
  /// Levels; do not overwrite.
  localparam int Levels = $clog2(Inputs)
) (
  /// Clock, rising edge.
  input  logic                           clk_i,
  /// Reset, asynchronous, low.
  input  logic                           rst_ni,
  /// There are vectors in this cycle.
  input  logic                           in_valid_i,
  /// The vectors, vector 0 lowest.
  input  logic [Inputs*Columns*Bits-1:0] in_data_i,
  /// There is a sum in this cycle.
  output logic                           out_valid_o,
  /// The sum.
  output logic [Columns*Bits-1:0]        out_data_o
);
  localparam int VectorBits = Columns * Bits;

  function automatic logic [VectorBits-1:0] sum_of(logic [VectorBits-1:0] a, logic [VectorBits-1:0] b);
    for (int i = 0; i < Columns; i++) sum_of[i*Bits +: Bits] = a[i*Bits +: Bits] + b[i*Bits +: Bits];
  endfunction

  ohmic_pipe #(.Width(1), .Registers(Levels)) i_valid (.clk_i, .rst_ni, .data_i(in_valid_i), .data_o(out_valid_o));

  // Level l has ceil(Inputs / 2^l) vectors; a vector without a partner goes on alone.
  for (genvar l = 0; l <= Levels; l++) begin : gen_levels
    localparam int Count = (Inputs + (1 << l) - 1) >> l;
    logic [Count*VectorBits-1:0] sum;
    if (l == 0) begin : gen_first
      assign sum = in_data_i;
    end else begin : gen_sums
      localparam int Before = (Inputs + (1 << (l - 1)) - 1) >> (l - 1);
      logic [Before*VectorBits-1:0] before_q;
      always_ff @(posedge clk_i) before_q <= gen_levels[l-1].sum;
      for (genvar i = 0; i < Count; i++) begin : gen_pairs
        if (2 * i + 1 < Before) begin : gen_two
          assign sum[i*VectorBits +: VectorBits] =
              sum_of(before_q[2*i*VectorBits +: VectorBits], before_q[(2*i+1)*VectorBits +: VectorBits]);
        end else begin : gen_one
          assign sum[i*VectorBits +: VectorBits] = before_q[2*i*VectorBits +: VectorBits];
        end
      end
    end
  end
  assign out_data_o = gen_levels[Levels].sum;
endmodule

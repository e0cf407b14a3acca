// SPDX-License-Identifier: Apache-2.0
// Shift-and-add behind the converters of an array: accumulators of all its columns, in the width of a result (they
// wrap).
//   accumulator += ± 2^shift of the step · sum over values of weight · (base + code · unit)
module ohmic_shift_add #(
  /// Columns of weights.
  parameter int Columns = 4,
  /// Values of one column: slices and polarities that are converted apart.
  parameter int Values = 4,
  /// Bits of a code.
  parameter int CodeBits = 8,
  /// 1: codes are in two's complement (values of digital arrays).
  parameter bit CodeSigned = 1'b0,
  /// Weight of each value, 32 bits in two's complement, value 0 lowest.
  parameter logic [Values*32-1:0] ValueWeight = {Values{32'd1}},
  /// Steps that are converted apart.
  parameter int Steps = 8,
  /// Power of two of each step, 8 bits a step, step 0 lowest.
  parameter logic [Steps*8-1:0] StepShift = 64'h0706050403020100,
  /// By step: its weight is negative.
  parameter logic [Steps-1:0] StepMinus = '0,
  /// Bits of a step number.
  parameter int StepIndexBits = 3,
  /// Factor of the sum of the drive values, added once a vector; 0: none.
  parameter int InputSum = 0,
  /// Bits of the sum of the drive values.
  parameter int SumBits = 1,
  /// Bits of an accumulator.
  parameter int ResultBits = 32
) (
  /// Clock, rising edge.
  input  logic                              clk_i,
  /// All codes of a group are there at the end of this cycle: they are taken.
  input  logic                              take_i,
  /// The codes, column by column, in it value by value.
  input  logic [Columns*Values*CodeBits-1:0] code_i,
  /// Sum of the drive values of the vector, with take_i.
  input  logic signed [SumBits-1:0]         sum_i,
  /// What code 0 adds, by column.
  input  logic [Columns*ResultBits-1:0]     base_i,
  /// What a unit of a code adds, by column.
  input  logic [Columns*ResultBits-1:0]     unit_i,
  /// They are added at the end of this cycle.
  input  logic                              add_i,
  /// The array takes part in the row group that is added.
  input  logic                              part_i,
  /// Step that is added.
  input  logic [StepIndexBits-1:0]          step_i,
  /// It is the first group of a vector.
  input  logic                              first_i,
  /// Accumulators as they are at the end of this cycle.
  output logic [Columns*ResultBits-1:0]     result_o
);
  logic [Columns*Values*CodeBits-1:0] code_q;
  logic signed [SumBits-1:0]          sum_q;
  logic [Columns*ResultBits-1:0]      result_q;

  always_ff @(posedge clk_i) begin
    if (take_i) begin
      code_q <= code_i;
      sum_q  <= sum_i;
    end
    result_q <= result_o;
  end

  // Weights are powers of two, ± 1 times a shift: in hardware this is wires and adders.
  function automatic logic [ResultBits-1:0] code_of(logic [CodeBits-1:0] code);
    code_of = CodeSigned ? ResultBits'(signed'(code)) : ResultBits'(code);
  endfunction

  always_comb begin
    logic [ResultBits-1:0] sum, total;
    result_o = result_q;
    sum      = '0;
    total    = '0;
    if (add_i) begin
      for (int column = 0; column < Columns; column++) begin
        sum = '0;
        for (int value = 0; value < Values; value++) begin
          sum += ResultBits'(signed'(ValueWeight[value*32 +: 32])) *
                 (base_i[column*ResultBits +: ResultBits] +
                  code_of(code_q[(column*Values+value)*CodeBits +: CodeBits]) *
                      unit_i[column*ResultBits +: ResultBits]);
        end
        sum = sum << StepShift[32'(step_i)*8 +: 8];
        total = first_i ? '0 : result_q[column*ResultBits +: ResultBits];
        if (part_i) total = StepMinus[step_i] ? total - sum : total + sum;
        if (first_i) total += ResultBits'(InputSum) * ResultBits'(sum_q);
        result_o[column*ResultBits +: ResultBits] = total;
      end
    end
  end
endmodule

// SPDX-License-Identifier: Apache-2.0
// Input drivers of one array: integers x to digits on its rows. What is driven is v = x - Offset, digit by digit, bit
// plane by bit plane. The vector is taken at the start; from then on a step and a row group are chosen.
module ohmic_row_driver #(
  /// Rows of the array that are used.
  parameter int Rows = 8,
  /// Bits of x.
  parameter int XBits = 8,
  /// 1: x is signed.
  parameter bit XSigned = 1'b0,
  /// Taken off x.
  parameter int Offset = 0,
  /// 0: digits of v in two's complement; 1: digits of max(v, 0) and max(-v, 0); 2: bipolar, a bit of v is +1 or -1.
  parameter int Encoding = 0,
  /// Input steps of a vector.
  parameter int Steps = 8,
  /// First bit of each step's digit, 8 bits a step, step 0 lowest.
  parameter logic [Steps*8-1:0] StepShift = 64'h0706050403020100,
  /// Bits of each step's digit, 8 bits a step.
  parameter logic [Steps*8-1:0] StepBits = {Steps{8'd1}},
  /// By step, sign magnitude only: it drives the digit of max(-v, 0).
  parameter logic [Steps-1:0] StepNegative = '0,
  /// Bits of the widest digit: planes of a step.
  parameter int DigitBits = 1,
  /// 1: the planes of all steps at once (they meet before the converter).
  parameter bit AllSteps = 1'b0,
  /// Rows that are read at once.
  parameter int ParallelRows = 8,
  /// Bits of group_i.
  parameter int GroupBits = 1,
  /// Bits of step_i.
  parameter int StepIndexBits = 3,
  /// Bits of the sum of v; 1: it is not needed.
  parameter int SumBits = 16,
  /// Planes that are driven at once; do not overwrite.
  localparam int Planes = AllSteps ? Steps * DigitBits : DigitBits
) (
  /// Clock, rising edge.
  input  logic                      clk_i,
  /// The vector is taken in this cycle; it drives from this cycle on.
  input  logic                      start_i,
  /// The integers of the rows, row 0 lowest.
  input  logic [Rows*XBits-1:0]     x_i,
  /// Row group that is read.
  input  logic [GroupBits-1:0]      group_i,
  /// Step that is read.
  input  logic [StepIndexBits-1:0]  step_i,
  /// Rows of the row group.
  output logic [Rows-1:0]           enable_o,
  /// Digit bits on the rows, plane 0 (the lowest bit) lowest; 0 on rows of other row groups.
  output logic [Planes*Rows-1:0]    digit_o,
  /// Sum of v over all rows of the array.
  output logic signed [SumBits-1:0] sum_o
);
  localparam int AllPlanes = Steps * DigitBits;

  function automatic int drive_value(logic [XBits-1:0] x);
    drive_value = (XSigned ? 32'(signed'(x)) : 32'(x)) - Offset;
  endfunction
  function automatic logic [AllPlanes*Rows-1:0] planes_of(logic [Rows*XBits-1:0] x);
    int v, word;
    for (int row = 0; row < Rows; row++) begin
      v = drive_value(x[row*XBits +: XBits]);
      for (int step = 0; step < Steps; step++) begin
        word = Encoding == 1 && StepNegative[step] ? -v : v;
        if (Encoding == 1 && word < 0) word = 0;
        word = word >>> StepShift[step*8 +: 8];
        for (int b = 0; b < DigitBits; b++) begin
          planes_of[(step * DigitBits + b) * Rows + row] = b < 32'(StepBits[step*8 +: 8]) && word[b];
        end
      end
    end
  endfunction

  logic [AllPlanes*Rows-1:0] planes_d, planes_q;
  always_comb begin
    planes_d = planes_q;
    if (start_i) planes_d = planes_of(x_i);
  end
  always_ff @(posedge clk_i) planes_q <= planes_d;

  assign enable_o = Rows'(((Rows + ParallelRows)'(1) << ParallelRows) - 1'b1) << (32'(group_i) * ParallelRows);
  if (AllSteps) begin : gen_all_steps
    logic unused;
    assign unused = &{1'b0, step_i};
    assign digit_o = planes_d & {Planes{enable_o}};
  end else begin : gen_one_step
    assign digit_o = planes_d[32'(step_i) * (DigitBits * Rows) +: DigitBits * Rows] & {Planes{enable_o}};
  end

  if (SumBits == 1) begin : gen_no_sum
    assign sum_o = '0;
  end else begin : gen_sum
    logic signed [SumBits-1:0] sum_d, sum_q;
    always_comb begin
      sum_d = sum_q;
      if (start_i) begin
        sum_d = '0;
        for (int row = 0; row < Rows; row++) sum_d += SumBits'(drive_value(x_i[row*XBits +: XBits]));
      end
    end
    always_ff @(posedge clk_i) sum_q <= sum_d;
    assign sum_o = sum_d;
  end
endmodule

// SPDX-License-Identifier: Apache-2.0
// From an exact sum to an output integer: bias in the accumulator's width, requantization, activation, zero point,
// saturation. Gates only.
module ohmic_output_lane #(
  /// Bits of the sum.
  parameter int SumBits = 32,
  /// Bits of the accumulator.
  parameter int AccumulatorBits = 32,
  /// Sum plus bias: 1 saturates, 0 wraps.
  parameter bit Saturate = 1'b0,
  /// 1: multiplier and shift; 0: shift only.
  parameter bit HasMultiplier = 1'b1,
  /// 0 half to even, 1 half up, 2 half away from zero, 3 down, 4 as TFLite.
  parameter int Rounding = 1,
  /// 0 none, 1 ReLU, 2 leaky ReLU.
  parameter int Activation = 1,
  /// Of the leaky product: 1 to the nearest with halves up, 0 down.
  parameter bit HalfUp = 1'b1,
  /// Bits of the output.
  parameter int OutBits = 8,
  /// 1: the output is signed.
  parameter bit OutSigned = 1'b0,
  /// Zero point of the output.
  parameter int ZeroPoint = 0
) (
  /// 0: nothing is computed.
  input  logic                      enable_i,
  /// The sum.
  input  logic signed [SumBits-1:0] sum_i,
  /// The bias.
  input  logic signed [63:0]        bias_i,
  /// Multiplier, not negative.
  input  logic [31:0]               multiplier_i,
  /// Shift, two's complement.
  input  logic signed [15:0]        shift_i,
  /// Slope, Q2.6; leaky only.
  input  logic [6:0]                alpha_i,
  /// The output integer.
  output logic [OutBits-1:0]        result_o
);
  localparam int Wide = (SumBits > 64 ? SumBits : 64) + 1;
  localparam logic signed [Wide-1:0] Highest = (Wide'(1) <<< (AccumulatorBits - 1)) - 1'b1;

  logic signed [AccumulatorBits-1:0] accumulator;
  logic signed [31:0]                quotient;

  always_comb begin
    logic signed [Wide-1:0] biased;
    biased = '0;
    if (enable_i) begin
      biased = Wide'(sum_i) + Wide'(bias_i);
      if (Saturate && biased > Highest)       biased = Highest;
      else if (Saturate && biased < ~Highest) biased = ~Highest;
    end
    accumulator = AccumulatorBits'(biased);
  end

  ohmic_requantize #(.Width(AccumulatorBits), .HasMultiplier(HasMultiplier), .Rounding(Rounding)) i_requantize (
    .enable_i, .value_i(accumulator), .multiplier_i, .shift_i, .quotient_o(quotient)
  );
  ohmic_activate #(
    .Activation(Activation), .HalfUp(HalfUp), .OutBits(OutBits), .OutSigned(OutSigned), .ZeroPoint(ZeroPoint)
  ) i_activate (
    .quotient_i(quotient), .alpha_i, .result_o
  );
endmodule

// SPDX-License-Identifier: Apache-2.0
// From a quotient to an output integer: activation, zero point, saturation. Gates only.
//   leaky: a negative quotient becomes round(quotient · alpha / 2^6)
//   relu:  the result is not below the zero point
module ohmic_activate #(
  /// Bits of the quotient.
  parameter int Width = 32,
  /// 0 none, 1 ReLU, 2 leaky ReLU (fixed or randomized: the slope is an input).
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
  /// The quotient.
  input  logic signed [Width-1:0] quotient_i,
  /// Slope, Q2.6; leaky only.
  input  logic [6:0]              alpha_i,
  /// The output integer.
  output logic [OutBits-1:0]      result_o
);
  localparam int Wide = Width + 18;
  localparam logic signed [Wide-1:0] Lowest  = OutSigned ? -(Wide'(1) <<< (OutBits - 1)) : '0;
  localparam logic signed [Wide-1:0] Highest = (Wide'(1) <<< (OutSigned ? OutBits - 1 : OutBits)) - 1'b1;
  localparam logic signed [Wide-1:0] Zero    = Wide'(ZeroPoint);
  localparam logic signed [Wide-1:0] Floor   = Activation == 1 && Zero > Lowest ? Zero : Lowest;

  logic signed [Wide-1:0] active, value;
  if (Activation == 2) begin : gen_leaky
    logic signed [Wide-1:0] product;
    assign product = Wide'(quotient_i) * signed'(Wide'(alpha_i)) + (HalfUp ? Wide'(32) : '0);
    assign active  = quotient_i < 0 ? product >>> 6 : Wide'(quotient_i);
  end else begin : gen_straight
    logic unused;
    assign unused = &{1'b0, alpha_i};
    assign active = Wide'(quotient_i);
  end
  assign value    = active + Zero;
  assign result_o = OutBits'(value < Floor ? Floor : value > Highest ? Highest : value);
endmodule

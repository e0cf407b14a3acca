// SPDX-License-Identifier: Apache-2.0
// round(value · multiplier / 2^shift), saturated to 32 bits. Gates only.
module ohmic_requantize #(
  /// Bits of the value.
  parameter int Width = 32,
  /// 1: the multiplier is read; 0: it is 1.
  parameter bit HasMultiplier = 1'b1,
  /// 0 half to even, 1 half up, 2 half away from zero, 3 down, 4 half up by 31 bits, then half away (TFLite).
  parameter int Rounding = 1
) (
  /// 0: nothing is computed, the quotient is 0.
  input  logic                    enable_i,
  /// The value.
  input  logic signed [Width-1:0] value_i,
  /// Not negative.
  input  logic [31:0]             multiplier_i,
  /// Two's complement; a negative one multiplies.
  input  logic signed [15:0]      shift_i,
  /// The quotient.
  output logic signed [31:0]      quotient_o
);
  localparam int ProductBits = Width + (HasMultiplier ? 33 : 1);
  localparam int WideBits    = ProductBits + 32;  // holds a product shifted left by 31, where everything has saturated

  function automatic logic signed [WideBits-1:0] shifted(logic signed [WideBits-1:0] value, int shift, int rounding);
    logic half, rest, up;
    shifted = value;
    if (shift > 0) begin
      half    = value[shift-1];
      rest    = (value & ((WideBits'(1) << (shift - 1)) - 1'b1)) != '0;
      shifted = value >>> shift;
      case (rounding)
        0:       up = half && (rest || shifted[0]);
        1:       up = half;
        2:       up = half && (rest || !value[WideBits-1]);
        default: up = 1'b0;
      endcase
      if (up) shifted = shifted + 1'b1;
    end
  endfunction

  always_comb begin
    logic signed [WideBits-1:0] wide;
    int                         right;
    quotient_o = '0;
    wide       = '0;
    right      = 32'(shift_i) > ProductBits ? ProductBits : 32'(shift_i);  // beyond it nothing changes
    if (enable_i) begin
      wide = HasMultiplier ? WideBits'(value_i) * signed'(WideBits'(multiplier_i)) : WideBits'(value_i);
      if (right < 0) begin
        wide = wide <<< (right < -31 ? 31 : -right);
      end else if (Rounding != 4) begin
        wide = shifted(wide, right, Rounding);
      end else if (!HasMultiplier || right <= 31) begin
        wide = shifted(wide, right, HasMultiplier ? 1 : 2);
      end else begin
        wide = shifted(shifted(wide, 31, 1), right - 31, 2);
      end
      if (wide > WideBits'(signed'(32'h7fffffff)))      quotient_o = 32'h7fffffff;
      else if (wide < WideBits'(signed'(32'h80000000))) quotient_o = 32'h80000000;
      else                                              quotient_o = wide[31:0];
    end
  end
endmodule

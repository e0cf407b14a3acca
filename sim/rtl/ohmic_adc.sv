// SPDX-License-Identifier: Apache-2.0
// Behavioural model of a converter with the multiplexer before it and the code registers behind it:
//   code = clamp(round_half_even((value · 2^16 - low) / step), 0, 2^Bits - 1)
// In a burst it converts its values one after the other.
module ohmic_adc #(
  /// Bits of a code.
  parameter int Bits = 8,
  /// Values that share the converter.
  parameter int Inputs = 8,
  /// Bits of a value.
  parameter int ValueBits = 16,
  /// Most conversions that end in one cycle.
  parameter int PerCycle = 1,
  /// Bits of a number of conversions; do not overwrite.
  parameter int IndexBits = 4
) (
  /// Clock, rising edge.
  input  logic                        clk_i,
  /// The values, from the bank; stay for the whole burst.
  input  logic [Inputs*ValueBits-1:0] value_i,
  /// Value of code 0 by input, in 2^-16 levels, two's complement.
  input  logic [Inputs*64-1:0]        low_i,
  /// From code to code by input, in 2^-16 levels.
  input  logic [Inputs*64-1:0]        step_i,
  /// Conversions of the burst made before this cycle.
  input  logic [IndexBits-1:0]        from_i,
  /// Conversions of the burst made at the end of this cycle.
  input  logic [IndexBits-1:0]        to_i,
  /// Codes, those of this cycle among them.
  output logic [Inputs*Bits-1:0]      code_o
);
`ifndef SYNTHESIS  // a macro
  localparam longint MaxCode = (longint'(1) << Bits) - 1;

  function automatic logic [Bits-1:0] convert(longint value, longint low, longint step);
    longint above, code, rest;
    above = (value <<< 16) - low;
    if (above <= 0)                   code = 0;
    else if (above >= MaxCode * step) code = MaxCode;
    else begin
      code = above / step;
      rest = 2 * (above - code * step);
      if (rest > step || (rest == step && code[0])) code += 1;
    end
    convert = Bits'(code);
  endfunction

  logic [Inputs*Bits-1:0] code_q;

  always_comb begin
    int i;
    code_o = code_q;
    i = 0;
    for (int k = 0; k < PerCycle; k++) begin
      i = int'(from_i) + k;
      if (i < int'(to_i) && i < Inputs) begin
        code_o[i*Bits +: Bits] = convert(longint'(signed'(value_i[i*ValueBits +: ValueBits])),
                                         low_i[i*64 +: 64], step_i[i*64 +: 64]);
      end
    end
  end
  always_ff @(posedge clk_i) code_q <= code_o;
`endif
endmodule

// SPDX-License-Identifier: Apache-2.0
// Activation as a unit of its own: a beat of sums, each plus its bias, shifted right, activated, saturated. One cycle
// of delay (and a place for a beat that waits), a beat a cycle. Randomized leaky ReLU: one slope for all lanes of a
// beat, the register moves once per accepted beat.
module ohmic_activation #(
  /// Sums in a beat.
  parameter int Lanes = 4,
  /// Bits of a sum.
  parameter int SumBits = 20,
  /// Bits of a bias.
  parameter int BiasBits = 20,
  /// Sum plus bias is divided by 2^Shift.
  parameter int Shift = 3,
  /// Of that quotient: 0 half to even, 1 half up, 2 half away from zero, 3 down.
  parameter int Rounding = 1,
  /// 0 none, 1 ReLU, 2 leaky ReLU, 3 randomized leaky ReLU.
  parameter int Activation = 1,
  /// Slope of the leaky ReLU, Q2.6.
  parameter logic [6:0] Alpha = 7'd8,
  /// First state of the shift register, not 0.
  parameter logic [7:0] Seed = 8'd1,
  /// Of the leaky product: 1 to the nearest with halves up, 0 down.
  parameter bit HalfUp = 1'b1,
  /// Bits of the output.
  parameter int OutBits = 8,
  /// 1: the output is signed.
  parameter bit OutSigned = 1'b1,
  /// Zero point of the output.
  parameter int ZeroPoint = 0
) (
  /// Clock, rising edge.
  input  logic                      clk_i,
  /// Reset, asynchronous, low.
  input  logic                      rst_ni,
  /// There is a beat; stays with the same data until it has passed.
  input  logic                      in_valid_i,
  /// It is taken in this cycle if it is there.
  output logic                      in_ready_o,
  /// Sums, lane 0 lowest, two's complement.
  input  logic [Lanes*SumBits-1:0]  in_data_i,
  /// Their biases, two's complement; as in_data_i.
  input  logic [Lanes*BiasBits-1:0] bias_i,
  /// There is a beat of outputs; stays with the same data until it has passed.
  output logic                      out_valid_o,
  /// It is taken in this cycle if it is there.
  input  logic                      out_ready_i,
  /// Outputs, lane 0 lowest.
  output logic [Lanes*OutBits-1:0]  out_data_o
);
  localparam int Width = (SumBits > BiasBits ? SumBits : BiasBits) + 1;

  logic [6:0]               alpha;
  logic [Lanes*OutBits-1:0] beat;

  if (Activation == 3) begin : gen_random
    ohmic_lfsr #(.Seed(Seed)) i_lfsr (.clk_i, .rst_ni, .step_i(in_valid_i && in_ready_o), .alpha_o(alpha));
  end else begin : gen_fixed
    assign alpha = Alpha;
  end

  for (genvar i = 0; i < Lanes; i++) begin : gen_lanes
    logic signed [Width-1:0] sum;
    logic signed [31:0]      quotient;
    assign sum = Width'(signed'(in_data_i[i*SumBits +: SumBits])) + Width'(signed'(bias_i[i*BiasBits +: BiasBits]));
    ohmic_requantize #(.Width(Width), .HasMultiplier(1'b0), .Rounding(Rounding)) i_requantize (
      .enable_i(in_valid_i), .value_i(sum), .multiplier_i(32'd1), .shift_i(16'(Shift)), .quotient_o(quotient)
    );
    ohmic_activate #(
      .Activation(Activation == 3 ? 2 : Activation), .HalfUp(HalfUp), .OutBits(OutBits), .OutSigned(OutSigned),
      .ZeroPoint(ZeroPoint)
    ) i_activate (
      .quotient_i(quotient), .alpha_i(alpha), .result_o(beat[i*OutBits +: OutBits])
    );
  end

  ohmic_stream_register #(.Width(Lanes * OutBits)) i_register (
    .clk_i, .rst_ni, .in_valid_i, .in_ready_o, .in_data_i(beat), .out_valid_o, .out_ready_i, .out_data_o
  );
endmodule

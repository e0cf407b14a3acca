// SPDX-License-Identifier: Apache-2.0
// Maximum or average of the tokens under a window, Lanes elements a cycle, channel by channel. Cycles of a firing:
// ceil(Taps · Channels / Lanes), also its interval; latency: Pipeline more. Outside of the image the window buffer
// shows the lowest integer to a maximum and the zero point to an average, so that neither counts.
module ohmic_pool #(
  /// Lines of the window.
  parameter int KernelHeight = 2,
  /// Columns of the window.
  parameter int KernelWidth = 2,
  /// Channels.
  parameter int Channels = 4,
  /// Elements of a cycle.
  parameter int Lanes = 3,
  /// Bits of an integer in.
  parameter int XBits = 8,
  /// 1: integers in are signed.
  parameter bit XSigned = 1'b0,
  /// 1: average; 0: maximum (integers out as those in).
  parameter bit Average = 1'b1,
  /// Zero point of the input (average).
  parameter int XZeroPoint = 0,
  /// 1: multiplier and shift; 0: shift only (average).
  parameter bit HasMultiplier = 1'b1,
  /// Of the requantization: 0 half to even, 1 half up, 2 half away from zero, 3 down, 4 as TFLite.
  parameter int Rounding = 1,
  /// Multipliers and shifts: 1, or as many as taps, the one of n taps inside of the image at n - 1.
  parameter int Requants = 1,
  /// Multipliers, 32 bits each.
  parameter logic [Requants*32-1:0] Multiplier = {Requants{32'h40000000}},
  /// Shifts, 16 bits in two's complement each.
  parameter logic [Requants*16-1:0] RequantShift = {Requants{16'd32}},
  /// 1: the requantization is that of the taps inside of the image; 0: always that of all taps.
  parameter bit CountInside = 1'b0,
  /// Output pixels of an image, for CountInside.
  parameter int Firings = 4,
  /// By output pixel, 16 bits each: taps inside of the image, at least 1.
  parameter logic [Firings*16-1:0] Inside = {Firings{16'd4}},
  /// Bits of an output.
  parameter int OutBits = 8,
  /// 1: outputs are signed.
  parameter bit OutSigned = 1'b0,
  /// Zero point of the output (average).
  parameter int ZeroPoint = 0,
  /// Channels of zeros before those of the input.
  parameter int ZerosBefore = 0,
  /// Channels of zeros after them.
  parameter int ZerosAfter = 0,
  /// The integer that they hold.
  parameter int Zero = 0,
  /// Registers behind the lanes.
  parameter int Pipeline = 2,
  /// Results that it may hold.
  parameter int OutputSlots = 2,
  /// Tokens under the window; do not overwrite.
  localparam int Taps = KernelHeight * KernelWidth,
  /// Channels of the output; do not overwrite.
  localparam int OutChannels = ZerosBefore + Channels + ZerosAfter,
  /// Bits of out_count_o; do not overwrite.
  localparam int CountBits = $clog2(OutputSlots + 1)
) (
  /// Clock, rising edge.
  input  logic                           clk_i,
  /// Reset, asynchronous, low.
  input  logic                           rst_ni,
  /// The tokens under the window are there; stays until they are taken.
  input  logic                           in_valid_i,
  /// They are taken in this cycle if in_valid_i is high.
  output logic                           in_ready_o,
  /// Tokens, tap 0 lowest, in it channel 0 lowest.
  input  logic [Taps*Channels*XBits-1:0] in_data_i,
  /// There is a result; stays until it is taken.
  output logic                           out_valid_o,
  /// It is taken in this cycle if it is there.
  input  logic                           out_ready_i,
  /// The oldest result, channel 0 lowest.
  output logic [OutChannels*OutBits-1:0] out_data_o,
  /// Results that are there.
  output logic [CountBits-1:0]           out_count_o
);
  localparam int Elements   = Taps * Channels;
  localparam int Beats      = (Elements + Lanes - 1) / Lanes;
  localparam int BeatBits   = Beats > 1 ? $clog2(Beats) : 1;
  // Element e is tap e mod Taps of channel e / Taps: tap and channel are counted, a beat is Lanes further.
  localparam int TapBits     = $clog2(2 * Taps);
  localparam int ChannelBits = $clog2(Channels + Lanes / Taps + 2);
  localparam int FiringBits = Firings > 1 ? $clog2(Firings) : 1;
  localparam int SumBits    = XBits + 2 + $clog2(Taps + 1);

  logic                      start, has_slot, active, running_q, ends;
  logic [BeatBits-1:0]       beat_q;
  logic [TapBits-1:0]        tap_q;      // of lane 0
  logic [ChannelBits-1:0]    channel_q;  // of lane 0
  logic [FiringBits-1:0]     firing_q;  // of the next start
  logic [31:0]               requant_d, requant_q;
  logic [Elements*XBits-1:0] window_d, window_q;

  assign in_ready_o = !running_q && has_slot;
  assign start      = in_valid_i && in_ready_o;
  assign active     = start || running_q;
  assign ends       = active && beat_q == BeatBits'(Beats - 1);
  assign window_d   = start ? in_data_i : window_q;
  always_comb begin
    requant_d = requant_q;
    if (start) begin
      requant_d = Requants == 1 ? 0 : Taps - 1;
      if (CountInside && Requants != 1) requant_d = 32'(Inside[32'(firing_q)*16 +: 16]) - 1;
    end
  end

  logic [TapBits-1:0]     next_offset, next_tap;
  logic [ChannelBits-1:0] next_channel;
  assign next_offset  = tap_q + TapBits'(Lanes % Taps);
  assign next_tap     = next_offset >= TapBits'(Taps) ? next_offset - TapBits'(Taps) : next_offset;
  assign next_channel = channel_q + ChannelBits'(Lanes / Taps) + ChannelBits'(next_offset >= TapBits'(Taps));
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      beat_q    <= '0;
      tap_q     <= '0;
      channel_q <= '0;
      firing_q  <= '0;
    end else begin
      if (active) begin
        running_q <= !ends;
        beat_q    <= ends ? '0 : beat_q + 1'b1;
        tap_q     <= ends ? '0 : next_tap;
        channel_q <= ends ? '0 : next_channel;
      end
      if (start) firing_q <= firing_q == FiringBits'(Firings - 1) ? '0 : firing_q + 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    window_q  <= window_d;
    requant_q <= requant_d;
  end

  // The lanes of a cycle are a chain: a channel may begin in any.
  logic signed [SumBits-1:0]    carry_q;
  logic [Lanes*SumBits-1:0]     chain;
  logic [Lanes*OutBits-1:0]     outputs;
  logic [Lanes*ChannelBits-1:0] channels;
  logic [Lanes-1:0]             complete;
  for (genvar lane = 0; lane < Lanes; lane++) begin : gen_lanes
    logic signed [SumBits-1:0] so_far, x, value;
    logic [TapBits-1:0]        offset, tap;
    logic [ChannelBits-1:0]    channel;
    logic                      wraps, is_there;
    if (lane == 0) begin : gen_first
      assign so_far = carry_q;
    end else begin : gen_next
      assign so_far = chain[(lane-1)*SumBits +: SumBits];
    end
    assign offset   = tap_q + TapBits'(lane % Taps);
    assign wraps    = offset >= TapBits'(Taps);
    assign tap      = wraps ? offset - TapBits'(Taps) : offset;
    assign channel  = channel_q + ChannelBits'(lane / Taps) + ChannelBits'(wraps);
    assign is_there = active && channel < ChannelBits'(Channels);
    assign channels[lane*ChannelBits +: ChannelBits] = channel;
    always_comb begin
      logic [XBits-1:0] integer_in;
      integer_in = '0;
      x          = '0;
      value      = so_far;
      if (is_there) begin
        integer_in = window_d[(32'(tap)*Channels+32'(channel))*XBits +: XBits];
        x          = XSigned ? SumBits'(signed'(integer_in)) : SumBits'(integer_in);
        if (Average) value = (tap == 0 ? '0 : so_far) + x - SumBits'(XZeroPoint);
        else         value = tap == 0 || x > so_far ? x : so_far;
      end
    end
    assign chain[lane*SumBits +: SumBits] = value;
    assign complete[lane] = is_there && tap == TapBits'(Taps - 1);

    if (Average) begin : gen_average
      logic signed [31:0] quotient;
      ohmic_requantize #(.Width(SumBits), .HasMultiplier(HasMultiplier), .Rounding(Rounding)) i_requantize (
        .enable_i(complete[lane]), .value_i(value), .multiplier_i(Multiplier[32'(requant_d)*32 +: 32]),
        .shift_i(RequantShift[32'(requant_d)*16 +: 16]), .quotient_o(quotient)
      );
      ohmic_activate #(.Activation(0), .OutBits(OutBits), .OutSigned(OutSigned), .ZeroPoint(ZeroPoint)) i_activate (
        .quotient_i(quotient), .alpha_i('0), .result_o(outputs[lane*OutBits +: OutBits])
      );
    end else begin : gen_maximum
      assign outputs[lane*OutBits +: OutBits] = OutBits'(value);
    end
  end
  always_ff @(posedge clk_i) carry_q <= chain[(Lanes-1)*SumBits +: SumBits];

  logic [Channels*OutBits-1:0] result_d, result_q, delayed, oldest;
  logic                        done;
  always_comb begin
    result_d = result_q;
    for (int lane = 0; lane < Lanes; lane++) begin
      if (complete[lane]) begin
        result_d[32'(channels[lane*ChannelBits +: ChannelBits])*OutBits +: OutBits] = outputs[lane*OutBits +: OutBits];
      end
    end
  end
  always_ff @(posedge clk_i) result_q <= result_d;

  ohmic_pipe #(.Width(Channels * OutBits + 1), .Registers(Pipeline)) i_pipeline (
    .clk_i, .rst_ni, .data_i({ends, result_d}), .data_o({done, delayed})
  );
  ohmic_output_slots #(.Width(Channels * OutBits), .Slots(OutputSlots)) i_slots (
    .clk_i, .rst_ni, .start_i(start), .free_o(has_slot), .write_i(done), .data_i(delayed), .out_valid_o, .out_ready_i,
    .out_data_o(oldest), .out_count_o
  );
  for (genvar c = 0; c < OutChannels; c++) begin : gen_outputs
    if (c < ZerosBefore || c >= ZerosBefore + Channels) begin : gen_zero
      assign out_data_o[c*OutBits +: OutBits] = OutBits'(Zero);
    end else begin : gen_channel
      assign out_data_o[c*OutBits +: OutBits] = oldest[(c-ZerosBefore)*OutBits +: OutBits];
    end
  end
endmodule

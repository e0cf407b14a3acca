// SPDX-License-Identifier: Apache-2.0
// Partial sums to output integers of a layer. A firing takes one token of every port whose phase it is, adds them up,
// Lanes columns of one token a cycle, and after the last token of these columns makes them outputs. Cycles of a firing:
// Passes · ceil(Columns / Lanes), also its interval; latency: Pipeline more.
//   acc = round_half_even((sum · Factor + Constant) / 2^Shift), then ohmic_output_lane
module ohmic_combine #(
  /// Input ports.
  parameter int Ports = 2,
  /// Columns of the layer.
  parameter int Columns = 4,
  /// Columns that are worked on in a cycle.
  parameter int Lanes = 2,
  /// Most ports of the same phase.
  parameter int Passes = 2,
  /// Bits of an element of a partial sum.
  parameter int SumBits = 32,
  /// Elements of all ports together.
  parameter int Elements = 8,
  /// Phases; firing f of an image has phase f mod Period.
  parameter int Period = 1,
  /// Firings of an image.
  parameter int Firings = 4,
  /// By port, 32 bits each, port 0 lowest: its phase.
  parameter logic [Ports*32-1:0] PortPhase = '0,
  /// By port, in it by column, 32 bits each: the element of in_data_i that it gives for the column; all ones: none.
  parameter logic [Ports*Columns*32-1:0] PortElement = {32'd7, 32'd6, 32'd5, 32'd4, 32'd3, 32'd2, 32'd1, 32'd0},
  /// Factors: 1 for all columns, or Columns.
  parameter int Factors = 1,
  /// Step of the converter in 2^-16 levels if sums are in codes, 1 if in levels; 64 bits each.
  parameter logic [Factors*64-1:0] Factor = {Factors{64'd1}},
  /// By column, 64 bits each: constant of the reconstruction, times 2^16 if sums are in codes.
  parameter logic [Columns*64-1:0] Constant = '0,
  /// Shift of the reconstruction, 16 more if sums are in codes.
  parameter int Shift = 0,
  /// Bits that hold sum · Factor + Constant.
  parameter int WideBits = 66,
  /// By column, 64 bits each: the bias.
  parameter logic [Columns*64-1:0] Bias = '0,
  /// Bits of the accumulator.
  parameter int AccumulatorBits = 32,
  /// Sum plus bias: 1 saturates, 0 wraps.
  parameter bit Saturate = 1'b0,
  /// 1: multiplier and shift; 0: shift only.
  parameter bit HasMultiplier = 1'b1,
  /// Of the requantization: 0 half to even, 1 half up, 2 half away from zero, 3 down, 4 as TFLite.
  parameter int Rounding = 1,
  /// Multipliers and shifts: 1 for all columns, or Columns.
  parameter int Requants = 1,
  /// Multipliers, 32 bits each.
  parameter logic [Requants*32-1:0] Multiplier = {Requants{32'h40000000}},
  /// Shifts, 16 bits in two's complement each.
  parameter logic [Requants*16-1:0] RequantShift = {Requants{16'd36}},
  /// 0 none, 1 ReLU, 2 leaky ReLU, 3 randomized leaky ReLU.
  parameter int Activation = 1,
  /// Slope of the leaky ReLU, Q2.6.
  parameter logic [6:0] Alpha = 7'd8,
  /// First state of the shift register, not 0.
  parameter logic [7:0] Seed = 8'd1,
  /// Of the leaky product: 1 to the nearest with halves up, 0 down.
  parameter bit HalfUp = 1'b1,
  /// Bits of an output.
  parameter int OutBits = 8,
  /// 1: outputs are signed.
  parameter bit OutSigned = 1'b0,
  /// Zero point of the output.
  parameter int ZeroPoint = 0,
  /// Registers behind the lanes.
  parameter int Pipeline = 2,
  /// Results that it may hold.
  parameter int OutputSlots = 2,
  /// Bits of out_count_o; do not overwrite.
  localparam int CountBits = $clog2(OutputSlots + 1)
) (
  /// Clock, rising edge.
  input  logic                        clk_i,
  /// Reset, asynchronous, low: phase 0.
  input  logic                        rst_ni,
  /// Every port whose turn it is has a token; stays until they are taken.
  input  logic                        in_valid_i,
  /// They are taken in this cycle if in_valid_i is high.
  output logic                        in_ready_o,
  /// Tokens of all ports, port 0 lowest; those whose turn it is not are not read.
  input  logic [Elements*SumBits-1:0] in_data_i,
  /// There is a result; stays until it is taken.
  output logic                        out_valid_o,
  /// It is taken in this cycle if it is there.
  input  logic                        out_ready_i,
  /// The oldest result, column 0 lowest.
  output logic [Columns*OutBits-1:0]  out_data_o,
  /// Results that are there.
  output logic [CountBits-1:0]        out_count_o
);
  // verilator no_inline_module
  localparam int Beats      = (Columns + Lanes - 1) / Lanes;
  localparam int BeatBits   = Beats > 1 ? $clog2(Beats) : 1;
  localparam int PassBits   = Passes > 1 ? $clog2(Passes) : 1;
  localparam int PhaseBits  = Period > 1 ? $clog2(Period) : 1;
  localparam int FiringBits = Firings > 1 ? $clog2(Firings) : 1;
  localparam int PassWidth  = Columns * SumBits;

  // Pass of a port: ports of its phase before it.
  function automatic int pass_of(int port);
    pass_of = 0;
    for (int p = 0; p < port; p++) begin
      if (PortPhase[p*32 +: 32] == PortPhase[port*32 +: 32]) pass_of += 1;
    end
  endfunction

  logic                 start, has_slot, active, running_q, pass_ends, beat_ends, unused;
  logic [BeatBits-1:0]  beat_q;
  logic [PassBits-1:0]  pass_q;
  logic [PhaseBits-1:0] phase_q;

  assign in_ready_o = !running_q && has_slot;
  assign start      = in_valid_i && in_ready_o;
  assign active     = start || running_q;
  assign pass_ends  = active && pass_q == PassBits'(Passes - 1);
  assign beat_ends  = pass_ends && beat_q == BeatBits'(Beats - 1);
  assign unused     = &{1'b0, in_data_i};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      beat_q    <= '0;
      pass_q    <= '0;
    end else if (active) begin
      running_q <= !beat_ends;
      pass_q    <= pass_ends ? '0 : pass_q + 1'b1;
      if (pass_ends) beat_q <= beat_ends ? '0 : beat_q + 1'b1;
    end
  end

  if (Period == 1) begin : gen_one_phase
    assign phase_q = '0;
  end else begin : gen_phases
    logic [FiringBits-1:0] firing_q;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        phase_q  <= '0;
        firing_q <= '0;
      end else if (start) begin
        firing_q <= firing_q == FiringBits'(Firings - 1) ? '0 : firing_q + 1'b1;
        phase_q  <= firing_q == FiringBits'(Firings - 1) || phase_q == PhaseBits'(Period - 1) ? '0 : phase_q + 1'b1;
      end
    end
  end

  // Operands by pass, in it by column; from the buffers in the cycle of the start, then from a register.
  logic [Passes*PassWidth-1:0] operand_d, operand_q;
  always_comb begin
    operand_d = operand_q;
    if (start) begin
      operand_d = '0;
      for (int p = 0; p < Ports; p++) begin
        if (PortPhase[p*32 +: 32] == 32'(phase_q)) begin
          for (int c = 0; c < Columns; c++) begin
            if (PortElement[(p*Columns+c)*32 +: 32] != '1) begin
              operand_d[pass_of(p)*PassWidth + c*SumBits +: SumBits] =
                  in_data_i[32'(PortElement[(p*Columns+c)*32 +: 32])*SumBits +: SumBits];
            end
          end
        end
      end
    end
  end
  always_ff @(posedge clk_i) operand_q <= operand_d;

  logic [6:0] alpha;
  if (Activation == 3) begin : gen_random
    ohmic_lfsr #(.Seed(Seed)) i_lfsr (.clk_i, .rst_ni, .step_i(pass_ends), .alpha_o(alpha));
  end else begin : gen_fixed
    assign alpha = Alpha;
  end

  logic [Lanes*OutBits-1:0] outputs;
  for (genvar lane = 0; lane < Lanes; lane++) begin : gen_lanes
    logic signed [SumBits-1:0]  sum_d, sum_q;
    logic signed [WideBits-1:0] accumulated;
    logic [31:0]                column, multiplier;
    logic signed [63:0]         bias;
    logic signed [15:0]         shift;
    logic                       used;

    assign column = 32'(beat_q) * Lanes + lane;
    assign used   = active && column < Columns;
    always_comb begin
      logic signed [WideBits-1:0] wide, half;
      sum_d       = pass_q == '0 ? '0 : sum_q;
      wide        = '0;
      half        = '0;
      accumulated = '0;
      bias        = '0;
      multiplier  = '0;
      shift       = '0;
      if (used) begin
        sum_d += signed'(operand_d[32'(pass_q)*PassWidth + 32'(column)*SumBits +: SumBits]);
        if (pass_ends) begin
          wide = WideBits'(sum_d) * WideBits'(signed'(Factor[(Factors == 1 ? 0 : 32'(column))*64 +: 64])) +
                 WideBits'(signed'(Constant[32'(column)*64 +: 64]));
          // Half to even: half of the divisor less one, and one more where the quotient is odd.
          half = Shift == 0 ? '0 : (WideBits'(1) <<< (Shift > 0 ? Shift - 1 : 0)) - 1'b1 + WideBits'(wide[Shift]);
          accumulated = (wide + half) >>> Shift;
          bias        = Bias[32'(column)*64 +: 64];
          multiplier  = Multiplier[(Requants == 1 ? 0 : 32'(column))*32 +: 32];
          shift       = RequantShift[(Requants == 1 ? 0 : 32'(column))*16 +: 16];
        end
      end
    end
    always_ff @(posedge clk_i) sum_q <= sum_d;

    ohmic_output_lane #(
      .SumBits(WideBits), .AccumulatorBits(AccumulatorBits), .Saturate(Saturate), .HasMultiplier(HasMultiplier),
      .Rounding(Rounding), .Activation(Activation == 3 ? 2 : Activation), .HalfUp(HalfUp), .OutBits(OutBits),
      .OutSigned(OutSigned), .ZeroPoint(ZeroPoint)
    ) i_output (
      .enable_i(used && pass_ends), .sum_i(accumulated), .bias_i(bias), .multiplier_i(multiplier), .shift_i(shift),
      .alpha_i(alpha), .result_o(outputs[lane*OutBits +: OutBits])
    );
  end

  // Outputs of a beat beside those of the beats before it.
  logic [Columns*OutBits-1:0] result_d, result_q, delayed;
  logic                       done;
  always_comb begin
    result_d = result_q;
    for (int lane = 0; lane < Lanes; lane++) begin
      if (pass_ends && 32'(beat_q) * Lanes + lane < Columns) begin
        result_d[(32'(beat_q)*Lanes+lane)*OutBits +: OutBits] = outputs[lane*OutBits +: OutBits];
      end
    end
  end
  always_ff @(posedge clk_i) result_q <= result_d;

  ohmic_pipe #(.Width(Columns * OutBits + 1), .Registers(Pipeline)) i_pipeline (
    .clk_i, .rst_ni, .data_i({beat_ends, result_d}), .data_o({done, delayed})
  );
  ohmic_output_slots #(.Width(Columns * OutBits), .Slots(OutputSlots)) i_slots (
    .clk_i, .rst_ni, .start_i(start), .free_o(has_slot), .write_i(done), .data_i(delayed), .out_valid_o, .out_ready_i,
    .out_data_o, .out_count_o
  );
endmodule

// SPDX-License-Identifier: Apache-2.0
// Digital product of a vector with a matrix whose weights stream in: Inputs · Outputs multipliers, one word of weights
// a cycle. N = ceil(Rows / Inputs) · ceil(Columns / Outputs) words make a vector. Started in t, words 0 … N - 1 pass in
// t + 1 … t + N, the next vector may start in t + N. Latency: N + MultiplyCycles + AccumulateCycles + Pipeline.
module ohmic_multiply_lanes #(
  /// Integers of the vector.
  parameter int Rows = 4,
  /// Columns of the layer.
  parameter int Columns = 8,
  /// Rows multiplied at once.
  parameter int Inputs = 4,
  /// Columns multiplied at once.
  parameter int Outputs = 4,
  /// Bits of an input.
  parameter int XBits = 8,
  /// 1: inputs are signed.
  parameter bit XSigned = 1'b1,
  /// Zero point of the input, taken off.
  parameter int XZeroPoint = 0,
  /// Bits of a weight, two's complement.
  parameter int WeightBits = 8,
  /// Bits that hold every partial sum.
  parameter int SumBits = 20,
  /// Registers of a product, at least 1.
  parameter int MultiplyCycles = 1,
  /// Registers from products to sums, the accumulators the last, at least 1.
  parameter int AccumulateCycles = 1,
  /// By column, 64 bits each: the bias.
  parameter logic [Columns*64-1:0] Bias = '0,
  /// Bits of the accumulator.
  parameter int AccumulatorBits = 32,
  /// Sum plus bias: 1 saturates, 0 wraps.
  parameter bit Saturate = 1'b0,
  /// 1: multiplier and shift; 0: shift only.
  parameter bit HasMultiplier = 1'b0,
  /// Of the requantization: 0 half to even, 1 half up, 2 half away from zero, 3 down, 4 as TFLite.
  parameter int Rounding = 1,
  /// Multipliers and shifts: 1 for all columns, or Columns.
  parameter int Requants = 1,
  /// Multipliers, 32 bits each.
  parameter logic [Requants*32-1:0] Multiplier = {Requants{32'd1}},
  /// Shifts, 16 bits in two's complement each.
  parameter logic [Requants*16-1:0] RequantShift = {Requants{16'd3}},
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
  parameter bit OutSigned = 1'b1,
  /// Zero point of the output.
  parameter int ZeroPoint = 0,
  /// Registers behind the activation, at least 1 (the last is the output slot).
  parameter int Pipeline = 2,
  /// Results that it may hold.
  parameter int OutputSlots = 2,
  /// Bits of out_count_o; do not overwrite.
  localparam int CountBits = $clog2(OutputSlots + 1),
  /// Bits of a word of weights; do not overwrite.
  localparam int WordBits = Inputs * Outputs * WeightBits
) (
  /// Clock, rising edge.
  input  logic                       clk_i,
  /// Reset, asynchronous, low: no vector, first word.
  input  logic                       rst_ni,
  /// There is a vector; stays until it is taken.
  input  logic                       in_valid_i,
  /// It is taken in this cycle if it is there. Follows word_valid_i within the cycle.
  output logic                       in_ready_o,
  /// The vector, integer 0 lowest.
  input  logic [Rows*XBits-1:0]      in_data_i,
  /// There is the next word. The lanes wait for one that is late; in an emitted chip none is.
  input  logic                       word_valid_i,
  /// The word is taken in this cycle.
  output logic                       word_ready_o,
  /// Weights: that of row i and column j of the word at (j · Inputs + i) · WeightBits.
  input  logic [WordBits-1:0]        word_data_i,
  /// There is a result; stays until it is taken.
  output logic                       out_valid_o,
  /// It is taken in this cycle if it is there.
  input  logic                       out_ready_i,
  /// The oldest result, column 0 lowest.
  output logic [Columns*OutBits-1:0] out_data_o,
  /// Results that are there.
  output logic [CountBits-1:0]       out_count_o
);
  localparam int RowSteps    = (Rows + Inputs - 1) / Inputs;
  localparam int ColumnSteps = (Columns + Outputs - 1) / Outputs;
  localparam int RowBits     = RowSteps > 1 ? $clog2(RowSteps) : 1;
  localparam int ColumnBits  = ColumnSteps > 1 ? $clog2(ColumnSteps) : 1;
  localparam int OperandBits = XBits + 2;
  localparam int ProductBits = OperandBits + WeightBits;
  localparam int FlagBits    = ColumnBits + 3;  // of a word: its columns, valid, first and last of its rows

  logic                       start, has_slot, pass, last_row, last_word, running_q;
  logic [RowBits-1:0]         row_q;
  logic [ColumnBits-1:0]      column_q;
  logic [RowSteps*Inputs*OperandBits-1:0] operand_q;

  assign pass         = running_q && word_valid_i;
  assign last_row     = row_q == RowBits'(RowSteps - 1);
  assign last_word    = pass && last_row && column_q == ColumnBits'(ColumnSteps - 1);
  assign in_ready_o   = (!running_q || last_word) && has_slot;
  assign start        = in_valid_i && in_ready_o;
  assign word_ready_o = running_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      row_q     <= '0;
      column_q  <= '0;
    end else begin
      running_q <= start || (running_q && !last_word);
      if (pass) begin
        row_q <= last_row ? '0 : row_q + 1'b1;
        if (last_row) column_q <= last_word ? '0 : column_q + 1'b1;
      end
    end
  end

  function automatic logic [RowSteps*Inputs*OperandBits-1:0] operands_of(logic [Rows*XBits-1:0] x);
    operands_of = '0;
    for (int i = 0; i < Rows; i++) begin
      operands_of[i*OperandBits +: OperandBits] =
          (XSigned ? OperandBits'(signed'(x[i*XBits +: XBits])) : OperandBits'(x[i*XBits +: XBits])) -
          OperandBits'(XZeroPoint);
    end
  endfunction
  always_ff @(posedge clk_i) if (start) operand_q <= operands_of(in_data_i);

  // Multiply, then add over the rows of a word: registers behind each.
  logic [Inputs*OperandBits-1:0]         operand;
  logic [Inputs*Outputs*ProductBits-1:0] product, product_late;
  logic [Outputs*SumBits-1:0]            sum, sum_late;
  logic [FlagBits-1:0]                   flags_late;

  assign operand = operand_q[32'(row_q)*Inputs*OperandBits +: Inputs*OperandBits];
  for (genvar j = 0; j < Outputs; j++) begin : gen_products
    for (genvar i = 0; i < Inputs; i++) begin : gen_rows
      assign product[(j*Inputs+i)*ProductBits +: ProductBits] =
          ProductBits'(signed'(operand[i*OperandBits +: OperandBits])) *
          ProductBits'(signed'(word_data_i[(j*Inputs+i)*WeightBits +: WeightBits]));
    end
  end
  ohmic_pipe #(.Width(Inputs * Outputs * ProductBits), .Registers(MultiplyCycles)) i_multiply (
    .clk_i, .rst_ni, .data_i(product), .data_o(product_late)
  );
  always_comb begin
    sum = '0;
    for (int j = 0; j < Outputs; j++) begin
      for (int i = 0; i < Inputs; i++) begin
        sum[j*SumBits +: SumBits] = sum[j*SumBits +: SumBits] +
                                    SumBits'(signed'(product_late[(j*Inputs+i)*ProductBits +: ProductBits]));
      end
    end
  end
  ohmic_pipe #(.Width(Outputs * SumBits), .Registers(AccumulateCycles - 1)) i_add (
    .clk_i, .rst_ni, .data_i(sum), .data_o(sum_late)
  );
  ohmic_pipe #(.Width(FlagBits), .Registers(MultiplyCycles + AccumulateCycles - 1)) i_flags (
    .clk_i, .rst_ni, .data_i({column_q, pass, row_q == '0, last_row}), .data_o(flags_late)
  );

  logic [Outputs*SumBits-1:0] accumulator_q;
  logic                       beat_q;  // the accumulators hold the sums of all rows
  logic [ColumnBits-1:0]      beat_column_q;
  always_ff @(posedge clk_i) begin
    if (flags_late[2]) begin
      for (int j = 0; j < Outputs; j++) begin
        accumulator_q[j*SumBits +: SumBits] <=
            (flags_late[1] ? '0 : accumulator_q[j*SumBits +: SumBits]) + sum_late[j*SumBits +: SumBits];
      end
      beat_column_q <= flags_late[FlagBits-1:3];
    end
  end
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) beat_q <= 1'b0;
    else         beat_q <= flags_late[2] && flags_late[0];
  end

  logic [6:0] alpha;
  if (Activation == 3) begin : gen_random
    ohmic_lfsr #(.Seed(Seed)) i_lfsr (.clk_i, .rst_ni, .step_i(beat_q), .alpha_o(alpha));
  end else begin : gen_fixed
    assign alpha = Alpha;
  end

  logic [Outputs*OutBits-1:0] outputs;
  for (genvar j = 0; j < Outputs; j++) begin : gen_outputs
    logic [31:0]        column, known, multiplier;
    logic signed [63:0] bias;
    logic signed [15:0] shift;
    assign column     = 32'(beat_column_q) * Outputs + j;
    assign known      = column < Columns ? column : '0;  // the last beat may be filled in part
    assign bias       = Bias[32'(known)*64 +: 64];
    assign multiplier = Multiplier[(Requants == 1 ? 0 : 32'(known))*32 +: 32];
    assign shift      = RequantShift[(Requants == 1 ? 0 : 32'(known))*16 +: 16];
    ohmic_output_lane #(
      .SumBits(SumBits), .AccumulatorBits(AccumulatorBits), .Saturate(Saturate), .HasMultiplier(HasMultiplier),
      .Rounding(Rounding), .Activation(Activation == 3 ? 2 : Activation), .HalfUp(HalfUp), .OutBits(OutBits),
      .OutSigned(OutSigned), .ZeroPoint(ZeroPoint)
    ) i_output (
      .enable_i(beat_q), .sum_i(accumulator_q[j*SumBits +: SumBits]), .bias_i(bias), .multiplier_i(multiplier),
      .shift_i(shift), .alpha_i(alpha), .result_o(outputs[j*OutBits +: OutBits])
    );
  end

  logic [Columns*OutBits-1:0] result_d, result_q, delayed;
  logic                       done;
  always_comb begin
    result_d = result_q;
    for (int j = 0; j < Outputs; j++) begin
      if (beat_q && 32'(beat_column_q) * Outputs + j < Columns) begin
        result_d[(32'(beat_column_q)*Outputs+j)*OutBits +: OutBits] = outputs[j*OutBits +: OutBits];
      end
    end
  end
  always_ff @(posedge clk_i) result_q <= result_d;

  ohmic_pipe #(.Width(Columns * OutBits + 1), .Registers(Pipeline - 1)) i_pipeline (
    .clk_i, .rst_ni, .data_i({beat_q && beat_column_q == ColumnBits'(ColumnSteps - 1), result_d}),
    .data_o({done, delayed})
  );
  ohmic_output_slots #(.Width(Columns * OutBits), .Slots(OutputSlots)) i_slots (
    .clk_i, .rst_ni, .start_i(start), .free_o(has_slot), .write_i(done), .data_i(delayed), .out_valid_o, .out_ready_i,
    .out_data_o, .out_count_o
  );
endmodule

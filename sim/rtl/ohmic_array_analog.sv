// SPDX-License-Identifier: Apache-2.0
// One array of an analog tile: drivers, crossbar, sample-and-hold, converters, shift-and-add. The tile's sequencer says
// what happens when; only the crossbar and the converters are models of analog parts.
module ohmic_array_analog #(
  /// Rows that are used.
  parameter int Rows = 8,
  /// Columns of weights.
  parameter int Columns = 4,
  /// Bits of an integer of the input.
  parameter int XBits = 8,
  /// 1: inputs are signed.
  parameter bit XSigned = 1'b0,
  /// Drive value v = x - Offset.
  parameter int Offset = 0,
  /// Digits of v: 0 two's complement, 1 sign magnitude, 2 bipolar (ohmic_row_driver).
  parameter int InputEncoding = 0,
  /// Input steps of a vector.
  parameter int Steps = 8,
  /// First bit of each step's digit and power of two of its weight, 8 bits a step, step 0 lowest.
  parameter logic [Steps*8-1:0] StepShift = 64'h0706050403020100,
  /// Bits of each step's digit, 8 bits a step.
  parameter logic [Steps*8-1:0] StepBits = {Steps{8'd1}},
  /// By step, sign magnitude: the digit of max(-v, 0).
  parameter logic [Steps-1:0] StepNegative = '0,
  /// By step: its weight is negative.
  parameter logic [Steps-1:0] StepMinus = '0,
  /// Bits of the widest digit.
  parameter int DigitBits = 1,
  /// 1: all steps meet before the converter.
  parameter bit AnalogInputs = 1'b0,
  /// Bits of a cell.
  parameter int CellBits = 2,
  /// Slices of a weight.
  parameter int Slices = 4,
  /// 2: differential weights (p, n), else 1.
  parameter int Polarities = 2,
  /// 1: cells conduct -1 or +1.
  parameter bit Xnor = 1'b0,
  /// Weight of each slice, 32 bits in two's complement, slice 0 lowest.
  parameter logic [Slices*32-1:0] SliceWeight = {32'd64, 32'd16, 32'd4, 32'd1},
  /// 1: the slices of a weight meet before the converter.
  parameter bit AnalogSlices = 1'b0,
  /// 1: p - n meets before the converter.
  parameter bit AnalogPolarity = 1'b1,
  /// Rows of an array that are read at once.
  parameter int ParallelRows = 64,
  /// Bits of a column value.
  parameter int ValueBits = 16,
  /// Bits of a converter.
  parameter int AdcBits = 8,
  /// Conversions of one converter in a burst.
  parameter int Conversions = 8,
  /// Most conversions of a converter that end in one cycle.
  parameter int PerCycle = 1,
  /// Sample-and-hold banks.
  parameter int Banks = 2,
  /// Factor of the sum of the drive values, 0: none.
  parameter int InputSum = 0,
  /// Bits of the sum of the drive values of an array; 1 where there is no factor.
  parameter int SumBits = 1,
  /// Bits of an element of the result.
  parameter int ResultBits = 32,
  /// Bits of a row group.
  parameter int GroupBits = 1,
  /// Bits of a step.
  parameter int StepIndexBits = 3,
  /// Bits of a number of conversions.
  parameter int IndexBits = 4,
  /// Bits of a row number.
  parameter int RowBits = 3,
  /// Bits of a row of cells; do not overwrite.
  localparam int WordBits = Slices * Polarities * Columns * CellBits
) (
  /// Clock, rising edge.
  input  logic                          clk_i,
  /// Reset, asynchronous, low.
  input  logic                          rst_ni,
  /// A vector is taken in this cycle.
  input  logic                          start_i,
  /// Its integers, row 0 lowest.
  input  logic [Rows*XBits-1:0]         x_i,
  /// From ohmic_tile_sequencer.
  input  logic                          read_i,
  /// Row group that is read.
  input  logic [GroupBits-1:0]          read_group_i,
  /// Step that is read.
  input  logic [StepIndexBits-1:0]      read_step_i,
  /// Conversions made before this cycle.
  input  logic [IndexBits-1:0]          convert_from_i,
  /// Conversions made at the end of this cycle.
  input  logic [IndexBits-1:0]          convert_to_i,
  /// All codes are there at the end of this cycle.
  input  logic                          convert_end_i,
  /// Ranges: value of code 0 by column, 2^-16 levels.
  input  logic [Columns*64-1:0]         low_i,
  /// From code to code by column, 2^-16 levels.
  input  logic [Columns*64-1:0]         step_i,
  /// What code 0 adds, by column.
  input  logic [Columns*ResultBits-1:0] base_i,
  /// What a unit of a code adds, by column.
  input  logic [Columns*ResultBits-1:0] unit_i,
  /// Codes are added at the end of this cycle.
  input  logic                          add_end_i,
  /// Row group that is added.
  input  logic [GroupBits-1:0]          add_group_i,
  /// Step that is added.
  input  logic [StepIndexBits-1:0]      add_step_i,
  /// The first group of a vector is added.
  input  logic                          add_first_i,
  /// Accumulators at the end of this cycle.
  output logic [Columns*ResultBits-1:0] result_o,
  /// A row is written at the end of this cycle.
  input  logic                          write_i,
  /// The row.
  input  logic [RowBits-1:0]            write_row_i,
  /// Its cells.
  input  logic [WordBits-1:0]           write_data_i
);
  // verilator no_inline_module
  localparam int Values     = (AnalogSlices ? 1 : Slices) * (AnalogPolarity ? 1 : Polarities);
  localparam int Items      = Columns * Values;  // conversions of a group
  localparam int Planes     = AnalogInputs ? Steps * DigitBits : DigitBits;
  localparam int AddedSteps = AnalogInputs ? 1 : Steps;
  localparam int Groups     = (Rows + ParallelRows - 1) / ParallelRows;

  // Weight of each bit plane relative to the first step of its conversion.
  function automatic logic [Planes*32-1:0] plane_weights();
    int step, weight;
    for (int plane = 0; plane < Planes; plane++) begin
      step   = plane / DigitBits;
      weight = 1 << (32'(StepShift[step*8 +: 8]) - 32'(StepShift[7:0]) + plane % DigitBits);
      plane_weights[plane*32 +: 32] = StepMinus[step] != StepMinus[0] ? -weight : weight;
    end
  endfunction
  // Weight of each value: of its first slice, negative for n.
  function automatic logic [Values*32-1:0] value_weights();
    int slice, weight;
    for (int value = 0; value < Values; value++) begin
      slice  = AnalogSlices ? 0 : value / (AnalogPolarity ? 1 : Polarities);
      weight = 32'(SliceWeight[slice*32 +: 32]);
      value_weights[value*32 +: 32] = !AnalogPolarity && value % Polarities == 1 ? -weight : weight;
    end
  endfunction

  logic [Rows-1:0]            enable;
  logic [Planes*Rows-1:0]     digits;
  logic [Items*ValueBits-1:0] values;
  logic signed [SumBits-1:0]  sum;

  ohmic_row_driver #(
    .Rows(Rows), .XBits(XBits), .XSigned(XSigned), .Offset(Offset), .Encoding(InputEncoding), .Steps(Steps),
    .StepShift(StepShift), .StepBits(StepBits), .StepNegative(StepNegative), .DigitBits(DigitBits),
    .AllSteps(AnalogInputs), .ParallelRows(ParallelRows), .GroupBits(GroupBits), .StepIndexBits(StepIndexBits),
    .SumBits(SumBits)
  ) i_drivers (
    .clk_i, .start_i, .x_i, .group_i(read_group_i), .step_i(read_step_i), .enable_o(enable), .digit_o(digits),
    .sum_o(sum)
  );

  ohmic_crossbar #(
    .Rows(Rows), .Columns(Columns), .CellBits(CellBits), .Slices(Slices), .Polarities(Polarities), .Xnor(Xnor),
    .Bipolar(InputEncoding == 2), .Planes(Planes), .PlaneWeight(plane_weights()), .SliceWeight(SliceWeight),
    .AnalogSlices(AnalogSlices), .AnalogPolarity(AnalogPolarity), .ValueBits(ValueBits), .RowBits(RowBits)
  ) i_cells (
    .clk_i, .read_i, .enable_i(enable), .digit_i(digits), .value_o(values), .write_i, .write_row_i, .write_data_i
  );

  logic [Items*ValueBits-1:0] held;
  ohmic_sample_hold #(.Width(Items * ValueBits), .Banks(Banks)) i_sample_hold (
    .clk_i, .rst_ni, .sample_i(read_i), .value_i(values), .value_o(held)
  );
  logic signed [SumBits-1:0] held_sum_q;
  always_ff @(posedge clk_i) if (read_i) held_sum_q <= sum;

  // Converter i has the values i · Conversions and following.
  logic [Items*AdcBits-1:0] codes;
  for (genvar first = 0; first < Items; first += Conversions) begin : gen_converters
    localparam int Inputs = Items - first < Conversions ? Items - first : Conversions;
    logic [Inputs*64-1:0] low, step;
    for (genvar i = 0; i < Inputs; i++) begin : gen_ranges
      assign low[i*64 +: 64]  = low_i[(first+i)/Values*64 +: 64];
      assign step[i*64 +: 64] = step_i[(first+i)/Values*64 +: 64];
    end
    ohmic_adc #(
      .Bits(AdcBits), .Inputs(Inputs), .ValueBits(ValueBits), .PerCycle(PerCycle), .IndexBits(IndexBits)
    ) i_adc (
      .clk_i, .value_i(held[first*ValueBits +: Inputs*ValueBits]), .low_i(low), .step_i(step), .from_i(convert_from_i),
      .to_i(convert_to_i), .code_o(codes[first*AdcBits +: Inputs*AdcBits])
    );
  end

  ohmic_shift_add #(
    .Columns(Columns), .Values(Values), .CodeBits(AdcBits), .CodeSigned(1'b0), .ValueWeight(value_weights()),
    .Steps(AddedSteps), .StepShift(StepShift[AddedSteps*8-1:0]), .StepMinus(StepMinus[AddedSteps-1:0]),
    .StepIndexBits(StepIndexBits), .InputSum(InputSum), .SumBits(SumBits), .ResultBits(ResultBits)
  ) i_shift_add (
    .clk_i, .take_i(convert_end_i), .code_i(codes), .sum_i(held_sum_q), .base_i, .unit_i,
    .add_i(add_end_i), .part_i(32'(add_group_i) < Groups), .step_i(add_step_i), .first_i(add_first_i), .result_o
  );
endmodule

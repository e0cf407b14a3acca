// SPDX-License-Identifier: Apache-2.0
// The analog arrays of one replica of a layer in one tile: vectors of integers in, sums of their rows out. Every vector
// is a number of groups (ohmic_tile_sequencer); after the last the accumulators of arrays with the same columns are
// added in a tree. Latency: Group cycles · (groups - 1) + read + convert + add + ceil(log2(RowBlocks)).
module ohmic_tile_analog #(
  /// Integers of the vector: rows of the layer's matrix.
  parameter int Rows = 64,
  /// Columns of the result.
  parameter int Columns = 8,
  /// Arrays.
  parameter int Arrays = 1,
  /// By array, 32 bits each, array 0 lowest: its first row in the vector.
  parameter logic [Arrays*32-1:0] ArrayRow = '0,
  /// By array: its rows.
  parameter logic [Arrays*32-1:0] ArrayRows = {Arrays{32'd64}},
  /// By array: its first column in the result.
  parameter logic [Arrays*32-1:0] ArrayColumn = '0,
  /// By array: its columns of weights.
  parameter logic [Arrays*32-1:0] ArrayColumns = {Arrays{32'd8}},
  /// By array: arrays before it with the same columns.
  parameter logic [Arrays*32-1:0] ArrayRowBlock = '0,
  /// Most arrays with the same columns.
  parameter int RowBlocks = 1,
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
  /// Cycles in which one group is read.
  parameter int ReadCycles = 1,
  /// Bits of a converter.
  parameter int AdcBits = 8,
  /// Conversions of one converter of the fullest array in a burst.
  parameter int Conversions = 4,
  /// Conversions of a converter in RateCycles cycles.
  parameter int Rate = 1,
  /// Cycles in which a converter makes Rate conversions.
  parameter int RateCycles = 1,
  /// Sample-and-hold banks.
  parameter int Banks = 2,
  /// Ranges: 1 for all columns, or Columns.
  parameter int Ranges = 1,
  /// By range: value of code 0 in 2^-16 levels, 64 bits, range 0 lowest.
  parameter logic [Ranges*64-1:0] RangeLow = '0,
  /// By range: from code to code in 2^-16 levels, 64 bits.
  parameter logic [Ranges*64-1:0] RangeStep = {Ranges{64'd65536}},
  /// By range: what code 0 adds; low / 2^16 in levels, low / step in codes.
  parameter logic [Ranges*64-1:0] RangeBase = '0,
  /// By range: what a unit of a code adds; step / 2^16 in levels, 1 in codes.
  parameter logic [Ranges*64-1:0] RangeUnit = {Ranges{64'd1}},
  /// Cycles of the shift-and-add of a group.
  parameter int AddCycles = 1,
  /// Row groups of the fullest array.
  parameter int RowGroups = 1,
  /// Factor of the sum of the drive values, 0: none.
  parameter int InputSum = 0,
  /// Bits of the sum of the drive values of an array; 1 where there is no factor.
  parameter int SumBits = 1,
  /// Bits of an element of the result.
  parameter int ResultBits = 32,
  /// Results that the tile may hold.
  parameter int OutputSlots = 2,
  /// Bits of an array number.
  parameter int ArrayBits = 1,
  /// Bits of a row number.
  parameter int RowBits = 6,
  /// Bits of a row of the widest array: Slices · Polarities · its columns · CellBits.
  parameter int WordBits = Slices * Polarities * 8 * CellBits,
  /// Bits of out_count_o; do not overwrite.
  localparam int CountBits = $clog2(OutputSlots + 1)
) (
  /// Clock, rising edge.
  input  logic                          clk_i,
  /// Reset, asynchronous, low; cells keep what has been written.
  input  logic                          rst_ni,
  /// There is a vector; stays with the same data until it is taken.
  input  logic                          in_valid_i,
  /// A vector is taken in this cycle if in_valid_i is high: the interval is over and a slot is free.
  output logic                          in_ready_o,
  /// The vector, integer 0 lowest.
  input  logic [Rows*XBits-1:0]         in_data_i,
  /// There is a result; stays with the same data until it is taken.
  output logic                          out_valid_o,
  /// The oldest result is taken in this cycle if out_valid_o is high.
  input  logic                          out_ready_i,
  /// The oldest result, column 0 lowest.
  output logic [Columns*ResultBits-1:0] out_data_o,
  /// Results that are there.
  output logic [CountBits-1:0]          out_count_o,
  /// A row is written at the end of this cycle; only while no vector is under way.
  input  logic                          write_i,
  /// Array.
  input  logic [ArrayBits-1:0]          write_array_i,
  /// Row of the array.
  input  logic [RowBits-1:0]            write_row_i,
  /// Its cells: slice by slice, in it p, n, in it column by column, CellBits each; narrower arrays use the low bits.
  input  logic [WordBits-1:0]           write_data_i
);
  // verilator no_inline_module
  localparam int AddedSteps    = AnalogInputs ? 1 : Steps;
  localparam int GroupBits     = RowGroups > 1 ? $clog2(RowGroups) : 1;
  localparam int StepIndexBits = AddedSteps > 1 ? $clog2(AddedSteps) : 1;
  localparam int IndexBits     = $clog2(Conversions + 2);
  localparam int AnyPerCycle   = (Rate - 1) / RateCycles + 1;  // rounded up
  localparam int PerCycle      = AnyPerCycle < Conversions || Conversions == 0 ? AnyPerCycle : Conversions;

  logic                     start, idle, has_slot, read, add_end, add_first, add_last;
  logic [GroupBits-1:0]     read_group, add_group;
  logic [StepIndexBits-1:0] read_step, add_step;
  logic                     convert_end;
  logic [IndexBits-1:0]     convert_from, convert_to;

  assign in_ready_o = idle && has_slot;
  assign start      = in_valid_i && in_ready_o;

  ohmic_tile_sequencer #(
    .ReadCycles(ReadCycles), .Conversions(Conversions), .Rate(Rate), .RateCycles(RateCycles), .AddCycles(AddCycles),
    .Banks(Banks), .RowGroups(RowGroups), .Steps(AddedSteps)
  ) i_sequencer (
    .clk_i, .rst_ni, .start_i(start), .idle_o(idle), .read_o(read), .read_group_o(read_group), .read_step_o(read_step),
    .convert_from_o(convert_from), .convert_to_o(convert_to), .convert_end_o(convert_end), .add_end_o(add_end),
    .add_group_o(add_group), .add_step_o(add_step), .add_first_o(add_first), .add_last_o(add_last)
  );

  // By row block, in it by column of the result; 0 where there is no array.
  logic [RowBlocks*Columns*ResultBits-1:0] sums;
  logic                                    unused_bits;
  assign unused_bits = &{1'b0, in_data_i, write_data_i};

  function automatic logic [RowBlocks*Columns-1:0] covered_columns();
    int first;
    covered_columns = '0;
    for (int a = 0; a < Arrays; a++) begin
      first = 32'(ArrayRowBlock[a*32 +: 32]) * Columns + 32'(ArrayColumn[a*32 +: 32]);
      for (int i = 0; i < 32'(ArrayColumns[a*32 +: 32]); i++) covered_columns[first+i] = 1'b1;
    end
  endfunction
  localparam logic [RowBlocks*Columns-1:0] Covered = covered_columns();
  for (genvar i = 0; i < RowBlocks * Columns; i++) begin : gen_uncovered
    if (!Covered[i]) begin : gen_zero
      assign sums[i*ResultBits +: ResultBits] = '0;
    end
  end

  for (genvar a = 0; a < Arrays; a++) begin : gen_arrays
    localparam int MyRow     = 32'(ArrayRow[a*32 +: 32]);
    localparam int MyRows    = 32'(ArrayRows[a*32 +: 32]);
    localparam int MyColumn  = 32'(ArrayColumn[a*32 +: 32]);
    localparam int MyColumns = 32'(ArrayColumns[a*32 +: 32]);
    localparam int MyBlock   = 32'(ArrayRowBlock[a*32 +: 32]);
    localparam int MyRowBits = MyRows > 1 ? $clog2(MyRows) : 1;
    localparam int MyWord    = Slices * Polarities * MyColumns * CellBits;

    logic [MyColumns*64-1:0]         low, step;
    logic [MyColumns*ResultBits-1:0] base, unit;
    for (genvar i = 0; i < MyColumns; i++) begin : gen_ranges
      localparam int Range = Ranges == 1 ? 0 : MyColumn + i;
      assign low[i*64 +: 64]                  = RangeLow[Range*64 +: 64];
      assign step[i*64 +: 64]                 = RangeStep[Range*64 +: 64];
      assign base[i*ResultBits +: ResultBits] = ResultBits'(signed'(RangeBase[Range*64 +: 64]));
      assign unit[i*ResultBits +: ResultBits] = ResultBits'(RangeUnit[Range*64 +: 64]);
    end

    ohmic_array_analog #(
      .Rows(MyRows), .Columns(MyColumns), .XBits(XBits), .XSigned(XSigned), .Offset(Offset),
      .InputEncoding(InputEncoding), .Steps(Steps), .StepShift(StepShift), .StepBits(StepBits),
      .StepNegative(StepNegative), .StepMinus(StepMinus), .DigitBits(DigitBits), .AnalogInputs(AnalogInputs),
      .CellBits(CellBits), .Slices(Slices), .Polarities(Polarities), .Xnor(Xnor), .SliceWeight(SliceWeight),
      .AnalogSlices(AnalogSlices), .AnalogPolarity(AnalogPolarity), .ParallelRows(ParallelRows), .ValueBits(ValueBits),
      .AdcBits(AdcBits), .Conversions(Conversions), .PerCycle(PerCycle), .Banks(Banks),
      .IndexBits(IndexBits), .InputSum(InputSum), .SumBits(SumBits), .ResultBits(ResultBits), .GroupBits(GroupBits),
      .StepIndexBits(StepIndexBits), .RowBits(MyRowBits)
    ) i_array (
      .clk_i, .rst_ni, .start_i(start), .x_i(in_data_i[MyRow*XBits +: MyRows*XBits]), .read_i(read),
      .read_group_i(read_group), .read_step_i(read_step),
      .convert_from_i(convert_from), .convert_to_i(convert_to), .convert_end_i(convert_end), .low_i(low), .step_i(step),
      .base_i(base), .unit_i(unit),
      .add_end_i(add_end), .add_group_i(add_group), .add_step_i(add_step), .add_first_i(add_first),
      .result_o(sums[(MyBlock*Columns+MyColumn)*ResultBits +: MyColumns*ResultBits]),
      .write_i(write_i && write_array_i == ArrayBits'(a)), .write_row_i(write_row_i[MyRowBits-1:0]),
      .write_data_i(write_data_i[MyWord-1:0])
    );
  end

  logic                          done;
  logic [Columns*ResultBits-1:0] total;
  ohmic_adder_tree #(.Inputs(RowBlocks), .Columns(Columns), .Bits(ResultBits)) i_tree (
    .clk_i, .rst_ni, .in_valid_i(add_end && add_last), .in_data_i(sums), .out_valid_o(done), .out_data_o(total)
  );
  ohmic_output_slots #(.Width(Columns * ResultBits), .Slots(OutputSlots)) i_slots (
    .clk_i, .rst_ni, .start_i(start), .free_o(has_slot), .write_i(done), .data_i(total), .out_valid_o, .out_ready_i,
    .out_data_o, .out_count_o
  );
endmodule

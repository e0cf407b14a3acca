// SPDX-License-Identifier: Apache-2.0
// Behavioural model of an array of cells: ideal conductances, integer column values. A macro with these ports takes its
// place. While read_i is high, the values are those of the digits that are on the rows: for every column of weights,
// and every slice and polarity that are not added before the converter,
//   value = sum over rows of (sum over cells of weight · level) · (sum over planes of weight · digit)
// Cells are bit planes over the rows, so that a value is a few population counts.
module ohmic_crossbar #(
  /// Rows that are used.
  parameter int Rows = 8,
  /// Columns of weights.
  parameter int Columns = 4,
  /// Bits of a cell.
  parameter int CellBits = 2,
  /// Slices of a weight.
  parameter int Slices = 4,
  /// 2: differential, plane n behind plane p; else 1.
  parameter int Polarities = 2,
  /// 1: a cell conducts -1 or +1 instead of its code.
  parameter bit Xnor = 1'b0,
  /// 1: a bit drives +1 or -1 instead of 1 or 0.
  parameter bit Bipolar = 1'b0,
  /// Bit planes on the rows at once.
  parameter int Planes = 1,
  /// Weight of each plane, 32 bits in two's complement, plane 0 lowest.
  parameter logic [Planes*32-1:0] PlaneWeight = {Planes{32'd1}},
  /// Weight of each slice, 32 bits in two's complement, slice 0 lowest; read only where slices meet.
  parameter logic [Slices*32-1:0] SliceWeight = {Slices{32'd1}},
  /// 1: the slices of a weight are added before the converter.
  parameter bit AnalogSlices = 1'b0,
  /// 1: p - n is converted; 0: p and n apart.
  parameter bit AnalogPolarity = 1'b1,
  /// Bits of a column value.
  parameter int ValueBits = 16,
  /// Bits of a row number.
  parameter int RowBits = 3,
  /// Bits of a row of cells; do not overwrite.
  localparam int WordBits = Slices * Polarities * Columns * CellBits,
  /// Values of one column of weights; do not overwrite.
  localparam int Values = (AnalogSlices ? 1 : Slices) * (AnalogPolarity ? 1 : Polarities)
) (
  /// Clock, rising edge: of writing.
  input  logic                                clk_i,
  /// The columns are read in this cycle; before, the digits are on the rows for the cycles of a read.
  input  logic                                read_i,
  /// Rows that take part.
  input  logic [Rows-1:0]                     enable_i,
  /// Digits on the rows, plane 0 lowest; 0 where enable_i is 0.
  input  logic [Planes*Rows-1:0]              digit_i,
  /// Column values, two's complement, while read_i is high, else 0; column by column, in it slice by slice, in it p, n.
  output logic [Columns*Values*ValueBits-1:0] value_o,
  /// A row is written at the end of this cycle; never while a vector is under way.
  input  logic                                write_i,
  /// The row.
  input  logic [RowBits-1:0]                  write_row_i,
  /// Its cells: slice by slice, in it p, n, in it column by column, CellBits each.
  input  logic [WordBits-1:0]                 write_data_i
);
`ifndef SYNTHESIS  // a macro
  logic [Rows-1:0] cell_q [WordBits];  // by bit of a row's word: over the rows

  // verilator lint_off BLKSEQ
  // Blocking: nothing reads in a cycle of writing, and a simulator has nothing to do in all other cycles.
  always_ff @(posedge clk_i) begin
    if (write_i) begin
      for (int i = 0; i < WordBits; i++) cell_q[i][write_row_i] = write_data_i[i];
    end
  end
  // verilator lint_on BLKSEQ

  // Of one bit plane of cells and one of digits.
  function automatic int plane_sum(logic [Rows-1:0] word, logic [Rows-1:0] driven, logic [Rows-1:0] part);
    if (Xnor)         plane_sum = $countones(part) - 2 * $countones((word ^ driven) & part);
    else if (Bipolar) plane_sum = 2 * $countones(word & driven) - $countones(word & part);
    else              plane_sum = $countones(word & driven);
  endfunction

  localparam int SlicesMet     = AnalogSlices ? Slices : 1;
  localparam int PolaritiesMet = AnalogPolarity ? Polarities : 1;

  always_comb begin
    longint sum, weight;
    int     slice, polarity;
    value_o  = '0;
    sum      = 0;
    weight   = 0;
    slice    = 0;
    polarity = 0;
    if (read_i) begin
      for (int column = 0; column < Columns; column++) begin
        for (int value = 0; value < Values; value++) begin
          sum = 0;
          for (int s = 0; s < SlicesMet; s++) begin
            for (int p = 0; p < PolaritiesMet; p++) begin
              slice    = AnalogSlices ? s : value / (Polarities / PolaritiesMet);
              polarity = AnalogPolarity ? p : value % Polarities;
              for (int plane = 0; plane < Planes; plane++) begin
                weight = longint'(signed'(PlaneWeight[plane*32 +: 32]));
                if (AnalogSlices) begin
                  weight = weight * longint'(signed'(SliceWeight[s*32 +: 32])) / longint'(signed'(SliceWeight[31:0]));
                end
                if (p == 1) weight = -weight;
                for (int b = 0; b < CellBits; b++) begin
                  sum += (weight <<< b) * longint'(plane_sum(
                      cell_q[((slice * Polarities + polarity) * Columns + column) * CellBits + b],
                      digit_i[plane*Rows +: Rows], enable_i));
                end
              end
            end
          end
          value_o[(column * Values + value) * ValueBits +: ValueBits] = ValueBits'(sum);
        end
      end
    end
  end
`endif
endmodule

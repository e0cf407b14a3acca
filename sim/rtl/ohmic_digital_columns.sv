// SPDX-License-Identifier: Apache-2.0
// Cells of a digital array in flip-flops and the adders over its rows: the exact sums that ohmic_crossbar models,
// without a cycle of delay.
//   value = sum over rows of (sum over cells of weight · level) · (sum over planes of weight · digit)
module ohmic_digital_columns #(
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
  /// 1: a cell is -1 or +1 instead of its code.
  parameter bit Xnor = 1'b0,
  /// 1: a bit drives +1 or -1 instead of 1 or 0.
  parameter bit Bipolar = 1'b0,
  /// Bit planes on the rows at once.
  parameter int Planes = 1,
  /// Weight of each plane, 32 bits in two's complement, plane 0 lowest.
  parameter logic [Planes*32-1:0] PlaneWeight = {Planes{32'd1}},
  /// Weight of each slice, 32 bits in two's complement, slice 0 lowest; read only where slices meet.
  parameter logic [Slices*32-1:0] SliceWeight = {Slices{32'd1}},
  /// 1: the slices of a weight are added here.
  parameter bit AnalogSlices = 1'b0,
  /// 1: p - n; 0: p and n apart.
  parameter bit AnalogPolarity = 1'b1,
  /// Bits of a value.
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
  /// Rows that take part.
  input  logic [Rows-1:0]                     enable_i,
  /// Digits on the rows, plane 0 lowest; 0 where enable_i is 0.
  input  logic [Planes*Rows-1:0]              digit_i,
  /// Values, two's complement, column by column, in it slice by slice, in it p, n.
  output logic [Columns*Values*ValueBits-1:0] value_o,
  /// A row is written at the end of this cycle.
  input  logic                                write_i,
  /// The row.
  input  logic [RowBits-1:0]                  write_row_i,
  /// Its cells: slice by slice, in it p, n, in it column by column, CellBits each.
  input  logic [WordBits-1:0]                 write_data_i
);
  localparam int SlicesMet     = AnalogSlices ? Slices : 1;
  localparam int PolaritiesMet = AnalogPolarity ? Polarities : 1;

  logic [WordBits*Rows-1:0] cells;  // by bit of a row's word: over the rows
  for (genvar i = 0; i < WordBits; i++) begin : gen_bits
    logic [Rows-1:0] rows_q;
    always_ff @(posedge clk_i) if (write_i) rows_q[write_row_i] <= write_data_i[i];
    assign cells[i*Rows +: Rows] = rows_q;
  end

  function automatic logic signed [ValueBits-1:0] count_of(logic [Rows-1:0] bits);
    count_of = ValueBits'($countones(bits));
  endfunction
  // Of one bit plane of cells and one of digits.
  function automatic logic signed [ValueBits-1:0] plane_sum(logic [Rows-1:0] word, logic [Rows-1:0] driven,
                                                            logic [Rows-1:0] part);
    if (Xnor)         plane_sum = count_of(part) - (count_of((word ^ driven) & part) <<< 1);
    else if (Bipolar) plane_sum = (count_of(word & driven) <<< 1) - count_of(word & part);
    else              plane_sum = count_of(word & driven);
  endfunction
  // Weight of plane `plane`, slice `s`, polarity `p` and cell bit `b` within a value: a constant.
  function automatic int weight_of(int plane, int s, int p, int b);
    weight_of = 32'(PlaneWeight[plane*32 +: 32]);
    if (AnalogSlices) weight_of = weight_of * $signed(SliceWeight[s*32 +: 32]) / $signed(SliceWeight[31:0]);
    if (p == 1) weight_of = -weight_of;
    weight_of = weight_of * (1 << b);
  endfunction

  // Image of slices and polarities that cell `s`, `p` of a value belongs to.
  function automatic int image_of(int value, int s, int p);
    image_of = (AnalogSlices ? s : value / (Polarities / PolaritiesMet)) * Polarities +
               (AnalogPolarity ? p : value % Polarities);
  endfunction

  for (genvar column = 0; column < Columns; column++) begin : gen_columns
    for (genvar value = 0; value < Values; value++) begin : gen_values
      logic signed [ValueBits-1:0] sum;
      always_comb begin
        sum = '0;
        for (int s = 0; s < SlicesMet; s++) begin
          for (int p = 0; p < PolaritiesMet; p++) begin
            for (int plane = 0; plane < Planes; plane++) begin
              for (int b = 0; b < CellBits; b++) begin
                sum += ValueBits'(weight_of(plane, s, p, b)) * plane_sum(
                    cells[((image_of(value, s, p) * Columns + column) * CellBits + b) * Rows +: Rows],
                    digit_i[plane*Rows +: Rows], enable_i);
              end
            end
          end
        end
      end
      assign value_o[(column * Values + value) * ValueBits +: ValueBits] = sum;
    end
  end
  logic unused;
  assign unused = &{1'b0, enable_i};
endmodule

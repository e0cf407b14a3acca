// SPDX-License-Identifier: Apache-2.0
// Writes the arrays of a tile, one after the other, row by row: takes a row, writes it in the same cycle and waits
// until WriteCycles cycles are over. An array has one stream of rows.
module ohmic_array_writer #(
  /// Arrays.
  parameter int Arrays = 2,
  /// By array, 32 bits each, array 0 lowest: its rows.
  parameter logic [Arrays*32-1:0] ArrayRows = {Arrays{32'd4}},
  /// Bits of a row of the widest array.
  parameter int WordBits = 16,
  /// Cycles that the writing of a row takes, at least 1.
  parameter int WriteCycles = 3,
  /// Bits of an array number.
  parameter int ArrayBits = 1,
  /// Bits of a row number.
  parameter int RowBits = 2
) (
  /// Clock, rising edge.
  input  logic                       clk_i,
  /// Reset, asynchronous, low: from the first row on.
  input  logic                       rst_ni,
  /// By array: there is its next row.
  input  logic [Arrays-1:0]          in_valid_i,
  /// By array: it is taken in this cycle if it is there.
  output logic [Arrays-1:0]          in_ready_o,
  /// Rows, array 0 lowest.
  input  logic [Arrays*WordBits-1:0] in_data_i,
  /// A row is written at the end of this cycle.
  output logic                       write_o,
  /// Array.
  output logic [ArrayBits-1:0]       write_array_o,
  /// Row.
  output logic [RowBits-1:0]         write_row_o,
  /// Its cells.
  output logic [WordBits-1:0]        write_data_o,
  /// All rows have been written and the last wait is over.
  output logic                       done_o
);
  localparam int WaitBits = $clog2(WriteCycles + 1);

  logic [ArrayBits-1:0] array_q;
  logic [RowBits-1:0]   row_q;
  logic [WaitBits-1:0]  wait_q;  // cycles left of the row written last
  logic                 end_q, may_write;

  assign may_write     = !end_q && wait_q == '0;
  assign done_o        = end_q && wait_q == '0;
  assign in_ready_o    = may_write ? Arrays'(1) << array_q : '0;
  assign write_o       = may_write && in_valid_i[array_q];
  assign write_array_o = array_q;
  assign write_row_o   = row_q;
  assign write_data_o  = in_data_i[32'(array_q)*WordBits +: WordBits];

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      array_q <= '0;
      row_q   <= '0;
      wait_q  <= '0;
      end_q   <= 1'b0;
    end else if (write_o) begin
      wait_q <= WaitBits'(WriteCycles - 1);
      row_q  <= row_q + 1'b1;
      if (32'(row_q) == ArrayRows[32'(array_q)*32 +: 32] - 1) begin
        row_q   <= '0;
        if (array_q == ArrayBits'(Arrays - 1)) end_q <= 1'b1;
        else array_q <= array_q + 1'b1;
      end
    end else if (wait_q != '0) begin
      wait_q <= wait_q - 1'b1;
    end
  end
endmodule

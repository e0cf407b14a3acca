// SPDX-License-Identifier: Apache-2.0
// Weights of a streamed layer: a memory that a file fills, read ahead; after its last word comes the first again. A
// word taken in every cycle finds the next one in the next, once all places have been filled after reset: in
// 2 · LatencyCycles + 2 cycles.
module ohmic_weight_stream #(
  /// Words, as $readmemh reads them.
  parameter File = "",
  /// Words of one vector.
  parameter int Words = 16,
  /// Bits of a word.
  parameter int WordBits = 16,
  /// Registers from address to word, at least 1.
  parameter int LatencyCycles = 2
) (
  /// Clock, rising edge.
  input  logic                clk_i,
  /// Reset, asynchronous, low: from word 0 on.
  input  logic                rst_ni,
  /// All places have been filled after reset; nothing may be taken before. From registers.
  output logic                filled_o,
  /// There is a word; stays until it is taken.
  output logic                word_valid_o,
  /// It is taken in this cycle if it is there.
  input  logic                word_ready_i,
  /// The word.
  output logic [WordBits-1:0] word_data_o
);
  localparam int FillCycles = 2 * LatencyCycles + 2;  // LatencyCycles + 2 places, one a cycle
  localparam int FillBits   = $clog2(FillCycles + 1);

  logic [FillBits-1:0] cycles_q;
  assign filled_o = cycles_q == FillBits'(FillCycles);
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni)        cycles_q <= '0;
    else if (!filled_o) cycles_q <= cycles_q + 1'b1;
  end

  ohmic_weight_rom #(
    .File(File), .Words(Words), .WordBits(WordBits), .Repeat(1'b1), .LatencyCycles(LatencyCycles)
  ) i_rom (
    .clk_i, .rst_ni, .out_valid_o(word_valid_o), .out_ready_i(word_ready_i), .out_data_o(word_data_o)
  );
endmodule

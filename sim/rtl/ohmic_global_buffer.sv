// SPDX-License-Identifier: Apache-2.0
// Memory of images and results with one source and one sink. One access at a time: LatencyCycles cycles and one for
// every WidthBits of a token's bytes. Requests wait in a queue, of one cycle the sink's first; one that finds nothing
// before it begins in the cycle of the request. What has been read is there one cycle after the access.
module ohmic_global_buffer #(
  /// Tokens of all images, one a word, as $readmemh reads them.
  parameter File = "",
  /// Bits of a token that is read.
  parameter int InBits = 16,
  /// Places for such tokens; after the last comes the first.
  parameter int InWords = 8,
  /// Bits of a token that is written.
  parameter int OutBits = 16,
  /// Places for such tokens; after the last comes the first.
  parameter int OutWords = 8,
  /// Cycles before the first beat.
  parameter int LatencyCycles = 4,
  /// Bits of a beat.
  parameter int WidthBits = 64,
  /// Most requests of the source, and of the sink, that may wait.
  parameter int Requests = 2,
  /// Bits of a result's place; do not overwrite.
  localparam int AddressBits = OutWords > 1 ? $clog2(OutWords) : 1
) (
  /// Clock, rising edge.
  input  logic                   clk_i,
  /// Reset, asynchronous, low: no access, places 0; the memory keeps its words.
  input  logic                   rst_ni,
  /// The next token is to be read.
  input  logic                   read_i,
  /// A token has been read.
  output logic                   read_valid_o,
  /// The token.
  output logic [InBits-1:0]      read_data_o,
  /// A token is to be written.
  input  logic                   write_i,
  /// The token of the oldest such request; stays until it is written.
  input  logic [OutBits-1:0]     write_data_i,
  /// It is written at the end of this cycle.
  output logic                   write_done_o,
  /// Place of a result to look at.
  input  logic [AddressBits-1:0] result_address_i,
  /// The result there.
  output logic [OutBits-1:0]     result_o
);
  localparam int ReadCycles    = LatencyCycles + ((InBits + 7) / 8 * 8 + WidthBits - 1) / WidthBits;
  localparam int WriteCycles   = LatencyCycles + ((OutBits + 7) / 8 * 8 + WidthBits - 1) / WidthBits;
  localparam int InAddressBits = InWords > 1 ? $clog2(InWords) : 1;
  localparam int QueueBits     = 2 * Requests;
  localparam int CountBits     = $clog2(QueueBits + 1);
  localparam int LeftBits      = $clog2((ReadCycles > WriteCycles ? ReadCycles : WriteCycles) + 1);

  logic [InBits-1:0]  image_q [InWords];
  logic [OutBits-1:0] result_q [OutWords];
  initial begin
    if (File != "") $readmemh(File, image_q);
  end

  // Requests that have not begun, the oldest in bit 0; 1: a write.
  logic [QueueBits-1:0] queue_q, queue_all;
  logic [CountBits-1:0] count_q, count_all;
  logic [LeftBits-1:0]  left_q, left;  // cycles of the access, this one among them
  logic                 writes_q, writes, begins, ends;

  always_comb begin
    queue_all = queue_q;
    count_all = count_q;
    if (write_i) begin
      queue_all |= QueueBits'(1) << count_all;
      count_all += 1'b1;
    end
    if (read_i) count_all += 1'b1;
  end
  assign begins       = left_q == 0 && count_all != '0;
  assign writes       = begins ? queue_all[0] : writes_q;
  assign left         = !begins ? left_q : writes ? LeftBits'(WriteCycles) : LeftBits'(ReadCycles);
  assign ends         = left == 1;
  assign write_done_o = ends && writes;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      queue_q  <= '0;
      count_q  <= '0;
      left_q   <= '0;
      writes_q <= 1'b0;
    end else begin
      queue_q  <= begins ? queue_all >> 1 : queue_all;
      count_q  <= count_all - CountBits'(begins);
      left_q   <= left == 0 ? '0 : left - 1'b1;
      writes_q <= writes;
    end
  end

  logic [InAddressBits-1:0] read_place_q;
  logic [AddressBits-1:0]   write_place_q;
  assign result_o = result_q[result_address_i];
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      read_valid_o  <= 1'b0;
      read_place_q  <= '0;
      write_place_q <= '0;
    end else begin
      read_valid_o <= ends && !writes;
      if (ends && !writes) read_place_q <= read_place_q == InAddressBits'(InWords - 1) ? '0 : read_place_q + 1'b1;
      if (write_done_o) write_place_q <= write_place_q == AddressBits'(OutWords - 1) ? '0 : write_place_q + 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (ends && !writes) read_data_o <= image_q[read_place_q];
    if (write_done_o) result_q[write_place_q] <= write_data_i;
  end
endmodule

// SPDX-License-Identifier: Apache-2.0
// Memory that a file fills; its words leave in order through valid and ready. The only memory of weights with a file
// parameter: what is behind it has the same parameters for all files. The first word is there LatencyCycles cycles
// after reset, then one a cycle.
module ohmic_weight_rom #(
  /// Words, as $readmemh reads them.
  parameter File = "",
  /// Number of words.
  parameter int Words = 16,
  /// Bits of a word.
  parameter int WordBits = 16,
  /// 1: begins again after the last word; 0: is empty then.
  parameter bit Repeat = 1'b0,
  /// Cycles from an address to its word, at least 1. From 2 on the first of them is the memory's own output register,
  /// without reset, as block RAM has it; at 1 the memory is read without one.
  parameter int LatencyCycles = 1
) (
  /// Clock, rising edge.
  input  logic                clk_i,
  /// Reset, asynchronous, low: from word 0 on.
  input  logic                rst_ni,
  /// There is a word; stays until it is taken.
  output logic                out_valid_o,
  /// The word is taken in this cycle if out_valid_o is high.
  input  logic                out_ready_i,
  /// The word.
  output logic [WordBits-1:0] out_data_o
);
  localparam int AddressBits = Words > 1 ? $clog2(Words) : 1;
  localparam int Places      = LatencyCycles + 2;  // words under way and waiting: enough for one a cycle
  localparam int PlaceBits   = $clog2(Places + 1);

  logic [WordBits-1:0] word_q [Words];
  initial begin
    if (File != "") $readmemh(File, word_q);
  end

  // A word is asked for when there is a place for it, LatencyCycles later it is in the queue.
  logic [AddressBits-1:0] address_q;
  logic [PlaceBits-1:0]   claimed_q;
  logic                   end_q, ask, arrived, pop, has_place;
  logic [WordBits-1:0]    word;

  assign pop       = out_valid_o && out_ready_i;
  assign has_place = claimed_q != PlaceBits'(Places);
  assign ask       = !end_q && has_place;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      address_q <= '0;
      claimed_q <= '0;
      end_q     <= 1'b0;
    end else begin
      claimed_q <= claimed_q + PlaceBits'(ask) - PlaceBits'(pop);
      if (ask) begin
        address_q <= address_q == AddressBits'(Words - 1) ? '0 : address_q + 1'b1;
        end_q     <= !Repeat && address_q == AddressBits'(Words - 1);
      end
    end
  end

  ohmic_pipe #(.Width(1), .Registers(LatencyCycles - 1)) i_asked (
    .clk_i, .rst_ni, .data_i(ask), .data_o(arrived)
  );
  if (LatencyCycles == 1) begin : gen_direct
    assign word = word_q[address_q];
  end else begin : gen_registered
    logic [WordBits-1:0] read_q;
    always_ff @(posedge clk_i) read_q <= word_q[address_q];
    ohmic_pipe #(.Width(WordBits), .Registers(LatencyCycles - 2)) i_read (
      .clk_i, .rst_ni, .data_i(read_q), .data_o(word)
    );
  end
  logic                 unused_ready;
  logic [PlaceBits-1:0] unused_credit;
  ohmic_fifo #(.BeatBits(WordBits), .TokenBits(WordBits), .Capacity(Places)) i_words (
    .clk_i, .rst_ni, .in_valid_i(arrived), .in_ready_o(unused_ready), .in_data_i(word), .out_valid_o,
    .out_ready_i, .out_data_o, .credit_o(unused_credit)
  );
endmodule

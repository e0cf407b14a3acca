// SPDX-License-Identifier: Apache-2.0
// Beats (or flits) to tokens: beat k carries the bits from k · BeatBits on, the last is filled with zeros. The token is
// complete in the cycle of its last beat.
module ohmic_beat_collector #(
  /// Bits of a beat.
  parameter int BeatBits = 8,
  /// Bits of a token.
  parameter int TokenBits = 20
) (
  /// Clock, rising edge.
  input  logic                 clk_i,
  /// Reset, asynchronous, low.
  input  logic                 rst_ni,
  /// A beat is taken in this cycle.
  input  logic                 beat_i,
  /// The beat.
  input  logic [BeatBits-1:0]  data_i,
  /// A token has begun and misses beats.
  output logic                 middle_o,
  /// The beat taken in this cycle is the last of its token.
  output logic                 last_o,
  /// The token, in the cycle of last_o.
  output logic [TokenBits-1:0] token_o
);
  localparam int Beats = (TokenBits + BeatBits - 1) / BeatBits;

  if (Beats == 1) begin : gen_single
    logic unused;
    assign unused   = &{1'b0, clk_i, rst_ni, data_i};
    assign middle_o = 1'b0;
    assign last_o   = beat_i;
    assign token_o  = data_i[TokenBits-1:0];
  end else begin : gen_many
    localparam int CountBits = $clog2(Beats);
    localparam int PartBits  = (Beats - 1) * BeatBits;
    logic [CountBits-1:0] count_q;
    logic [PartBits-1:0]  part_q;  // beats shift in from above, so that the first ends lowest
    logic                 unused;

    assign unused   = &{1'b0, data_i};
    assign middle_o = count_q != '0;
    assign last_o   = beat_i && count_q == CountBits'(Beats - 1);
    assign token_o  = {data_i[TokenBits-PartBits-1:0], part_q};

    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)     count_q <= '0;
      else if (last_o) count_q <= '0;
      else if (beat_i) count_q <= count_q + 1'b1;
    end
    always_ff @(posedge clk_i) begin
      if (beat_i) part_q <= PartBits'({data_i, part_q} >> BeatBits);
    end
  end
endmodule

// SPDX-License-Identifier: Apache-2.0
// Buffer of `Capacity` tokens whose window is one token. With Period > 1 its turn comes only in the firings Phase,
// Phase + Period, … of each image: in all others it is valid and gives nothing away. Written in cycle a, at the output
// from a + 1 on.
module ohmic_fifo #(
  /// Bits of a beat.
  parameter int BeatBits = 8,
  /// Bits of a token.
  parameter int TokenBits = 20,
  /// Tokens that it holds.
  parameter int Capacity = 3,
  /// Firings from one of its turns to the next.
  parameter int Period = 1,
  /// Firing of its first turn.
  parameter int Phase = 0,
  /// Firings of one image.
  parameter int Firings = 1,
  /// Bits of credit_o; do not overwrite.
  localparam int CreditBits = $clog2(Capacity + 1)
) (
  /// Clock, rising edge.
  input  logic                  clk_i,
  /// Reset, asynchronous, low: empty.
  input  logic                  rst_ni,
  /// There is a beat; a remote port sends one only into room that it has counted.
  input  logic                  in_valid_i,
  /// Room for a whole token, or in the middle of one.
  output logic                  in_ready_o,
  /// The beat.
  input  logic [BeatBits-1:0]   in_data_i,
  /// The oldest token is there, or it is not this buffer's turn.
  output logic                  out_valid_o,
  /// The core starts (with out_valid_o): the token leaves if it is this buffer's turn.
  input  logic                  out_ready_i,
  /// The oldest token; 0 while there is none.
  output logic [TokenBits-1:0]  out_data_o,
  /// Tokens that left one cycle ago.
  output logic [CreditBits-1:0] credit_o
);
  // verilator no_inline_module
  localparam int SlotBits = Capacity > 1 ? $clog2(Capacity) : 1;

  logic [TokenBits-1:0]  token_q [Capacity];
  logic [SlotBits-1:0]   head_q, tail_q;
  logic [CreditBits-1:0] count_q;
  logic                  middle, push, pop, turn, credit_q;
  logic [TokenBits-1:0]  token;

  assign in_ready_o  = middle || count_q != CreditBits'(Capacity);
  assign out_valid_o = !turn || count_q != '0;
  assign out_data_o  = count_q != '0 ? token_q[head_q] : '0;
  assign pop         = turn && out_valid_o && out_ready_i;
  assign credit_o    = CreditBits'(credit_q);

  ohmic_beat_collector #(.BeatBits(BeatBits), .TokenBits(TokenBits)) i_collector (
    .clk_i, .rst_ni, .beat_i(in_valid_i && in_ready_o), .data_i(in_data_i),
    .middle_o(middle), .last_o(push), .token_o(token)
  );

  if (Period == 1) begin : gen_always
    assign turn = 1'b1;
  end else begin : gen_turns
    localparam int PeriodBits = $clog2(Period);
    localparam int FiringBits = Firings > 1 ? $clog2(Firings) : 1;
    logic [PeriodBits-1:0] phase_q;
    logic [FiringBits-1:0] firing_q;
    logic                  fire, image_ends;
    assign turn       = phase_q == PeriodBits'(Phase);
    assign fire       = out_valid_o && out_ready_i;
    assign image_ends = firing_q == FiringBits'(Firings - 1);
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        phase_q  <= '0;
        firing_q <= '0;
      end else if (fire) begin
        phase_q  <= image_ends || phase_q == PeriodBits'(Period - 1) ? '0 : phase_q + 1'b1;
        firing_q <= image_ends ? '0 : firing_q + 1'b1;
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q   <= '0;
      tail_q   <= '0;
      count_q  <= '0;
      credit_q <= 1'b0;
    end else begin
      if (push) tail_q <= tail_q == SlotBits'(Capacity - 1) ? '0 : tail_q + 1'b1;
      if (pop)  head_q <= head_q == SlotBits'(Capacity - 1) ? '0 : head_q + 1'b1;
      count_q  <= count_q + CreditBits'(push) - CreditBits'(pop);
      credit_q <= pop;
    end
  end
  always_ff @(posedge clk_i) begin
    if (push) token_q[tail_q] <= token;
  end
endmodule

// SPDX-License-Identifier: Apache-2.0
// Puts the oldest result of a core on its way: as beats to the buffers of its own tile, as flits to those of others.
// The first beat and flit pass when there is room at every destination, the others follow cycle by cycle. Point to
// point, flits begin with the beats. Over a bus or mesh (Offers) the port offers results as it gets room, and sends the
// flits of the oldest when it is granted; beats begin with the offer. No cycle of delay.
module ohmic_stream_port #(
  /// Bits of a token.
  parameter int TokenBits = 20,
  /// Bits of a beat on the tile's wires.
  parameter int BeatBits = 8,
  /// Bits of a flit.
  parameter int FlitBits = 8,
  /// 1: there are destinations in the own tile, behind a fork.
  parameter bit Local = 1'b1,
  /// Number of remote destinations.
  parameter int Remote = 2,
  /// Bits of a capacity and of a number of credits.
  parameter int CreditBits = 4,
  /// Capacities of the remote buffers, destination 0 lowest.
  parameter logic [(Remote > 0 ? Remote : 1)*CreditBits-1:0] Capacities = '1,
  /// 1: offers and grants (bus, mesh); 0: flits leave when there is room (point to point).
  parameter bit Offers = 1'b0,
  /// Bits of in_count_i.
  parameter int CountBits = 2,
  /// Remote destinations, at least 1; do not overwrite.
  localparam int Ways = Remote > 0 ? Remote : 1
) (
  /// Clock, rising edge.
  input  logic                       clk_i,
  /// Reset, asynchronous, low: all remote buffers are empty.
  input  logic                       rst_ni,
  /// The oldest result is there.
  input  logic                       in_valid_i,
  /// High in the cycle in which the last of the oldest result leaves.
  output logic                       in_ready_o,
  /// The oldest result; stays until it has left.
  input  logic [TokenBits-1:0]       in_data_i,
  /// Results that are there (Offers only).
  input  logic [CountBits-1:0]       in_count_i,
  /// There is a beat for the local destinations.
  output logic                       beat_valid_o,
  /// Every local destination takes it in this cycle (ready of the fork).
  input  logic                       beat_ready_i,
  /// The beat.
  output logic [BeatBits-1:0]        beat_data_o,
  /// A flit leaves in this cycle; nobody can refuse it.
  output logic                       flit_valid_o,
  /// The flit.
  output logic [FlitBits-1:0]        flit_data_o,
  /// By remote destination: tokens that left its buffer, as far as known in this cycle; usable at once.
  input  logic [Ways*CreditBits-1:0] credit_i,
  /// A result is offered in this cycle (Offers only).
  output logic                       offer_o,
  /// The flits of the oldest result leave from this cycle on (Offers only); a register of the fabric.
  input  logic                       grant_i,
  /// Between the first and the last beat or flit of a token.
  output logic                       busy_o
);
  // verilator no_inline_module
  localparam int Beats    = Local ? (TokenBits + BeatBits - 1) / BeatBits : 0;
  localparam int Flits    = Remote > 0 ? (TokenBits + FlitBits - 1) / FlitBits : 0;
  localparam int Parts    = Beats > Flits ? Beats : Flits;
  localparam int PartBits = $clog2(Parts + 1);

  logic [Ways-1:0] has_room;
  logic            room, take;  // room everywhere; it is taken in this cycle

  if (Remote == 0) begin : gen_no_credits
    logic unused;
    assign unused   = &{1'b0, credit_i, take};
    assign has_room = '1;
  end else begin : gen_credits
    logic [Ways*CreditBits-1:0] room_d, room_q;
    for (genvar i = 0; i < Ways; i++) begin : gen_room
      assign room_d[i*CreditBits +: CreditBits] =
          room_q[i*CreditBits +: CreditBits] + credit_i[i*CreditBits +: CreditBits];
      assign has_room[i] = room_d[i*CreditBits +: CreditBits] != '0;
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        room_q <= Capacities;
      end else begin
        for (int i = 0; i < Ways; i++) begin
          room_q[i*CreditBits +: CreditBits] <= room_d[i*CreditBits +: CreditBits] - CreditBits'(take);
        end
      end
    end
  end
  assign room = &has_room;

  // Part k of a token: bits from k · width on, filled with zeros.
  function automatic logic [BeatBits-1:0] beat_of(logic [TokenBits-1:0] token, logic [PartBits-1:0] part);
    beat_of = BeatBits'((TokenBits + BeatBits)'(token) >> (32'(part) * BeatBits));
  endfunction
  function automatic logic [FlitBits-1:0] flit_of(logic [TokenBits-1:0] token, logic [PartBits-1:0] part);
    flit_of = FlitBits'((TokenBits + FlitBits)'(token) >> (32'(part) * FlitBits));
  endfunction

  if (!Offers) begin : gen_at_once
    logic [PartBits-1:0] part_q;  // next beat and flit
    logic                go, unused;
    assign unused       = &{1'b0, in_count_i, grant_i};
    assign beat_valid_o = Beats != 0 && (part_q == '0 ? in_valid_i && room : $signed(32'(part_q)) < Beats);
    assign go           = part_q != '0 || (in_valid_i && room && (Beats == 0 || beat_ready_i));
    assign flit_valid_o = go && $signed(32'(part_q)) < Flits;
    assign take         = go && part_q == '0;
    assign in_ready_o   = go && part_q == PartBits'(Parts - 1);
    assign beat_data_o  = beat_of(in_data_i, part_q);
    assign flit_data_o  = flit_valid_o ? flit_of(in_data_i, part_q) : '0;
    assign offer_o      = 1'b0;
    assign busy_o       = part_q != '0;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni)         part_q <= '0;
      else if (in_ready_o) part_q <= '0;
      else if (go)         part_q <= part_q + 1'b1;
    end
  end else begin : gen_offers
    // Beats and flits of a token run apart: the former from its offer on, the latter from its grant on.
    logic [CountBits-1:0] offered_q;  // results offered that have not left
    logic [PartBits-1:0]  beat_q, flit_q;
    logic                 begins, beats_end, flits_end, beats_done_q, flits_done_q, beats_left, flits_left, unused;

    // With local destinations one at a time: beats are those of the oldest result.
    assign unused       = &{1'b0, in_valid_i};
    assign begins       = room && (Beats != 0 ? offered_q == '0 && in_count_i != '0 : offered_q < in_count_i);
    assign offer_o      = begins && (Beats == 0 || beat_ready_i);
    assign take         = offer_o;
    assign beat_valid_o = Beats != 0 && (begins || beat_q != '0);
    assign beats_end    = beat_valid_o && beat_ready_i && beat_q == PartBits'(Beats - 1);
    assign flit_valid_o = grant_i || flit_q != '0;
    assign flits_end    = flit_valid_o && flit_q == PartBits'(Flits - 1);
    assign beats_left   = Beats == 0 || beats_done_q || beats_end;
    assign flits_left   = flits_done_q || flits_end;
    assign in_ready_o   = beats_left && flits_left;
    assign beat_data_o  = beat_of(in_data_i, beat_q);
    assign flit_data_o  = flit_valid_o ? flit_of(in_data_i, flit_q) : '0;
    assign busy_o       = beat_q != '0 || flit_q != '0;
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        offered_q    <= '0;
        beat_q       <= '0;
        flit_q       <= '0;
        beats_done_q <= 1'b0;
        flits_done_q <= 1'b0;
      end else begin
        offered_q    <= offered_q + CountBits'(offer_o) - CountBits'(in_ready_o);
        beats_done_q <= Beats != 0 && beats_left && !in_ready_o;
        flits_done_q <= flits_left && !in_ready_o;
        if (beats_end)                          beat_q <= '0;
        else if (beat_valid_o && beat_ready_i)  beat_q <= beat_q + 1'b1;
        if (flits_end)                          flit_q <= '0;
        else if (flit_valid_o)                  flit_q <= flit_q + 1'b1;
      end
    end
  end
endmodule

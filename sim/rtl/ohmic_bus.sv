// SPDX-License-Identifier: Apache-2.0
// One medium for all: counts the offers of its flows and grants the next flow in turn that has one. In the cycles after
// a grant the port sends its flits, `HopCycles` registers bring them to all destinations at once. An offer counts in
// the cycle after it, a grant is seen one cycle after it has been given.
module ohmic_bus #(
  /// Streams with remote destinations, in the order of the program.
  parameter int Flows = 3,
  /// Bits of a flit.
  parameter int FlitBits = 8,
  /// Flits of a token, 16 bits a flow, flow 0 lowest.
  parameter logic [Flows*16-1:0] Flits = {Flows{16'd1}},
  /// Registers to the destinations.
  parameter int HopCycles = 1,
  /// Idle cycles after the last flit of a token.
  parameter int GrantCycles = 1,
  /// Bits that hold the most results that a flow may have offered.
  parameter int OfferBits = 2
) (
  /// Clock, rising edge.
  input  logic                      clk_i,
  /// Reset, asynchronous, low.
  input  logic                      rst_ni,
  /// By flow: one more result is offered.
  input  logic [Flows-1:0]          offer_i,
  /// By flow: its flits leave from this cycle on. A register.
  output logic [Flows-1:0]          grant_o,
  /// By flow: a flit leaves in this cycle.
  input  logic [Flows-1:0]          flit_valid_i,
  /// The flits; 0 where there is none.
  input  logic [Flows*FlitBits-1:0] flit_data_i,
  /// By flow: a flit of it arrives in this cycle.
  output logic [Flows-1:0]          flit_valid_o,
  /// The flit, of whichever flow.
  output logic [FlitBits-1:0]       flit_data_o
);
  localparam int FlowBits = Flows > 1 ? $clog2(Flows) : 1;
  function automatic int longest_token();
    longest_token = 1;
    for (int i = 0; i < Flows; i++) begin
      if (32'(Flits[i*16 +: 16]) > longest_token) longest_token = 32'(Flits[i*16 +: 16]);
    end
  endfunction
  localparam int BusyBits = $clog2(longest_token() + GrantCycles + 1);

  logic [Flows*OfferBits-1:0] offers_q;
  logic [FlowBits-1:0]        turn_q, next;
  logic [BusyBits-1:0]        busy_q;  // cycles until the next grant
  logic [Flows-1:0]           grant;
  logic [FlitBits-1:0]        wires;

  // The first flow from turn_q on that has an offer.
  always_comb begin
    int flow;
    grant = '0;
    next  = turn_q;
    flow  = 0;
    if (busy_q == 0) begin
      for (int i = Flows - 1; i >= 0; i--) begin
        flow = 32'(turn_q) + i < Flows ? 32'(turn_q) + i : 32'(turn_q) + i - Flows;
        if (offers_q[flow*OfferBits +: OfferBits] != '0) begin
          grant = Flows'(1) << flow;
          next  = FlowBits'(flow + 1 < Flows ? flow + 1 : 0);
        end
      end
    end
  end

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      offers_q <= '0;
      turn_q   <= '0;
      busy_q   <= '0;
      grant_o  <= '0;
    end else begin
      grant_o <= grant;
      turn_q  <= next;
      if (busy_q != 0) busy_q <= busy_q - 1'b1;
      for (int i = 0; i < Flows; i++) begin
        offers_q[i*OfferBits +: OfferBits] <=
            offers_q[i*OfferBits +: OfferBits] + OfferBits'(offer_i[i]) - OfferBits'(grant[i]);
        if (grant[i]) busy_q <= BusyBits'(32'(Flits[i*16 +: 16]) + GrantCycles - 1);
      end
    end
  end

  always_comb begin
    wires = '0;
    for (int i = 0; i < Flows; i++) wires |= flit_data_i[i*FlitBits +: FlitBits];
  end
  ohmic_pipe #(.Width(Flows + FlitBits), .Registers(HopCycles)) i_hops (
    .clk_i, .rst_ni, .data_i({flit_valid_i, wires}), .data_o({flit_valid_o, flit_data_o})
  );
endmodule

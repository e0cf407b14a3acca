// SPDX-License-Identifier: Apache-2.0
// The results that a core holds. A slot is taken when a firing starts and is free in the cycle after its result has
// passed; results leave in the order in which they were written. Written in cycle a, at the output from a + 1 on.
module ohmic_output_slots #(
  /// Bits of a result.
  parameter int Width = 8,
  /// Number of slots.
  parameter int Slots = 2,
  /// Bits of out_count_o; do not overwrite.
  localparam int CountBits = $clog2(Slots + 1)
) (
  /// Clock, rising edge.
  input  logic                 clk_i,
  /// Reset, asynchronous, low: all slots are free.
  input  logic                 rst_ni,
  /// A firing starts and takes a slot; only while free_o is high.
  input  logic                 start_i,
  /// There is a free slot.
  output logic                 free_o,
  /// The result of the oldest firing without one is written; as many as have started.
  input  logic                 write_i,
  /// The result.
  input  logic [Width-1:0]     data_i,
  /// There is a result.
  output logic                 out_valid_o,
  /// It is taken in this cycle if out_valid_o is high.
  input  logic                 out_ready_i,
  /// The oldest result.
  output logic [Width-1:0]     out_data_o,
  /// Results that are there.
  output logic [CountBits-1:0] out_count_o
);
  localparam int SlotBits = Slots > 1 ? $clog2(Slots) : 1;

  logic [Width-1:0]     result_q [Slots];
  logic [SlotBits-1:0]  head_q, tail_q;
  logic [CountBits-1:0] held_q, count_q;
  logic                 pop;

  assign free_o      = held_q != CountBits'(Slots);
  assign out_valid_o = count_q != '0;
  assign out_data_o  = result_q[head_q];
  assign out_count_o = count_q;
  assign pop         = out_valid_o && out_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      head_q  <= '0;
      tail_q  <= '0;
      held_q  <= '0;
      count_q <= '0;
    end else begin
      held_q  <= held_q + CountBits'(start_i) - CountBits'(pop);
      count_q <= count_q + CountBits'(write_i) - CountBits'(pop);
      if (write_i) tail_q <= tail_q == SlotBits'(Slots - 1) ? '0 : tail_q + 1'b1;
      if (pop)     head_q <= head_q == SlotBits'(Slots - 1) ? '0 : head_q + 1'b1;
    end
  end
  always_ff @(posedge clk_i) begin
    if (write_i) result_q[tail_q] <= data_i;
  end
endmodule

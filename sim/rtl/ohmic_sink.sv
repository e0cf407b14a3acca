// SPDX-License-Identifier: Apache-2.0
// End of the chip: takes tokens, one a cycle at most, and asks the global buffer in the cycle after to write them. A
// slot is free in the cycle after the write.
module ohmic_sink #(
  /// Bits of a token.
  parameter int TokenBits = 16,
  /// Tokens of an image.
  parameter int Tokens = 4,
  /// Tokens that it may hold.
  parameter int OutputSlots = 2
) (
  /// Clock, rising edge.
  input  logic                 clk_i,
  /// Reset, asynchronous, low: first token of the first image.
  input  logic                 rst_ni,
  /// It does not start in this cycle.
  input  logic                 stall_i,
  /// There is a token; stays until it is taken.
  input  logic                 in_valid_i,
  /// It is taken in this cycle if it is there.
  output logic                 in_ready_o,
  /// The token.
  input  logic [TokenBits-1:0] in_data_i,
  /// A token is to be written.
  output logic                 request_o,
  /// The oldest token that has not been written.
  output logic [TokenBits-1:0] request_data_o,
  /// It is written at the end of this cycle.
  input  logic                 done_i,
  /// The last token of an image is written at the end of this cycle.
  output logic                 image_done_o,
  /// Images that are done.
  output logic [31:0]          images_o
);
  localparam int CountBits = $clog2(OutputSlots + 1);

  logic                 has_slot, start, start_q, unused_valid;
  logic [CountBits-1:0] unused_count;
  logic [31:0]          token_q, image_q;

  assign in_ready_o   = has_slot && !stall_i;
  assign start        = in_valid_i && in_ready_o;
  assign request_o    = start_q;
  assign image_done_o = done_i && token_q == Tokens - 1;
  assign images_o     = image_q;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      start_q <= 1'b0;
      token_q <= '0;
      image_q <= '0;
    end else begin
      start_q <= start;
      if (done_i) token_q <= image_done_o ? '0 : token_q + 1;
      if (image_done_o) image_q <= image_q + 1;
    end
  end

  ohmic_output_slots #(.Width(TokenBits), .Slots(OutputSlots)) i_slots (
    .clk_i, .rst_ni, .start_i(start), .free_o(has_slot), .write_i(start), .data_i(in_data_i),
    .out_valid_o(unused_valid), .out_ready_i(done_i), .out_data_o(request_data_o), .out_count_o(unused_count)
  );
endmodule

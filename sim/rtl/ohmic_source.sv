// SPDX-License-Identifier: Apache-2.0
// Beginning of the chip: asks the global buffer for the tokens of its images, one a cycle at most, and puts them out in
// order. It asks in the cycle in which it starts; the result is there one cycle after the access.
module ohmic_source #(
  /// Bits of a token.
  parameter int TokenBits = 16,
  /// Tokens of an image.
  parameter int Tokens = 4,
  /// Images that may be inside: image i waits for image i - ImagesInFlight; 0: no limit.
  parameter int ImagesInFlight = 0,
  /// Results that it may hold.
  parameter int OutputSlots = 2,
  /// Bits of out_count_o; do not overwrite.
  localparam int CountBits = $clog2(OutputSlots + 1)
) (
  /// Clock, rising edge.
  input  logic                 clk_i,
  /// Reset, asynchronous, low: first token of the first image.
  input  logic                 rst_ni,
  /// The arrays are written: it may start.
  input  logic                 run_i,
  /// It does not start in this cycle.
  input  logic                 stall_i,
  /// Images that it sends.
  input  logic [31:0]          images_i,
  /// An image is done at the end of this cycle.
  input  logic                 image_done_i,
  /// It starts: the buffer has to read the next token.
  output logic                 request_o,
  /// The token of the oldest request has been read.
  input  logic                 response_valid_i,
  /// The token.
  input  logic [TokenBits-1:0] response_data_i,
  /// There is a token; stays until it is taken.
  output logic                 out_valid_o,
  /// It is taken in this cycle if it is there.
  input  logic                 out_ready_i,
  /// The oldest token.
  output logic [TokenBits-1:0] out_data_o,
  /// Tokens that are there.
  output logic [CountBits-1:0] out_count_o
);
  logic        has_slot, may_begin;
  logic [31:0] token_q, image_q, done_q;

  assign may_begin = image_q < images_i &&
                     (token_q != 0 || ImagesInFlight == 0 || image_q < done_q + ImagesInFlight);
  assign request_o = run_i && !stall_i && has_slot && may_begin;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      token_q <= '0;
      image_q <= '0;
      done_q  <= '0;
    end else begin
      if (image_done_i) done_q <= done_q + 1;
      if (request_o) begin
        token_q <= token_q == Tokens - 1 ? '0 : token_q + 1;
        if (token_q == Tokens - 1) image_q <= image_q + 1;
      end
    end
  end

  ohmic_output_slots #(.Width(TokenBits), .Slots(OutputSlots)) i_slots (
    .clk_i, .rst_ni, .start_i(request_o), .free_o(has_slot), .write_i(response_valid_i), .data_i(response_data_i),
    .out_valid_o, .out_ready_i, .out_data_o, .out_count_o
  );
endmodule

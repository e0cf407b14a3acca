// SPDX-License-Identifier: Apache-2.0
// What ends_bench.cpp runs: sources, global buffers and sinks in pairs, a stream of registers, an activation unit,
// requantization.
module ends (
  input  logic        clk_i, rst_ni,
  input  logic [3:0]  stall_source_i, stall_sink_i,
  input  logic [7:0]  result_address_i,
  output logic [3:0]  request_o, ready_o, valid_o,
  output logic [79:0] data_o,
  output logic [31:0] images_o,
  output logic [79:0] result_o,
  input  logic        in_valid_i, out_ready_i,
  input  logic [15:0] in_data_i,
  output logic        in_ready_o, out_valid_o,
  output logic [15:0] out_data_o,
  output logic        leaky_ready_o, leaky_valid_o,
  output logic [23:0] leaky_data_o,
  input  logic [7:0]   value_i,
  input  logic [15:0]  shift_i,
  output logic [319:0] quotient_o
);
  // By pair, 8 bits each: cycles before a beat, bits of a beat, images in flight, slots.
  localparam logic [31:0] Latency  = {8'd1, 8'd3, 8'd7, 8'd4};
  localparam logic [31:0] Width    = {8'd64, 8'd8, 8'd5, 8'd32};
  localparam logic [31:0] InFlight = {8'd0, 8'd1, 8'd2, 8'd0};
  localparam logic [31:0] Slots    = {8'd3, 8'd1, 8'd2, 8'd2};

  for (genvar i = 0; i < 4; i++) begin : gen_pairs
    logic        request, response, write, done, image_done;
    logic [19:0] read_data, write_data;
    logic [31:0] images;
    logic [2:0]  count;
    assign request_o[i]        = request;
    assign images_o[i*8 +: 8]  = images[7:0];
    ohmic_source #(
      .TokenBits(20), .Tokens(5), .ImagesInFlight(32'(InFlight[i*8 +: 8])), .OutputSlots(32'(Slots[i*8 +: 8]))
    ) i_source (
      .clk_i, .rst_ni, .run_i(1'b1), .stall_i(stall_source_i[i]), .images_i(32'd9), .image_done_i(image_done),
      .request_o(request), .response_valid_i(response), .response_data_i(read_data), .out_valid_o(valid_o[i]),
      .out_ready_i(ready_o[i]), .out_data_o(data_o[i*20 +: 20]), .out_count_o(count[$clog2(32'(Slots[i*8 +: 8])+1)-1:0])
    );
    ohmic_sink #(.TokenBits(20), .Tokens(5), .OutputSlots(32'(Slots[i*8 +: 8]))) i_sink (
      .clk_i, .rst_ni, .stall_i(stall_sink_i[i]), .in_valid_i(valid_o[i]), .in_ready_o(ready_o[i]),
      .in_data_i(data_o[i*20 +: 20]), .request_o(write), .request_data_o(write_data), .done_i(done),
      .image_done_o(image_done), .images_o(images)
    );
    ohmic_global_buffer #(
      .File("ends.hex"), .InBits(20), .InWords(40), .OutBits(20), .OutWords(45), .LatencyCycles(32'(Latency[i*8 +: 8])),
      .WidthBits(32'(Width[i*8 +: 8])), .Requests(32'(Slots[i*8 +: 8]))
    ) i_buffer (
      .clk_i, .rst_ni, .read_i(request), .read_valid_o(response), .read_data_o(read_data), .write_i(write),
      .write_data_i(write_data), .write_done_o(done), .result_address_i(result_address_i[5:0]),
      .result_o(result_o[i*20 +: 20])
    );
  end

  logic [1:0]  valid, ready;
  logic [31:0] data;
  ohmic_stream_register #(.Width(16)) i_first (
    .clk_i, .rst_ni, .in_valid_i, .in_ready_o, .in_data_i, .out_valid_o(valid[0]), .out_ready_i(ready[0]),
    .out_data_o(data[15:0])
  );
  ohmic_stream_register #(.Width(16)) i_second (
    .clk_i, .rst_ni, .in_valid_i(valid[0]), .in_ready_o(ready[0]), .in_data_i(data[15:0]), .out_valid_o,
    .out_ready_i, .out_data_o
  );
  // Two lanes of 8 bits, bias -3 and 5, shift 1 half up, randomized leaky ReLU rounded down.
  ohmic_activation #(
    .Lanes(2), .SumBits(8), .BiasBits(8), .Shift(1), .Rounding(1), .Activation(3), .Seed(8'd77), .HalfUp(1'b0),
    .OutBits(12), .OutSigned(1'b1), .ZeroPoint(100)
  ) i_leaky (
    .clk_i, .rst_ni, .in_valid_i, .in_ready_o(leaky_ready_o), .in_data_i, .bias_i({8'd5, -8'd3}),
    .out_valid_o(leaky_valid_o), .out_ready_i, .out_data_o(leaky_data_o)
  );

  // By rounding, shift only and with the multiplier 2^30.
  for (genvar i = 0; i < 10; i++) begin : gen_roundings
    ohmic_requantize #(.Width(8), .HasMultiplier(1'(i / 5)), .Rounding(i % 5)) i_requantize (
      .enable_i(1'b1), .value_i(value_i), .multiplier_i(32'h40000000), .shift_i(shift_i),
      .quotient_o(quotient_o[i*32 +: 32])
    );
  end
endmodule

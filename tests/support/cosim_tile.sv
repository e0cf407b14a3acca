// SPDX-License-Identifier: Apache-2.0
// A tile that adds one to its operand, three cycles long, with as many faults as can be asked for: the first row
// written to array 0 chooses one.
module cosim_tile (
    input  logic        clk_i,
    input  logic        rst_ni,
    input  logic        write_i,
    input  logic [0:0]  write_array_i,
    input  logic [0:0]  write_row_i,
    input  logic [7:0]  write_data_i,
    input  logic        in_valid_i,
    output logic        in_ready_o,
    input  logic [15:0] in_data_i,
    output logic        out_valid_o,
    input  logic        out_ready_i,
    output logic [15:0] out_data_o,
    output logic [1:0]  out_count_o
);
  localparam logic [7:0] NeverReady = 1, ChangesData = 2, Drops = 3, Repeats = 4, Unknown = 5, Late = 6, Wrong = 7,
      Combinational = 8, TakesBack = 9, Listens = 10, Asserts = 11, Finishes = 12,
      FollowsData = 13, Falls = 14, UnknownPair = 15, ReadsNothing = 16, UnknownCount = 17;

  logic [7:0] fault_q;
  logic [2:0] age_q;  // a 1 walks up while the result is computed
  logic busy_q, valid_q, again_q;
  logic        falling_q;
  logic [15:0] memory_q[2], nor_this_q;
  always_ff @(negedge clk_i or negedge rst_ni) falling_q <= rst_ni && valid_q;
  always_ff @(posedge clk_i) if (fault_q == ReadsNothing) $readmemh("there_is_no.mem", memory_q);
  logic [15:0] data_q, never_set_q, heard_q;  // what stood on the lines while nothing was valid
  logic [7:0] count_q;  // results passed

  assign in_ready_o = (fault_q == Combinational) ? !busy_q && out_ready_i : !busy_q && fault_q != NeverReady;
  assign out_valid_o = (fault_q == Falls) ? falling_q : valid_q;
  assign out_count_o = {fault_q == UnknownCount && count_q == 3 && never_set_q[0] && valid_q, valid_q};
  always_comb begin
    out_data_o = data_q;
    if (fault_q == Unknown && count_q == 3) out_data_o = never_set_q;
    if (fault_q == UnknownPair) out_data_o = data_q ^ never_set_q ^ nor_this_q;
    if (fault_q == FollowsData) out_data_o = data_q ^ {15'd0, in_valid_i};
  end

  logic starts, done, passes;
  assign starts = in_valid_i && in_ready_o;
  assign done = (fault_q == Late) ? age_q[2] : age_q[1];
  assign passes = valid_q && out_ready_i;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      fault_q <= '0;
      age_q   <= '0;
      busy_q  <= 1'b0;
      valid_q <= 1'b0;
      again_q <= 1'b0;
      count_q <= '0;
      heard_q <= '0;
    end else begin
      if (write_i && !write_array_i[0] && !write_row_i[0]) fault_q <= write_data_i;
      age_q <= {age_q[1:0], starts};
      if (starts) begin
        busy_q <= 1'b1;
        data_q <= in_data_i + ((fault_q == Wrong && count_q == 2) ? 16'd2 : 16'd1) + (fault_q == Listens ? heard_q : 16'd0);
      end
      if (in_ready_o) heard_q <= in_valid_i ? 16'd0 : in_data_i;
      if (done) begin
        valid_q <= !(fault_q == Drops && count_q == 2);
        busy_q  <= !(fault_q == Drops && count_q == 2);
        if (fault_q == Drops && count_q == 2) count_q <= count_q + 8'd1;
      end
      if (valid_q && !out_ready_i && fault_q == ChangesData) data_q <= data_q + 16'd1;
      assert (fault_q != Asserts || count_q != 2) else $error("the third result");
      if (fault_q == Finishes && count_q == 2) $finish;
      if (valid_q && !out_ready_i && fault_q == TakesBack) valid_q <= 1'b0;
      if (passes) begin
        again_q <= fault_q == Repeats && count_q == 2;
        count_q <= count_q + 8'd1;
        if (!(fault_q == Repeats && count_q == 2)) begin
          valid_q <= 1'b0;
          busy_q  <= 1'b0;
        end
      end
    end
  end
endmodule

// SPDX-License-Identifier: Apache-2.0
// What the arrays of a tile do when. A vector is a number of groups: row groups, and in each the input steps that do
// not meet before the converter. Read, convert and add work on successive groups, each begins in the cycle after the
// one before it has ended. With two banks the next group is read when the longest of the three has passed since this
// one began, with one when their sum has; so does the next vector.
module ohmic_tile_sequencer #(
  /// Cycles in which one group is read, at least 1.
  parameter int ReadCycles = 1,
  /// Conversions that a converter makes for one group; 0: no converter (digital arrays).
  parameter int Conversions = 8,
  /// Conversions in RateCycles cycles.
  parameter int Rate = 1,
  /// Cycles in which a converter makes Rate conversions.
  parameter int RateCycles = 1,
  /// Cycles of the shift-and-add of one group, at least 1.
  parameter int AddCycles = 1,
  /// Sample-and-hold banks, 1 or 2.
  parameter int Banks = 2,
  /// Row groups of a vector.
  parameter int RowGroups = 1,
  /// Groups of one row group: input steps, 1 if they meet before the converter.
  parameter int Steps = 8,
  /// Bits of a number of conversions; do not overwrite.
  localparam int IndexBits = $clog2(Conversions + 2),
  /// Bits of a row group; do not overwrite.
  localparam int GroupBits = RowGroups > 1 ? $clog2(RowGroups) : 1,
  /// Bits of a step; do not overwrite.
  localparam int StepBits = Steps > 1 ? $clog2(Steps) : 1
) (
  /// Clock, rising edge.
  input  logic                 clk_i,
  /// Reset, asynchronous, low.
  input  logic                 rst_ni,
  /// A vector starts in this cycle; only while idle_o is high.
  input  logic                 start_i,
  /// The interval of the vector before is over.
  output logic                 idle_o,
  /// Last cycle of a group's read: the columns are sampled at its end.
  output logic                 read_o,
  /// Row group that is read.
  output logic [GroupBits-1:0] read_group_o,
  /// Step that is read.
  output logic [StepBits-1:0]  read_step_o,
  /// Conversions of the burst made before this cycle.
  output logic [IndexBits-1:0] convert_from_o,
  /// Conversions of the burst made at the end of this cycle.
  output logic [IndexBits-1:0] convert_to_o,
  /// Last cycle of a burst: all codes of the group are there at its end.
  output logic                 convert_end_o,
  /// Last cycle of a group's shift-and-add.
  output logic                 add_end_o,
  /// Row group that is added.
  output logic [GroupBits-1:0] add_group_o,
  /// Step that is added.
  output logic [StepBits-1:0]  add_step_o,
  /// The group that is added is the first of its vector.
  output logic                 add_first_o,
  /// The group that is added is the last of its vector.
  output logic                 add_last_o
);
  // In 64 bits: Rate and RateCycles may be any numbers of 31 bits.
  localparam logic [63:0] ConvertParts = 64'(Conversions) * 64'(RateCycles) + 64'(Rate) - 64'd1;
  localparam int ConvertCycles = 32'(ConvertParts / 64'(Rate));
  localparam int ReadOrConvert = ReadCycles > ConvertCycles ? ReadCycles : ConvertCycles;
  localparam int Longest       = ReadOrConvert > AddCycles ? ReadOrConvert : AddCycles;
  localparam int GroupCycles   = Banks == 2 ? Longest : ReadCycles + ConvertCycles + AddCycles;
  localparam int PaceBits      = $clog2(GroupCycles + 1);
  localparam int AddBits       = $clog2(AddCycles + 1);
  localparam int NumberBits    = GroupBits + StepBits + 2;  // what travels with a group

  // Read: a group every GroupCycles cycles. The first begins in the cycle in which the vector starts.
  logic                  running_q, active, group_ends, last_group;
  logic [PaceBits-1:0]   pace_q;  // cycles since the group began
  logic [GroupBits-1:0]  group_q;
  logic [StepBits-1:0]   step_q;
  logic [NumberBits-1:0] read_number;

  assign idle_o       = !running_q;
  assign active       = running_q || start_i;
  assign read_o       = active && pace_q == PaceBits'(ReadCycles - 1);
  assign group_ends   = active && pace_q == PaceBits'(GroupCycles - 1);
  assign last_group   = group_q == GroupBits'(RowGroups - 1) && step_q == StepBits'(Steps - 1);
  assign read_group_o = group_q;
  assign read_step_o  = step_q;
  assign read_number  = {group_q, step_q, group_q == '0 && step_q == '0, last_group};

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      running_q <= 1'b0;
      pace_q    <= '0;
      group_q   <= '0;
      step_q    <= '0;
    end else if (group_ends) begin
      running_q <= !last_group;
      pace_q    <= '0;
      step_q    <= step_q == StepBits'(Steps - 1) ? '0 : step_q + 1'b1;
      if (step_q == StepBits'(Steps - 1)) group_q <= last_group ? '0 : group_q + 1'b1;
    end else if (active) begin
      running_q <= 1'b1;
      pace_q    <= pace_q + 1'b1;
    end
  end

  // Convert: every cycle adds the rate, what is whole is made.
  logic [NumberBits-1:0] convert_number;
  if (Conversions == 0) begin : gen_no_converter
    assign convert_from_o = '0;
    assign convert_to_o   = '0;
    assign convert_end_o  = read_o;
    assign convert_number = read_number;
  end else begin : gen_converter
    logic                  busy_q;
    logic [IndexBits-1:0]  made_q;
    localparam int Whole    = Rate / RateCycles < Conversions ? Rate / RateCycles : Conversions;  // in every cycle
    localparam int Rest     = Rate % RateCycles;
    localparam int PartBits = $clog2(RateCycles) + 1;
    logic [PartBits-1:0]   part_q, part;  // of a conversion, in units of 1 / RateCycles
    logic                  carry;
    logic [NumberBits-1:0] number_q;

    assign part           = part_q + PartBits'(Rest);
    assign carry          = part >= PartBits'(RateCycles);
    assign convert_from_o = made_q;
    assign convert_number = number_q;
    assign convert_end_o  = busy_q && convert_to_o == IndexBits'(Conversions);
    always_comb begin
      convert_to_o = made_q;
      if (busy_q) begin
        if (32'(made_q) + Whole + 32'(carry) >= Conversions) convert_to_o = IndexBits'(Conversions);
        else convert_to_o = made_q + IndexBits'(Whole) + IndexBits'(carry);
      end
    end
    always_ff @(posedge clk_i or negedge rst_ni) begin
      if (!rst_ni) begin
        busy_q   <= 1'b0;
        made_q   <= '0;
        part_q   <= '0;
        number_q <= '0;
      end else begin
        if (convert_end_o) begin
          busy_q <= 1'b0;
          made_q <= '0;
          part_q <= '0;
        end else if (busy_q) begin
          made_q <= convert_to_o;
          part_q <= carry ? part - PartBits'(RateCycles) : part;
        end
        if (read_o) begin
          busy_q   <= 1'b1;
          number_q <= read_number;
        end
      end
    end
  end

  // Add.
  logic                  adding_q;
  logic [AddBits-1:0]    added_q;
  logic [NumberBits-1:0] add_number_q;

  assign add_end_o = adding_q && added_q == AddBits'(AddCycles - 1);
  assign {add_group_o, add_step_o, add_first_o, add_last_o} = add_number_q;
  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      adding_q     <= 1'b0;
      added_q      <= '0;
      add_number_q <= '0;
    end else begin
      if (add_end_o) begin
        adding_q <= 1'b0;
        added_q  <= '0;
      end else if (adding_q) begin
        added_q <= added_q + 1'b1;
      end
      if (convert_end_o) begin
        adding_q     <= 1'b1;
        add_number_q <= convert_number;
      end
    end
  end
endmodule

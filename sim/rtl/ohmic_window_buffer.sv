// SPDX-License-Identifier: Apache-2.0
// Line buffer: takes the tokens of an image in raster order and shows those under the window of the next output pixel.
// The firings are the output pixels Phase, Phase + Period, …; images follow each other without a gap. A token leaves
// when no later firing of its image needs it, one that is not yet there in the cycle after it has been written. Written
// in cycle a, it counts for the window from a + 1 on.
module ohmic_window_buffer #(
  /// Bits of a beat.
  parameter int BeatBits = 8,
  /// Bits of a token.
  parameter int TokenBits = 16,
  /// Tokens that it holds; at least what one window spans.
  parameter int Capacity = 12,
  /// Lines of the window.
  parameter int KernelHeight = 3,
  /// Columns of the window.
  parameter int KernelWidth = 3,
  /// Lines from one window to the next.
  parameter int StrideHeight = 1,
  /// Columns from one window to the next.
  parameter int StrideWidth = 1,
  /// Lines of padding above the image.
  parameter int PadTop = 1,
  /// Columns of padding left of the image.
  parameter int PadLeft = 1,
  /// Lines from tap to tap.
  parameter int DilationHeight = 1,
  /// Columns from tap to tap.
  parameter int DilationWidth = 1,
  /// Lines of the image.
  parameter int InHeight = 4,
  /// Columns of the image.
  parameter int InWidth = 4,
  /// Lines of the output.
  parameter int OutHeight = 4,
  /// Columns of the output.
  parameter int OutWidth = 4,
  /// Output pixels from one firing to the next.
  parameter int Period = 1,
  /// Output pixel of the first firing of an image.
  parameter int Phase = 0,
  /// 1: the first firing waits for a token even if its window lies in the padding.
  parameter bit WaitFirst = 1'b0,
  /// What a tap outside of the image reads.
  parameter logic [TokenBits-1:0] PadToken = '0,
  /// Tokens under the window; do not overwrite.
  localparam int Taps = KernelHeight * KernelWidth,
  /// Bits of credit_o; do not overwrite.
  localparam int CreditBits = $clog2(Capacity + 1)
) (
  /// Clock, rising edge.
  input  logic                      clk_i,
  /// Reset, asynchronous, low: empty, first firing of an image.
  input  logic                      rst_ni,
  /// There is a beat; a remote port sends one only into room that it has counted.
  input  logic                      in_valid_i,
  /// Room for a whole token, or in the middle of one.
  output logic                      in_ready_o,
  /// The beat.
  input  logic [BeatBits-1:0]       in_data_i,
  /// All tokens under the window have been written; does not fall before the core starts.
  output logic                      out_valid_o,
  /// The core starts (with out_valid_o): on to the next window.
  input  logic                      out_ready_i,
  /// The tokens under the window, raster order, tap 0 lowest; 0 while out_valid_o is low.
  output logic [Taps*TokenBits-1:0] out_data_o,
  /// Tokens that left one cycle ago.
  output logic [CreditBits-1:0]     credit_o
);
  // verilator no_inline_module
  localparam int Tokens     = InHeight * InWidth;
  localparam int Firings    = (OutHeight * OutWidth - Phase + Period - 1) / Period;
  localparam int TableBits  = $clog2(Tokens + 1);
  localparam int CountBits  = $clog2(Tokens + Capacity + 1) + 1;  // signed: negative while an image before is incomplete
  localparam int FiringBits = Firings > 1 ? $clog2(Firings) : 1;
  localparam int SlotBits   = Capacity > 1 ? $clog2(Capacity) : 1;
  localparam int RowBits    = $clog2(OutHeight + 1);
  localparam int ColumnBits = $clog2(OutWidth + 1);

  // First and last line (column) of the image under a window that begins at `origin`; -1: none.
  function automatic int first_inside(int origin, int size, int kernel, int dilation);
    int tap, last;
    tap  = origin < 0 ? (dilation - 1 - origin) / dilation : 0;
    last = origin + (kernel - 1) * dilation;
    first_inside = origin + tap * dilation;
    if (tap >= kernel || first_inside >= size || last < 0) first_inside = -1;
  endfunction
  function automatic int last_inside(int origin, int size, int kernel, int dilation);
    int tap;
    tap = origin < size ? (size - 1 - origin) / dilation : 0;
    if (tap > kernel - 1) tap = kernel - 1;
    last_inside = origin + tap * dilation;
    if (first_inside(origin, size, kernel, dilation) < 0) last_inside = -1;
  endfunction

  // By firing: tokens that must have been written before it starts.
  function automatic logic [Firings*TableBits-1:0] need_table();
    int pixel, y, x, needed;
    needed = WaitFirst ? 1 : 0;
    for (int f = 0; f < Firings; f++) begin
      pixel = Phase + f * Period;
      y = last_inside((pixel / OutWidth) * StrideHeight - PadTop, InHeight, KernelHeight, DilationHeight);
      x = last_inside((pixel % OutWidth) * StrideWidth - PadLeft, InWidth, KernelWidth, DilationWidth);
      if (y >= 0 && x >= 0 && y * InWidth + x + 1 > needed) needed = y * InWidth + x + 1;
      need_table[f*TableBits +: TableBits] = TableBits'(needed);
    end
  endfunction
  // By firing: tokens that no later firing of the image needs.
  function automatic logic [Firings*TableBits-1:0] release_table();
    int pixel, y, x, oldest;
    oldest = Tokens;
    for (int f = Firings - 1; f >= 0; f--) begin
      release_table[f*TableBits +: TableBits] = TableBits'(oldest);
      pixel = Phase + f * Period;
      y = first_inside((pixel / OutWidth) * StrideHeight - PadTop, InHeight, KernelHeight, DilationHeight);
      x = first_inside((pixel % OutWidth) * StrideWidth - PadLeft, InWidth, KernelWidth, DilationWidth);
      if (y >= 0 && x >= 0 && y * InWidth + x < oldest) oldest = y * InWidth + x;
    end
  endfunction
  localparam logic [Firings*TableBits-1:0] Need    = need_table();
  localparam logic [Firings*TableBits-1:0] Release = release_table();

  // Tokens of the image of the next firing: written, no longer needed, left.
  logic signed [CountBits-1:0] arrived_d, arrived_q, released_d, released_q, left_d, left_q, image;
  logic [FiringBits-1:0]       firing_q;
  logic [RowBits-1:0]          row_q;           // of the output pixel
  logic [ColumnBits-1:0]       column_q;
  logic [SlotBits-1:0]         head_q, tail_q;  // slots of the oldest token and of the next one
  logic [CreditBits-1:0]       credit_q, gone;
  logic [TokenBits-1:0]        token_q [Capacity];
  logic                        middle, push, fire, image_ends;
  logic [TokenBits-1:0]        token;

  ohmic_beat_collector #(.BeatBits(BeatBits), .TokenBits(TokenBits)) i_collector (
    .clk_i, .rst_ni, .beat_i(in_valid_i && in_ready_o), .data_i(in_data_i),
    .middle_o(middle), .last_o(push), .token_o(token)
  );

  assign in_ready_o  = middle || arrived_q - left_q < CountBits'(Capacity);
  assign out_valid_o = arrived_q >= $signed(CountBits'(Need[firing_q*TableBits +: TableBits]));
  assign fire        = out_valid_o && out_ready_i;
  assign image_ends  = fire && firing_q == FiringBits'(Firings - 1);
  assign credit_o    = credit_q;

  assign released_d = fire ? CountBits'(Release[firing_q*TableBits +: TableBits]) : released_q;
  assign left_d     = released_d < arrived_q ? released_d : arrived_q;
  assign gone       = CreditBits'(left_d - left_q);
  assign image      = image_ends ? CountBits'(Tokens) : '0;
  assign arrived_d  = arrived_q + CountBits'(push) - image;

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      arrived_q  <= '0;
      released_q <= '0;
      left_q     <= '0;
      credit_q   <= '0;
      head_q     <= '0;
      tail_q     <= '0;
    end else begin
      arrived_q  <= arrived_d;
      released_q <= released_d - image;
      left_q     <= left_d - image;
      credit_q   <= gone;
      head_q     <= slot_after(head_q, 32'(gone));
      if (push) tail_q <= slot_after(tail_q, 1);
    end
  end
  always_ff @(posedge clk_i) begin
    if (push) token_q[tail_q] <= token;
  end

  function automatic logic [SlotBits-1:0] slot_after(logic [SlotBits-1:0] slot, int tokens);
    int next;
    next = 32'(slot) + tokens;
    slot_after = SlotBits'(next < Capacity ? next : next - Capacity);
  endfunction

  always_ff @(posedge clk_i or negedge rst_ni) begin
    if (!rst_ni) begin
      firing_q <= '0;
      row_q    <= RowBits'(Phase / OutWidth);
      column_q <= ColumnBits'(Phase % OutWidth);
    end else if (image_ends) begin
      firing_q <= '0;
      row_q    <= RowBits'(Phase / OutWidth);
      column_q <= ColumnBits'(Phase % OutWidth);
    end else if (fire) begin
      firing_q <= firing_q + 1'b1;
      if (32'(column_q) + Period % OutWidth < OutWidth) begin
        row_q    <= RowBits'(32'(row_q) + Period / OutWidth);
        column_q <= ColumnBits'(32'(column_q) + Period % OutWidth);
      end else begin
        row_q    <= RowBits'(32'(row_q) + Period / OutWidth + 1);
        column_q <= ColumnBits'(32'(column_q) + Period % OutWidth - OutWidth);
      end
    end
  end

  always_comb begin
    int y, x, behind;
    out_data_o = '0;
    y = 0;
    x = 0;
    behind = 0;
    if (out_valid_o) begin
      for (int tap = 0; tap < Taps; tap++) begin
        y = 32'(row_q) * StrideHeight - PadTop + (tap / KernelWidth) * DilationHeight;
        x = 32'(column_q) * StrideWidth - PadLeft + (tap % KernelWidth) * DilationWidth;
        behind = y * InWidth + x - 32'(left_q);  // tokens after the oldest
        if (y < 0 || y >= InHeight || x < 0 || x >= InWidth) begin
          out_data_o[tap*TokenBits +: TokenBits] = PadToken;
        end else begin
          out_data_o[tap*TokenBits +: TokenBits] = token_q[slot_after(head_q, behind)];
        end
      end
    end
  end
endmodule

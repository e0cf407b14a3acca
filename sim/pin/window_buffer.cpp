// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/window_buffer.hpp"

#include <algorithm>
#include <utility>

namespace ohmic::sim::pin {

WindowBuffer::WindowBuffer(const sc_core::sc_module_name& name, BufferSpec spec, WindowSchedule schedule)
    : sc_module(name),
      spec_(std::move(spec)),
      schedule_(std::move(schedule)),
      beats_((spec_.token_bits + spec_.beat_bits - 1) / spec_.beat_bits),
      memory_(static_cast<std::size_t>(spec_.capacity), Bits(spec_.token_bits)),
      operand_(schedule_.places() * spec_.token_bits) {
  SC_HAS_PROCESS(WindowBuffer);
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  in_ready_o.initialize(true);
  // A port that the first firings do not use has nothing to wait for.
  out_valid_ = schedule_.needed(0) == 0 && !spec_.waits_for_first;
  out_valid_o.initialize(out_valid_);
  credit_o.initialize(0);
  if (out_valid_) {
    drive_operand();
    out_data_o.initialize(operand_);
  }
}

void WindowBuffer::on_clock() {
  const bool starts = out_valid_ && out_ready_i.read();
  const bool beat_comes = in_ready_ && in_valid_i.read();
  if (!starts && !beat_comes && credit_ == 0 && freed_ == std::min(released_, written_)) return;
  if (starts) take_firing();
  const int freed = free_tokens();
  if (beat_comes) write_beat();
  if (freed != credit_) {
    credit_ = freed;
    credit_o.write(freed);
  }
  drive_outputs(starts);
}

void WindowBuffer::take_firing() {
  const std::int64_t tokens = schedule_.tokens();
  while (released_ < first_ + tokens && schedule_.last_user(released_ - first_) <= firing_) ++released_;
  if (++firing_ < schedule_.firings()) return;
  firing_ = 0;
  first_ += tokens;
}

/// Tokens that have been written before this edge and are needed no more.
int WindowBuffer::free_tokens() {
  const std::int64_t before = freed_;
  freed_ = std::max(freed_, std::min(released_, written_));
  return static_cast<int>(freed_ - before);
}

void WindowBuffer::write_beat() {
  const int first = beat_ * spec_.beat_bits;
  memory_[slot(written_)].copy(first, in_data_i.read(), 0, std::min(spec_.beat_bits, spec_.token_bits - first));
  if (++beat_ < beats_) return;
  beat_ = 0;
  ++written_;
}

void WindowBuffer::drive_outputs(bool new_firing) {
  const bool room = beat_ > 0 || written_ - freed_ < spec_.capacity;
  if (room != in_ready_) {
    in_ready_ = room;
    in_ready_o.write(room);
  }
  const bool valid = has() >= needs();
  if (valid && (new_firing || !out_valid_)) {
    drive_operand();
    out_data_o.write(operand_);
  }
  if (valid == out_valid_) return;
  out_valid_ = valid;
  out_valid_o.write(valid);
}

void WindowBuffer::drive_operand() {
  if (!schedule_.takes_part(firing_)) {
    operand_ = Bits(operand_.width());
    return;
  }
  const int width = spec_.token_bits;
  schedule_.for_each_place(firing_, [&](int place, std::int64_t token) {
    operand_.copy(place * width, token < 0 ? spec_.padding : memory_[slot(first_ + token)], 0, width);
  });
}

}  // namespace ohmic::sim::pin

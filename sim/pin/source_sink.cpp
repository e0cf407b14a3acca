// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/source_sink.hpp"

#include <utility>

namespace ohmic::sim::pin {

Source::Source(const sc_core::sc_module_name& name, const SourceSpec& spec)
    : sc_module(name), spec_(spec), slots_(spec.output_slots) {
  SC_HAS_PROCESS(Source);
  SC_METHOD(ask);
  sensitive << may_start_ << stall_i;
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  out_valid_o.initialize(false);
  out_count_o.initialize(0);
}

void Source::ask() {
  read_o.write(may_start_.read() && !stall_i.read());
}

bool Source::may_start() const {
  if (interval_left_ > 0 || !slots_.has_free() || image_ == spec_.images) return false;
  return spec_.images_in_flight == 0 || image_ < images_done_ + spec_.images_in_flight;
}

void Source::on_clock() {
  slots_.tick();
  const bool passed = count_ > 0 && out_ready_i.read();
  if (passed) slots_.pop();
  if (may_start_.read() && !stall_i.read()) {
    slots_.take();
    interval_left_ = spec_.times.interval;
    if (++token_ == spec_.tokens) {
      token_ = 0;
      ++image_;
    }
  }
  if (interval_left_ > 0) --interval_left_;
  if (read_i.read()) slots_.put(read_data_i.read(), spec_.times.latency);
  images_done_ = images_done_i.read();
  may_start_.write(may_start());
  drive_outputs(passed);
}

void Source::drive_outputs(bool passed) {
  const int count = slots_.count();
  if (count > 0 && (passed || count_ == 0)) out_data_o.write(slots_.oldest());
  if (count == count_) return;
  count_ = count;
  out_count_o.write(count);
  out_valid_o.write(count > 0);
}

Sink::Sink(const sc_core::sc_module_name& name, const CoreTimes& times, int output_slots)
    : sc_module(name), times_(times), output_slots_(output_slots) {
  SC_HAS_PROCESS(Sink);
  SC_METHOD(show_ready);
  sensitive << ready_ << stall_i;
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  write_o.initialize(false);
}

void Sink::on_clock() {
  ++now_;
  if (written_i.read()) --held_;
  if (ready_.read() && !stall_i.read() && in_valid_i.read()) {
    ++held_;
    interval_left_ = times_.interval;
    writes_.push_back({now_ + times_.latency - 1, in_data_i.read()});
  }
  if (interval_left_ > 0) --interval_left_;
  const bool write = !writes_.empty() && writes_.front().due == now_;
  if (write) {
    write_data_o.write(writes_.front().data);
    writes_.pop_front();
  }
  if (write != write_) {
    write_ = write;
    write_o.write(write);
  }
  ready_.write(interval_left_ == 0 && held_ < output_slots_);
}

}  // namespace ohmic::sim::pin

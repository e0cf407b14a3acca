// SPDX-License-Identifier: Apache-2.0
// Source and sink: the ends of the chip at the global buffer (docs/hardware.md, "Source, sink and stalls").
#pragma once

#include <deque>
#include <systemc>

#include "sim/pin/core.hpp"
#include "sim/pin/result_slots.hpp"
#include "sim/pin/timed_core.hpp"

namespace ohmic::sim::pin {

struct SourceSpec {
  CoreTimes times;  // 1 and 1 in hardware
  int output_slots = 1;
  std::int64_t tokens = 1;  // per image
  int images = 1;
  int images_in_flight = 0;  // 0: any number
};

/// Starts by asking the global buffer for a token.
class Source : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_in<bool> stall_i{"stall_i"};  // starts not in this cycle
  sc_core::sc_in<int> images_done_i{"images_done_i"};
  sc_core::sc_out<bool> read_o{"read_o"};  // starts in this cycle
  sc_core::sc_in<bool> read_i{"read_i"};   // the last beat of the oldest read passes
  sc_core::sc_in<Bits> read_data_i{"read_data_i"};
  sc_core::sc_out<bool> out_valid_o{"out_valid_o"};  // these four as those of a core
  sc_core::sc_in<bool> out_ready_i{"out_ready_i"};
  sc_core::sc_out<Bits> out_data_o{"out_data_o"};
  sc_core::sc_out<int> out_count_o{"out_count_o"};

  Source(const sc_core::sc_module_name& name, const SourceSpec& spec);

  /// Of a chip at rest, for the watchdog: the image that has to be done before the next one begins; −1: none has.
  [[nodiscard]] std::int64_t awaited_image() const {
    const bool waits = spec_.images_in_flight > 0 && image_ >= images_done_ + spec_.images_in_flight;
    return waits && slots_.has_free() && image_ < spec_.images ? image_ - spec_.images_in_flight : -1;
  }

 private:
  void ask();
  void on_clock();
  void drive_outputs(bool passed);
  [[nodiscard]] bool may_start() const;

  const SourceSpec spec_;
  sc_core::sc_signal<bool, sc_core::SC_UNCHECKED_WRITERS> may_start_{"may_start", true};
  ResultSlots slots_;
  Cycle interval_left_ = 0;
  std::int64_t image_ = 0, token_ = 0;  // of the next start
  int images_done_ = 0;
  int count_ = 0;  // on out_count_o
};

/// Takes a token as a core does, then asks the global buffer to write it.
class Sink : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_in<bool> stall_i{"stall_i"};
  sc_core::sc_in<bool> in_valid_i{"in_valid_i"};
  sc_core::sc_out<bool> in_ready_o{"in_ready_o"};
  sc_core::sc_in<Bits> in_data_i{"in_data_i"};
  sc_core::sc_out<bool> write_o{"write_o"};
  sc_core::sc_out<Bits> write_data_o{"write_data_o"};
  sc_core::sc_in<bool> written_i{"written_i"};  // the last beat of the oldest write passes

  Sink(const sc_core::sc_module_name& name, const CoreTimes& times, int output_slots);

  /// It starts when an operand comes and nothing stalls it.
  [[nodiscard]] bool is_ready() const { return ready_.read(); }

 private:
  struct Write {
    Cycle due = 0;  // edge after which it is asked for
    Bits data;
  };
  void show_ready() { in_ready_o.write(ready_.read() && !stall_i.read()); }
  void on_clock();

  const CoreTimes times_;
  const int output_slots_;
  sc_core::sc_signal<bool, sc_core::SC_UNCHECKED_WRITERS> ready_{"ready", true};
  std::deque<Write> writes_;
  int held_ = 0;  // slots
  Cycle interval_left_ = 0;
  Cycle now_ = 0;
  bool write_ = false;  // on write_o
};

}  // namespace ohmic::sim::pin

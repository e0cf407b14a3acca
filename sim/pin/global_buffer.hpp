// SPDX-License-Identifier: Apache-2.0
// The global buffer with images and results in it: a queue of requests, one access at a time (docs/hardware.md,
// "Ways").
#pragma once

#include <deque>
#include <systemc>
#include <vector>

#include "base/units.hpp"
#include "sim/pin/core.hpp"

namespace ohmic::sim::pin {

/// A sink's or source's side of the buffer.
struct BufferClient {
  int token_bits = 1;
  std::int64_t tokens = 1;  // per image
};

class GlobalBuffer : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};
  sc_core::sc_vector<sc_core::sc_in<bool>> write_i;  // by sink: asks in this cycle
  sc_core::sc_vector<sc_core::sc_in<Bits>> write_data_i;
  sc_core::sc_vector<sc_core::sc_out<bool>> written_o;  // the last beat of its oldest write passes
  sc_core::sc_vector<sc_core::sc_in<bool>> read_i;      // by source
  sc_core::sc_vector<sc_core::sc_out<bool>> read_o;     // the last beat of its oldest read passes
  sc_core::sc_vector<sc_core::sc_out<Bits>> read_data_o;
  sc_core::sc_out<int> images_done_o{"images_done_o"};  // with the beat of this cycle

  /// images: [source][image · tokens + token].
  GlobalBuffer(const sc_core::sc_module_name& name, int width_bits, Cycle latency_cycles,
               std::vector<BufferClient> sinks, std::vector<BufferClient> sources,
               std::vector<std::vector<Bits>> images);

  /// [sink][image · tokens + token], in the order in which they came.
  [[nodiscard]] const std::vector<std::vector<Bits>>& results() const { return results_; }
  /// By image: the cycle of the last beat of its result, counted from the first edge.
  [[nodiscard]] const std::vector<Cycle>& result_cycles() const { return result_cycles_; }

 private:
  struct Request {
    bool write = false;
    std::size_t client = 0;
    Bits data;
  };
  void on_clock();
  void take_requests();
  void begin_access();
  void end_access();
  void count_images();

  const int width_bits_;
  const Cycle latency_cycles_;
  const std::vector<BufferClient> sinks_, sources_;
  const std::vector<std::vector<Bits>> images_;
  std::vector<std::vector<Bits>> results_;
  std::vector<std::size_t> read_;  // tokens, by source
  std::deque<Request> requests_;
  Cycle left_ = 0;  // cycles of the access under way
  Cycle now_ = 0;
  std::vector<Cycle> result_cycles_;
  sc_core::sc_out<bool>* done_ = nullptr;  // the pulse that is on
};

}  // namespace ohmic::sim::pin

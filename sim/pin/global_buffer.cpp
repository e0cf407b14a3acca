// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/global_buffer.hpp"

#include <algorithm>
#include <utility>

namespace ohmic::sim::pin {

namespace {
constexpr int kBitsPerByte = 8;
}  // namespace

GlobalBuffer::GlobalBuffer(const sc_core::sc_module_name& name, int width_bits, Cycle latency_cycles,
                           std::vector<BufferClient> sinks, std::vector<BufferClient> sources,
                           std::vector<std::vector<Bits>> images)
    : sc_module(name),
      write_i("write_i", sinks.size()),
      write_data_i("write_data_i", sinks.size()),
      written_o("written_o", sinks.size()),
      read_i("read_i", sources.size()),
      read_o("read_o", sources.size()),
      read_data_o("read_data_o", sources.size()),
      width_bits_(width_bits),
      latency_cycles_(latency_cycles),
      sinks_(std::move(sinks)),
      sources_(std::move(sources)),
      images_(std::move(images)),
      results_(sinks_.size()),
      read_(sources_.size(), 0) {
  SC_HAS_PROCESS(GlobalBuffer);
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  images_done_o.initialize(0);
}

void GlobalBuffer::on_clock() {
  if (done_ != nullptr) {
    done_->write(false);
    done_ = nullptr;
  }
  take_requests();
  if (left_ == 0 && !requests_.empty()) begin_access();
  // The pulse is a register: it is set one edge before the cycle of the last beat.
  if (left_ > 0 && --left_ == 1) end_access();
  ++now_;
}

/// Of one cycle: results first.
void GlobalBuffer::take_requests() {
  for (std::size_t i = 0; i < write_i.size(); ++i) {
    if (write_i[i].read()) requests_.push_back({true, i, write_data_i[i].read()});
  }
  for (std::size_t i = 0; i < read_i.size(); ++i) {
    if (read_i[i].read()) requests_.push_back({false, i, {}});
  }
}

void GlobalBuffer::begin_access() {
  const Request& request = requests_.front();
  const int bits = (request.write ? sinks_ : sources_)[request.client].token_bits;
  const std::int64_t whole_bytes = ceil_div(bits, kBitsPerByte) * kBitsPerByte;
  left_ = latency_cycles_ + ceil_div(whole_bytes, width_bits_);
}

void GlobalBuffer::end_access() {
  Request& request = requests_.front();
  if (request.write) {
    results_[request.client].push_back(std::move(request.data));
    done_ = &written_o[request.client];
    count_images();
  } else {
    read_data_o[request.client].write(images_[request.client][read_[request.client]++]);
    done_ = &read_o[request.client];
  }
  done_->write(true);
  requests_.pop_front();
}

void GlobalBuffer::count_images() {
  auto done = static_cast<std::int64_t>(results_[0].size()) / sinks_[0].tokens;
  for (std::size_t i = 1; i < sinks_.size(); ++i) {
    done = std::min(done, static_cast<std::int64_t>(results_[i].size()) / sinks_[i].tokens);
  }
  while (static_cast<std::int64_t>(result_cycles_.size()) < done) result_cycles_.push_back(now_ + 1);
  images_done_o.write(static_cast<int>(done));
}

}  // namespace ohmic::sim::pin

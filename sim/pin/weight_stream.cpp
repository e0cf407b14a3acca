// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/weight_stream.hpp"

#include <utility>

namespace ohmic::sim::pin {

namespace {

/// Places from a word that is taken to the one that comes for it: its place is seen free in the next cycle, `latency`
/// registers follow, and the fifo itself is one.
constexpr std::size_t kPlacesBeyondLatency = 2;

}  // namespace

WeightStream::WeightStream(const sc_core::sc_module_name& name, std::vector<Bits> words, Cycle latency)
    : sc_module(name),
      words_(std::move(words)),
      reads_(latency),
      fifo_(static_cast<std::size_t>(latency) + kPlacesBeyondLatency) {
  SC_HAS_PROCESS(WeightStream);
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  for (std::size_t& word : fifo_) word = next_address();
  count_ = reserved_ = fifo_.size();
  word_valid_o.initialize(true);
  word_data_o.initialize(words_[fifo_.front()]);
}

std::size_t WeightStream::next_address() {
  const std::size_t address = address_;
  address_ = address_ + 1 == words_.size() ? 0 : address_ + 1;
  return address;
}

void WeightStream::on_clock() {
  const bool leaves = count_ > 0 && word_ready_i.read();
  std::optional<std::size_t> read;
  if (reserved_ < fifo_.size()) {
    read = next_address();
    ++reserved_;
  }
  const std::optional<std::size_t> comes = reads_.shift(read);
  if (!comes && !leaves) return;
  if (comes) {
    fifo_[(first_ + count_) % fifo_.size()] = *comes;
    ++count_;
  }
  if (leaves) {
    first_ = (first_ + 1) % fifo_.size();
    --count_;
    --reserved_;
  }
  word_valid_o.write(count_ > 0);
  if (count_ > 0) word_data_o.write(words_[fifo_[first_]]);
}

}  // namespace ohmic::sim::pin

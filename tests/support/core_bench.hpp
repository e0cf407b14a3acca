// SPDX-License-Identifier: Apache-2.0
// Drives one core of the pin level: operands as they come, results taken with stalls, every cycle noted.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <systemc>
#include <vector>

#include "sim/pin/core.hpp"
#include "tests/support/random.hpp"

namespace ohmic::test {

using sim::pin::Bits;

/// How the bench behaves.
struct BenchTraffic {
  int input_gap = 0;     // cycles without an operand between two firings, at most
  int output_stall = 0;  // percent of cycles in which the result is not taken
  std::uint64_t seed = 1;
};

class CoreBench : public sc_core::sc_module {
 public:
  /// Operands of firing n, or nothing while they are not known.
  using Source = std::function<std::optional<std::vector<Bits>>(std::size_t)>;
  struct Result {
    Bits data;
    Cycle there = 0;  // the first cycle in which it is at the output
    Cycle left = 0;   // in which it passes
  };

  CoreBench(const sc_core::sc_module_name& name, sim::pin::Core& core, sc_core::sc_signal<bool>& clock, Source source,
            const BenchTraffic& traffic)
      : sc_module(name),
        data_("data", core.in_data_i.size()),
        source_(std::move(source)),
        traffic_(traffic),
        random_(traffic.seed) {
    core.clk_i(clock);
    core.in_valid_i(valid_);
    core.in_ready_o(ready_);
    for (std::size_t i = 0; i < data_.size(); ++i) core.in_data_i[i](data_[i]);
    core.out_valid_o(out_valid_);
    core.out_ready_i(out_ready_);
    core.out_data_o(out_data_);
    core.out_count_o(out_count_);
    SC_HAS_PROCESS(CoreBench);
    SC_METHOD(on_clock);
    sensitive << clock.posedge_event();
    dont_initialize();
  }

  std::vector<Cycle> offered;  // first cycle with the operands of each firing
  std::vector<Cycle> started;
  std::vector<Result> results;
  std::string wrong;  // a broken rule of the handshake

 private:
  void on_clock() {
    const Cycle cycle = cycle_++;
    watch_output(cycle);
    if (is_offering_ && ready_.read()) {
      started.push_back(cycle);
      is_offering_ = false;
      gap_ = random_.between(0, traffic_.input_gap);
    }
    if (!is_offering_ && gap_-- <= 0) offer(cycle + 1);
    valid_.write(is_offering_);
    out_ready_.write(random_.between(0, 99) >= traffic_.output_stall);
  }

  void offer(Cycle from) {
    gap_ = 0;
    const auto operands = source_(started.size());
    if (!operands) return;
    for (std::size_t i = 0; i < operands->size(); ++i) data_[i].write((*operands)[i]);
    is_offering_ = true;
    offered.push_back(from);
  }

  void watch_output(Cycle cycle) {
    const auto count = static_cast<std::size_t>(out_count_.read());
    while (results.size() < left_ + count) results.push_back({{}, cycle, -1});
    if (results.size() > left_ + count) wrong = "a result disappeared";
    if (out_valid_.read() != (count > 0)) wrong = "out_valid is not out_count > 0";
    if (!out_valid_.read()) return;
    if (has_seen_ && !(seen_ == out_data_.read())) wrong = "the data changed before they had passed";
    seen_ = out_data_.read();
    has_seen_ = !out_ready_.read();
    if (!out_ready_.read()) return;
    results[left_].data = seen_;
    results[left_].left = cycle;
    ++left_;
  }

  sc_core::sc_signal<bool> valid_, ready_, out_valid_, out_ready_;
  sc_core::sc_vector<sc_core::sc_signal<Bits>> data_;
  sc_core::sc_signal<Bits> out_data_;
  sc_core::sc_signal<int> out_count_;
  Source source_;
  BenchTraffic traffic_;
  Random random_;
  Cycle cycle_ = 0;
  bool is_offering_ = false;
  int gap_ = 0;
  std::size_t left_ = 0;
  bool has_seen_ = false;
  Bits seen_;
};

/// A clock without sc_clock: cycle k ends with the k-th rising edge, counted from 0.
class BenchClock {
 public:
  void run(Cycle cycles) {
    for (Cycle i = 0; i < cycles; ++i) {
      signal.write(true);
      sc_core::sc_start(1, sc_core::SC_NS);
      signal.write(false);
      sc_core::sc_start(1, sc_core::SC_NS);
    }
  }
  sc_core::sc_signal<bool> signal{"clock"};
};

}  // namespace ohmic::test

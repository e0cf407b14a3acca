// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/chip_run.hpp"

#include <fmt/format.h>

namespace ohmic::sim::cosim {

namespace {

using mapping::StageKind;

class Runner {
 public:
  Runner(const VerilogLibrary& library, const std::vector<Probe>& probes, const ChipRunOptions& options)
      : probes_(probes),
        options_(options),
        stalls_(options.stalls),
        model_(library.instance(UnknownBits::random)),  // a register that needs a reset and has none is seen
        clk_(library.port("clk_i")),
        rst_(library.port("rst_ni")),
        run_(library.port("run_i")),
        stall_source_(library.port("stall_source_i")),
        stall_sink_(library.port("stall_sink_i")),
        programmed_(library.port("programmed_o")),
        done_(library.port("done_o")),
        valid_(library.port("probe_valid_o")),
        tokens_(probes.size(), 0) {
    for (std::size_t k = 0; k < probes.size(); ++k) data_.push_back(library.port(fmt::format("probe_{}_data_o", k)));
  }

  ChipRun run(const std::function<bool(const Arrival&)>& arrival) {
    reset();
    ChipRun result;
    while (!is(programmed_)) {
      if (result.programming_cycles++ == options_.max_programming_cycles) return result;
      edge();
    }
    set(run_, true);
    for (Cycle cycle = 0; cycle < options_.max_cycles; ++cycle) {
      set(stall_source_, stalls_.holds(StageKind::source, options_.source_stage, cycle));
      set(stall_sink_, stalls_.holds(StageKind::sink, options_.sink_stage, cycle));
      model_->eval();
      if (is(done_) && !result.finished) {
        result.cycles = cycle;
        result.finished = true;
      }
      if (!look(cycle, arrival)) return result;
      if (result.finished && arrivals_ >= options_.arrivals) return result;
      edge();
    }
    if (!result.finished) result.cycles = options_.max_cycles;
    return result;
  }

 private:
  bool look(Cycle cycle, const std::function<bool(const Arrival&)>& arrival) {
    const pin::Bits valid = model_->get(valid_);
    for (int first = 0; first < valid.width(); first += 64) {
      const int count = std::min(64, valid.width() - first);
      for (std::uint64_t rest = valid.get(first, count); rest != 0; rest &= rest - 1) {
        const int k = first + __builtin_ctzll(rest);
        const auto at = static_cast<std::size_t>(k);
        ++arrivals_;
        if (!arrival({k, tokens_[at]++, cycle, model_->get(data_[at])})) return false;
      }
    }
    return true;
  }

  void reset() {
    set(clk_, false);
    for (const int port : {run_, stall_source_, stall_sink_}) set(port, false);
    set(rst_, true);
    model_->eval();
    set(rst_, false);
    model_->eval();
    constexpr int kResetCycles = 4;
    for (int i = 0; i < kResetCycles; ++i) edge();
    set(rst_, true);
    model_->eval();
  }
  void set(int port, bool value) {
    pin::Bits bit(1);
    bit.set(0, 1, value ? 1 : 0);
    model_->set(port, bit);
  }
  [[nodiscard]] bool is(int port) const { return model_->get(port).get(0, 1) != 0; }
  void edge() {
    set(clk_, true);
    model_->eval();
    set(clk_, false);
    model_->eval();
  }

  const std::vector<Probe>& probes_;
  const ChipRunOptions& options_;
  Stalls stalls_;
  std::unique_ptr<VerilogModel> model_;
  int clk_, rst_, run_, stall_source_, stall_sink_, programmed_, done_, valid_;
  std::vector<int> data_;
  std::vector<std::int64_t> tokens_;
  std::int64_t arrivals_ = 0;
};

}  // namespace

ChipRun run_chip(const VerilogLibrary& library, const std::vector<Probe>& probes, const ChipRunOptions& options,
                 const std::function<bool(const Arrival&)>& arrival) {
  return Runner(library, probes, options).run(arrival);
}

}  // namespace ohmic::sim::cosim

// SPDX-License-Identifier: Apache-2.0
// Every core of the wrapper, cycle by cycle, beside what docs/hardware.md says of a core: when it may start, when its
// result is there, how many are there. What results are comes from reference.py. Argument: number of stall patterns.
#include <verilated.h>

#include <deque>
#include <memory>

#include "Vcores.h"
#include "bench.hpp"
#include "cores_cases.hpp"

using namespace ohmic::rtl;

namespace {

/// A core by the rules: interval, latency, slots, results in order.
struct Model {
  const Case* core = nullptr;
  long next_start = 0;
  int held = 0;
  std::deque<long> due;  // results not taken, oldest first: when they are there
  std::size_t started = 0, passed = 0;

  bool ready(long now) const { return now >= next_start && held < core->slots; }
  int count(long now) const {
    int there = 0;
    for (const long cycle : due) there += cycle <= now ? 1 : 0;
    return there;
  }
};

void reset(Vcores& top) {
  top.clk_i = 0;
  top.rst_ni = 0;
  top.eval();
  top.clk_i = 1;
  top.eval();
  top.clk_i = 0;
  top.rst_ni = 1;
  top.eval();
}

/// One pattern of stalls, from reset to the last result of every core.
long run(Vcores& top, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Model> models(kCases.size());
  std::vector<Stalls> sources, sinks;
  std::vector<bool> offered(kCases.size(), false);
  for (std::size_t i = 0; i < kCases.size(); ++i) {
    models[i].core = &kCases[i];
    sources.emplace_back(random);
    sinks.emplace_back(random);
  }
  for (int i = 0; i < static_cast<int>(kCases.size()); ++i) {
    set_bit(top.in_valid_i, i, false);
    set_bit(top.out_ready_i, i, false);
  }
  reset(top);
  for (int i = 0; i < kProgrammingCycles; ++i) {
    top.clk_i = 1;
    top.eval();
    top.clk_i = 0;
    top.eval();
  }
  long now = 0;
  for (std::size_t done = 0; done < kCases.size() && now < 2000000; ++now) {
    done = 0;
    for (std::size_t k = 0; k < kCases.size(); ++k) {
      Model& m = models[k];
      const int i = static_cast<int>(k);
      if (!offered[k] && m.started < m.core->inputs.size() && sources[k].ready()) {
        offered[k] = true;
        set_hex(top.in_data_i, i * kInBits, m.core->in_bits, m.core->inputs[m.started]);
      }
      set_bit(top.in_valid_i, i, offered[k]);
      set_bit(top.out_ready_i, i, sinks[k].ready());
    }
    top.eval();
    for (std::size_t k = 0; k < kCases.size(); ++k) {
      Model& m = models[k];
      const int i = static_cast<int>(k);
      const std::string name = m.core->name;
      expect(name + ".written", seed, now, 1, get_bit(top.written_o, i));
      expect(name + ".in_ready_o", seed, now, m.ready(now), get_bit(top.in_ready_o, i));
      expect(name + ".out_count_o", seed, now, m.count(now), get_bits(top.out_count_o, i * 8, 8));
      expect(name + ".out_valid_o", seed, now, m.count(now) > 0, get_bit(top.out_valid_o, i));
      if (m.count(now) > 0) {
        const std::string got = get_hex(top.out_data_o, i * kOutBits, m.core->out_bits);
        if (got != m.core->outputs[m.passed]) fail(name + ".out_data_o", seed, now, m.core->outputs[m.passed], got);
      }
      const bool starts = offered[k] && m.ready(now);
      if (m.count(now) > 0 && get_bit(top.out_ready_i, i)) {
        m.due.pop_front();
        --m.held;
        ++m.passed;
      }
      if (starts) {
        offered[k] = false;
        m.next_start = now + m.core->interval;
        m.due.push_back(now + m.core->latency);
        ++m.held;
        ++m.started;
      }
      done += m.passed == m.core->inputs.size() ? 1 : 0;
    }
    top.clk_i = 1;
    top.eval();
    top.clk_i = 0;
    top.eval();
  }
  if (now >= 2000000) fail("end", seed, now, "all results", "none");
  return now;
}

}  // namespace

int main(int argc, char** argv) {
  const int patterns = argc > 1 ? std::atoi(argv[1]) : 40;
  const auto top = std::make_unique<Vcores>();
  long cycles = 0;
  for (int i = 0; i < patterns; ++i) cycles += run(*top, static_cast<unsigned>(i + 1));
  std::printf("%zu cores, %d stall patterns, %ld cycles: equal\n", kCases.size(), patterns, cycles);
  return 0;
}

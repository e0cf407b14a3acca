// SPDX-License-Identifier: Apache-2.0
// Sources, sinks and global buffers beside the rules of docs/timing.md ("Stage", "Global buffer"); stream registers as
// a queue; the activation unit beside docs/hardware.md ("Leaky ReLU"). Argument: number of stall patterns.
#include <verilated.h>

#include <deque>
#include <memory>

#include "Vends.h"
#include "bench.hpp"
#include "ends_cases.hpp"

using namespace ohmic::rtl;

namespace {

constexpr int kPairs = 4, kTokens = 5, kImageCount = 9;

struct Pair {
  int cycles, in_flight, slots;  // cycles of an access: latency and the beats of 24 bits
  long started = 0, taken = 0, held = 0, held_sink = 0, images = 0, written = 0;
  long memory_free = 0;
  std::deque<long> due;      // results of the source: when they are there
  std::deque<long> writing;  // when a slot of the sink is free
  bool sink_started = false;

  bool may_start() const {
    const long image = started / kTokens;
    return held < slots && image < kImageCount &&
           (started % kTokens != 0 || in_flight == 0 || image < images + in_flight);
  }
  bool offers(long now) const { return !due.empty() && due.front() <= now; }
  long access(long now) { return memory_free = std::max(memory_free, now) + cycles; }
};

/// One cycle of a pair; what it does is told by what was seen before.
void step(Pair& p, long now, bool starts, bool passes) {
  if (p.sink_started) p.writing.push_back(p.access(now));
  if (starts) {
    p.due.push_back(p.access(now) + 1);
    ++p.started;
    ++p.held;
  }
  p.sink_started = passes;
  if (!passes) return;
  p.due.pop_front();
  ++p.taken;
  --p.held;
  ++p.held_sink;
}
void finish_writes(Pair& p, long now) {
  for (; !p.writing.empty() && p.writing.front() <= now; p.writing.pop_front()) {
    --p.held_sink;
    if (++p.written % kTokens == 0) ++p.images;
  }
}

struct Leaky {
  int state = 77;
  std::uint32_t beat(std::uint32_t data) {
    const int alpha = 8 + (state & 15) * 13 / 16;
    state = (state << 1 & 255) | ((state >> 7 ^ state >> 5 ^ state >> 4 ^ state >> 3) & 1);
    std::uint32_t out = 0;
    for (int lane = 0; lane < 2; ++lane) {
      const int x = static_cast<std::int8_t>(data >> (8 * lane)) + (lane == 0 ? -3 : 5);
      int q = (x + 1) >> 1;
      if (q < 0) q = q * alpha >> 6;
      out |= (static_cast<std::uint32_t>(q + 100) & 0xFFF) << (12 * lane);
    }
    return out;
  }
};

void tick(Vends& top) {
  top.clk_i = 1;
  top.eval();
  top.clk_i = 0;
  top.eval();
}

void run(Vends& top, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Pair> pairs{{4 + 1, 0, 2}, {7 + 5, 2, 2}, {3 + 3, 1, 1}, {1 + 1, 0, 3}};
  std::vector<Stalls> stalls;
  for (int i = 0; i < 2 * kPairs + 2; ++i) stalls.emplace_back(random);
  std::deque<std::pair<long, std::uint32_t>> queue[2];  // of each register: since when, what
  std::deque<std::pair<long, std::uint32_t>> leaky;
  Leaky unit;
  bool offered = false;
  std::uint32_t data = 0;
  top.rst_ni = 0;
  top.clk_i = top.in_valid_i = top.out_ready_i = 0;
  top.eval();
  tick(top);
  top.rst_ni = 1;
  for (long now = 0; now < 4000; ++now) {
    for (int i = 0; i < kPairs; ++i) {
      set_bit(top.stall_source_i, i, !stalls[static_cast<std::size_t>(i)].ready());
      set_bit(top.stall_sink_i, i, !stalls[static_cast<std::size_t>(kPairs + i)].ready());
    }
    if (!offered && stalls[2 * kPairs].ready()) {
      offered = true;
      data = static_cast<std::uint32_t>(random()) & 0xFFFF;
    }
    top.in_valid_i = offered;
    top.in_data_i = static_cast<std::uint16_t>(data);
    top.out_ready_i = stalls[2 * kPairs + 1].ready();
    top.eval();

    for (int i = 0; i < kPairs; ++i) {
      Pair& p = pairs[static_cast<std::size_t>(i)];
      const std::string name = "pair " + std::to_string(i);
      finish_writes(p, now);
      const bool starts = p.may_start() && !get_bit(top.stall_source_i, i);
      const bool ready = p.held_sink < p.slots && !get_bit(top.stall_sink_i, i);
      expect(name + " request", seed, now, starts, get_bit(top.request_o, i));
      expect(name + " valid", seed, now, p.offers(now), get_bit(top.valid_o, i));
      expect(name + " ready", seed, now, ready, get_bit(top.ready_o, i));
      expect(name + " images", seed, now, p.images, get_bits(top.images_o, i * 8, 8));
      if (p.offers(now)) {
        expect(name + " data", seed, now, kImages[static_cast<std::size_t>(p.taken) % kImages.size()],
               get_bits(top.data_o, i * 20, 20));
      }
      step(p, now, starts, p.offers(now) && ready);
    }
    // The activation unit takes what is offered as often as it can.
    // A register has two places, takes while one of its own is free, shows what it took from the next cycle on.
    const bool can_take[2] = {queue[0].size() < 2, queue[1].size() < 2};
    const bool moves[2] = {!queue[0].empty() && can_take[1], !queue[1].empty() && top.out_ready_i};
    expect("stream in_ready", seed, now, can_take[0], top.in_ready_o);
    expect("stream out_valid", seed, now, !queue[1].empty(), top.out_valid_o);
    if (!queue[1].empty()) expect("stream data", seed, now, queue[1].front().second, top.out_data_o);
    expect("leaky in_ready", seed, now, leaky.size() < 2, top.leaky_ready_o);
    expect("leaky out_valid", seed, now, !leaky.empty(), top.leaky_valid_o);
    if (!leaky.empty()) expect("leaky data", seed, now, leaky.front().second, top.leaky_data_o);
    const bool leaky_takes = offered && leaky.size() < 2;
    if (!leaky.empty() && top.out_ready_i) leaky.pop_front();
    if (leaky_takes) leaky.emplace_back(now, unit.beat(data));
    if (moves[1]) queue[1].pop_front();
    if (moves[0]) {
      queue[1].push_back(queue[0].front());
      queue[0].pop_front();
    }
    if (offered && can_take[0]) {
      queue[0].emplace_back(now, data);
      offered = false;
    }
    tick(top);
  }
  for (int i = 0; i < kPairs; ++i) {
    const Pair& p = pairs[static_cast<std::size_t>(i)];
    for (long n = 0; n < p.written; ++n) {
      top.result_address_i = static_cast<std::uint8_t>(n);
      top.eval();
      expect("result", seed, n, kImages[static_cast<std::size_t>(n) % kImages.size()],
             get_bits(top.result_o, i * 20, 20));
    }
  }
}

/// value / 2^shift by the definition of each rounding, exact in 64 bits.
long rounded(long value, int shift, int rounding) {
  if (shift <= 0) return value * (1L << -shift);
  const long divisor = 1L << shift;
  const long floor = value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor);
  const long twice = 2 * (value - floor * divisor);
  const bool tie_up = rounding == 1 || (rounding == 0 && floor % 2 != 0) || (rounding == 2 && value > 0);
  return floor + (rounding != 3 && (twice > divisor || (twice == divisor && tie_up)) ? 1 : 0);
}

void run_roundings(Vends& top) {
  for (int value = -128; value < 128; ++value) {
    for (int shift = -2; shift < 42; ++shift) {
      top.value_i = static_cast<std::uint8_t>(value);
      top.shift_i = static_cast<std::uint16_t>(shift);
      top.eval();
      for (int i = 0; i < 10; ++i) {
        const long product = i < 5 ? value : value * (1L << 30);
        long expected = 0;
        if (i % 5 != 4) {
          expected = rounded(product, shift, i % 5);
        } else if (i < 5) {
          expected = rounded(product, shift, 2);
        } else {
          expected = shift <= 31 ? rounded(product, shift, 1) : rounded(rounded(product, 31, 1), shift - 31, 2);
        }
        expected = std::min(std::max(expected, -(1L << 31)), (1L << 31) - 1);
        expect("rounding " + std::to_string(i) + " of " + std::to_string(value), 0, shift, expected,
               static_cast<std::int32_t>(get_word(top.quotient_o, i)));
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int patterns = argc > 1 ? std::atoi(argv[1]) : 40;
  const auto top = std::make_unique<Vends>();
  run_roundings(*top);
  for (int i = 0; i < patterns; ++i) run(*top, static_cast<unsigned>(i + 1));
  std::printf("%d stall patterns of sources, sinks, buffers, registers, activation; all roundings: equal\n", patterns);
  return 0;
}

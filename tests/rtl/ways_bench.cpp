// SPDX-License-Identifier: Apache-2.0
// Slots, ports, links, bus and buffers beside a loop over cycles written from docs/timing.md ("Stage", "Stream", "Point
// to point", "Bus"): when every buffer can fire, what it shows, when every slot is free. Argument: number of stall
// patterns.
#include <verilated.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>

#include "Vways.h"
#include "bench.hpp"
#include "ways_cases.hpp"

using namespace ohmic::rtl;

namespace {

struct Buffer {
  const Place* place = nullptr;
  long arrived = 0, released = 0, left = 0, fired = 0;  // of all images
  int credits = 0;                                      // at the sender
};
struct Flow {
  const Way* way = nullptr;
  std::vector<Buffer> buffers;
  std::vector<unsigned> tokens;  // all that have been pushed
  int held = 0;
  long ready = 0, offered = 0, completed = 0;
  long wire_free = 0, seen_offers = 0, local_end = 0;
};

class Reference {
 public:
  Reference() {
    for (const Way& way : kWays) {
      Flow f;
      f.way = &way;
      for (const Place& place : way.places) f.buffers.push_back({&place, 0, 0, 0, 0, place.capacity});
      flows.push_back(std::move(f));
    }
  }

  std::vector<Flow> flows;

  void begin(long now) {
    const auto due = due_.find(now);
    if (due == due_.end()) return;
    for (const auto& action : due->second) action();
    due_.erase(due);
  }
  static bool can_fire(const Buffer& b) {
    const auto firings = static_cast<long>(b.place->need.size());
    return b.arrived >=
           b.fired / firings * b.place->tokens + b.place->need[static_cast<std::size_t>(b.fired % firings)];
  }
  static void fire(Buffer& b) {
    const auto firings = static_cast<long>(b.place->need.size());
    const long released =
        b.fired / firings * b.place->tokens + b.place->release[static_cast<std::size_t>(b.fired % firings)];
    b.released = std::max(b.released, released);
    ++b.fired;
  }
  /// What every unit does in a cycle, from what it sees at its beginning; firings of this cycle are done.
  void end(long now) {
    for (Flow& f : flows) send(f, now);
    if (kBus) grant(now);
    for (Flow& f : flows) {
      for (Buffer& b : f.buffers) {
        for (; b.left < std::min(b.released, b.arrived); ++b.left) {
          at(now + 1 + b.place->registers, [&b] { ++b.credits; });
        }
      }
    }
  }

 private:
  void at(long cycle, std::function<void()> action) { due_[cycle].push_back(std::move(action)); }
  void arrives(Buffer& b, long cycle) {
    at(cycle + 1, [&b] { ++b.arrived; });
  }
  void completes(Flow& f, long last) {
    at(last + 1, [&f] {
      --f.held;
      ++f.completed;
    });
  }

  void send(Flow& f, long now) {
    if (f.offered == f.ready || now < f.wire_free) return;
    bool local = false, remote = false;
    for (const Buffer& b : f.buffers) {
      if (b.credits == 0) return;
      (b.place->remote != 0 ? remote : local) = true;
    }
    if (kBus && local && f.offered > f.completed) return;
    for (Buffer& b : f.buffers) --b.credits;
    ++f.offered;
    f.wire_free = now + std::max(remote && !kBus ? f.way->flits : 1, local ? f.way->beats : 1);
    for (Buffer& b : f.buffers) {
      if (b.place->remote == 0) arrives(b, now + f.way->beats - 1);
      if (b.place->remote != 0 && !kBus) arrives(b, now + b.place->registers + f.way->flits - 1);
    }
    if (!kBus) {
      completes(f, f.wire_free - 1);
      return;
    }
    f.local_end = local ? now + f.way->beats - 1 : now;
    at(now + 1, [&f] { ++f.seen_offers; });
  }

  void grant(long now) {
    if (now < bus_free_) return;
    for (std::size_t n = 0; n < flows.size(); ++n) {
      Flow& f = flows[(turn_ + n) % flows.size()];
      if (f.seen_offers == 0) continue;
      --f.seen_offers;
      const long last = now + f.way->flits;
      for (Buffer& b : f.buffers) {
        if (b.place->remote != 0) arrives(b, last + b.place->registers);
      }
      completes(f, std::max(last, f.local_end));
      bus_free_ = now + f.way->flits + kGrantCycles;
      turn_ = (turn_ + n + 1) % flows.size();
      return;
    }
  }

  std::map<long, std::vector<std::function<void()>>> due_;
  long bus_free_ = 0;
  std::size_t turn_ = 0;
};

void check_data(const Vways& top, const Flow& f, const Buffer& b, unsigned seed, long now) {
  const auto firings = static_cast<long>(b.place->need.size());
  const std::vector<int>& taps = b.place->taps[static_cast<std::size_t>(b.fired % firings)];
  for (std::size_t tap = 0; tap < taps.size(); ++tap) {
    if (taps[tap] == -2) continue;
    const long token = b.fired / firings * b.place->tokens + taps[tap];
    const unsigned expected = taps[tap] < 0 ? f.way->pad : f.tokens[static_cast<std::size_t>(token)];
    const unsigned got = get_bits(top.out_data_o, b.place->index * kOutBits + static_cast<int>(tap) * f.way->token_bits,
                                  f.way->token_bits);
    expect("buffer " + std::to_string(b.place->index) + " tap " + std::to_string(tap), seed, now, expected, got);
  }
}

void run(Vways& top, unsigned seed, int cycles) {
  std::mt19937 random(seed);
  Reference reference;
  std::vector<Stalls> sources, sinks;
  for (const Flow& f : reference.flows) {
    sources.emplace_back(random);
    for (std::size_t i = 0; i < f.buffers.size(); ++i) sinks.emplace_back(random);
  }
  top.clk_i = 0;
  top.rst_ni = 0;
  top.eval();
  top.clk_i = 1;
  top.eval();
  top.clk_i = 0;
  top.rst_ni = 1;
  top.eval();
  for (long now = 0; now < cycles; ++now) {
    reference.begin(now);
    for (std::size_t k = 0; k < reference.flows.size(); ++k) {
      Flow& f = reference.flows[k];
      const int i = static_cast<int>(k);
      const bool push = f.held < f.way->slots && sources[k].ready();
      set_bit(top.push_i, i, push);
      if (push) {
        const unsigned token = static_cast<unsigned>(random()) & ((1u << f.way->token_bits) - 1);
        for (int bit = 0; bit < 32; ++bit) set_bit(top.data_i, i * 32 + bit, (token >> bit & 1) != 0);
        f.tokens.push_back(token);
      }
      for (const Buffer& b : f.buffers) {
        set_bit(top.out_ready_i, b.place->index, sinks[static_cast<std::size_t>(b.place->index)].ready());
      }
    }
    top.eval();
    for (std::size_t k = 0; k < reference.flows.size(); ++k) {
      Flow& f = reference.flows[k];
      const int i = static_cast<int>(k);
      expect("way " + std::to_string(k) + " slot free", seed, now, f.held < f.way->slots, get_bit(top.free_o, i));
      for (Buffer& b : f.buffers) {
        const bool valid = Reference::can_fire(b);
        expect("buffer " + std::to_string(b.place->index) + " valid", seed, now, valid,
               get_bit(top.out_valid_o, b.place->index));
        if (!valid) continue;
        check_data(top, f, b, seed, now);
        if (get_bit(top.out_ready_i, b.place->index)) Reference::fire(b);
      }
    }
    reference.end(now);
    for (std::size_t k = 0; k < reference.flows.size(); ++k) {  // seen from the next cycle on
      Flow& f = reference.flows[k];
      if (!get_bit(top.push_i, static_cast<int>(k))) continue;
      ++f.held;
      ++f.ready;
    }
    top.clk_i = 1;
    top.eval();
    top.clk_i = 0;
    top.eval();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int patterns = argc > 1 ? std::atoi(argv[1]) : 40;
  constexpr int kCycles = 600;
  const auto top = std::make_unique<Vways>();
  for (int i = 0; i < patterns; ++i) run(*top, static_cast<unsigned>(i + 1), kCycles);
  std::printf("%zu ways, %d stall patterns of %d cycles: equal\n", kWays.size(), patterns, kCycles);
  return 0;
}

// SPDX-License-Identifier: Apache-2.0
// Watches the pins of every channel, as a scope would: when a token's first beat or flit passes, when its last one is
// written, and the bits that came.
#pragma once

#include <functional>
#include <systemc>
#include <vector>

#include "sim/pin/pin_hop.hpp"
#include "sim/pin/signals.hpp"
#include "sim/timing.hpp"

namespace ohmic::sim::pin {

class Recorder : public sc_core::sc_module {
 public:
  sc_core::sc_in<bool> clk_i{"clk_i"};

  /// origin: cycles before cycle 0; sink may be empty.
  Recorder(const sc_core::sc_module_name& name, Cycle origin, PinHopSink sink);

  /// A destination of stream `stream`: what is on `data` with `valid` (and `ready`, when there is one) is written.
  void watch_destination(int stream, int destination, int token_bits, int beat_bits, const Signal<bool>& valid,
                         const Signal<bool>* ready, const Signal<Bits>& data);
  /// Where the flits of a stream leave; its remote destinations are those watched without `ready`.
  void watch_departure(int stream, int flits, const Signal<bool>& valid);

  /// The simulation pauses when `finished` holds and `hops` tokens have arrived, or when nothing has passed for
  /// `quiet_cycles` (tokens that no result needs may be stuck behind the last one), and `goes_on`, where there is one,
  /// does not hold.
  void end_when(std::int64_t hops, std::function<bool()> finished, Cycle quiet_cycles, std::function<bool()> goes_on);

  [[nodiscard]] std::int64_t hops() const { return hops_; }
  /// Edges so far.
  [[nodiscard]] Cycle cycles() const { return now_; }
  /// Cycle in which a beat or flit has passed last.
  [[nodiscard]] Cycle last_event() const { return last_event_ - origin_; }

 private:
  struct Destination {
    int stream, destination, token_bits, beat_bits, beats;
    const Signal<bool>* valid;
    const Signal<bool>* ready;
    const Signal<Bits>* data;
    int departure = -1;  // whose cycles are the tokens' sent
    std::int64_t token = 0;
    int beat = 0;
    Cycle sent = 0;  // of the token under way, where there is no departure
    Bits bits{};     // of the token under way
  };
  struct Departure {
    int stream, flits;
    const Signal<bool>* valid;
    int flit = 0;
    std::vector<Cycle> sent{};  // by token
  };
  void on_clock();
  void see_departure(Departure& d);
  void see_destination(Destination& d);
  void report(Destination& d);

  const Cycle origin_;
  const PinHopSink sink_;
  std::vector<Destination> destinations_;
  std::vector<Departure> departures_;
  std::function<bool()> finished_, goes_on_;
  Cycle quiet_cycles_ = 0, now_ = 0, last_event_ = 0;
  std::int64_t hops_ = 0, expected_ = 0;
};

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/recorder.hpp"

#include <algorithm>
#include <utility>

namespace ohmic::sim::pin {

Recorder::Recorder(const sc_core::sc_module_name& name, Cycle origin, PinHopSink sink)
    : sc_module(name), origin_(origin), sink_(std::move(sink)) {
  SC_HAS_PROCESS(Recorder);
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
}

void Recorder::watch_destination(int stream, int destination, int token_bits, int beat_bits, const Signal<bool>& valid,
                                 const Signal<bool>* ready, const Signal<Bits>& data) {
  destinations_.push_back({.stream = stream,
                           .destination = destination,
                           .token_bits = token_bits,
                           .beat_bits = beat_bits,
                           .beats = (token_bits + beat_bits - 1) / beat_bits,
                           .valid = &valid,
                           .ready = ready,
                           .data = &data,
                           .bits = Bits(token_bits)});
}

void Recorder::watch_departure(int stream, int flits, const Signal<bool>& valid) {
  for (Destination& d : destinations_) {
    if (d.stream == stream && d.ready == nullptr) d.departure = static_cast<int>(departures_.size());
  }
  departures_.push_back({stream, flits, &valid});
}

void Recorder::end_when(std::int64_t hops, std::function<bool()> finished, Cycle quiet_cycles,
                        std::function<bool()> goes_on) {
  std::sort(destinations_.begin(), destinations_.end(), [](const Destination& a, const Destination& b) {
    return std::pair(a.stream, a.destination) < std::pair(b.stream, b.destination);
  });
  expected_ = hops;
  finished_ = std::move(finished);
  quiet_cycles_ = quiet_cycles;
  goes_on_ = std::move(goes_on);
}

void Recorder::on_clock() {
  for (Departure& d : departures_) {
    if (d.valid->read()) see_departure(d);
  }
  for (Destination& d : destinations_) {
    if (d.valid->read() && (d.ready == nullptr || d.ready->read())) see_destination(d);
  }
  ++now_;
  const bool complete = hops_ == expected_ && finished_();
  const bool ends = complete || now_ - last_event_ > quiet_cycles_;
  if (ends && !(goes_on_ && goes_on_())) sc_core::sc_pause();
}

void Recorder::see_departure(Departure& d) {
  last_event_ = now_;
  if (d.flit == 0) d.sent.push_back(now_ - origin_);
  if (++d.flit == d.flits) d.flit = 0;
}

void Recorder::see_destination(Destination& d) {
  last_event_ = now_;
  if (d.beat == 0) d.sent = now_ - origin_;
  const int first = d.beat * d.beat_bits;
  d.bits.copy(first, d.data->read(), 0, std::min(d.beat_bits, d.token_bits - first));
  if (++d.beat == d.beats) report(d);
}

void Recorder::report(Destination& d) {
  if (d.departure >= 0) {
    d.sent = departures_[static_cast<std::size_t>(d.departure)].sent[static_cast<std::size_t>(d.token)];
  }
  const Hop hop{d.stream, d.destination, d.token, d.sent, now_ - origin_};
  if (sink_) sink_(hop, d.bits);
  ++hops_;
  ++d.token;
  d.beat = 0;
}

}  // namespace ohmic::sim::pin

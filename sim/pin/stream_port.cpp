// SPDX-License-Identifier: Apache-2.0
#include "sim/pin/stream_port.hpp"

#include <algorithm>
#include <utility>

namespace ohmic::sim::pin {

PortBase::PortBase(const sc_core::sc_module_name& name, PortSpec spec)
    : sc_module(name),
      credit_i("credit_i", spec.capacities.size()),
      spec_(std::move(spec)),
      beats_(spec_.beats()),
      flits_(spec_.flits()),
      room_(spec_.capacities) {}

void PortBase::count_room(bool taken) {
  bool all = true;
  for (std::size_t i = 0; i < room_.size(); ++i) {
    room_[i] += credit_i[i].read() - (taken ? 1 : 0);
    all = all && room_[i] > 0;
  }
  if (all == has_room_) return;
  has_room_ = all;
  registers_changed();
}

Bits PortBase::slice(int index, int width) const {
  const Bits& token = core_data_i.read();
  if (index == 0 && width == token.width()) return token;
  Bits part(width);
  part.copy(0, token, index * width, std::min(width, token.width() - index * width));
  return part;
}

StreamPort::StreamPort(const sc_core::sc_module_name& name, const PortSpec& spec)
    : PortBase(name, spec), cycles_(std::max(beats_, flits_)) {
  SC_HAS_PROCESS(StreamPort);
  SC_METHOD(drive);
  sensitive << core_valid_i << core_data_i << local_ready_i << changed_;
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
}

bool StreamPort::passes() const {
  return core_valid_i.read() && (cycle_ > 0 || (has_room() && (!spec_.local || local_ready_i.read())));
}

void StreamPort::drive() {
  const bool valid = core_valid_i.read();
  const bool now = passes();
  local_valid_o.write(valid && (cycle_ == 0 ? has_room() : true) && cycle_ < beats_);
  flit_valid_o.write(now && cycle_ < flits_);
  core_ready_o.write(now && cycle_ + 1 == cycles_);
  if (!valid) return;
  if (cycle_ < beats_) local_data_o.write(slice(cycle_, spec_.beat_bits));
  if (cycle_ < flits_) flit_data_o.write(slice(cycle_, spec_.flit_bits));
}

void StreamPort::on_clock() {
  const bool now = passes();
  count_room(now && cycle_ == 0);
  if (!now || cycles_ == 1) return;
  cycle_ = cycle_ + 1 == cycles_ ? 0 : cycle_ + 1;
  registers_changed();
}

OfferPort::OfferPort(const sc_core::sc_module_name& name, const PortSpec& spec) : PortBase(name, spec) {
  SC_HAS_PROCESS(OfferPort);
  SC_METHOD(drive);
  sensitive << core_valid_i << core_data_i << local_ready_i << take_i << changed_;
  SC_METHOD(on_clock);
  sensitive << clk_i.pos();
  dont_initialize();
  offer_o.initialize(false);
}

/// Whether a beat is on the tile's wires; the first one begins with the offer.
bool OfferPort::wires_want() const {
  if (!spec_.local || beat_ == beats_) return false;
  return beat_ > 0 || (core_valid_i.read() && has_room());
}

bool OfferPort::offers() const {
  if (spec_.local) return beat_ == 0 && wires_want() && local_ready_i.read();
  return core_count_i.read() > offered_ && has_room();
}

/// Whether the oldest token's last flit and last beat have passed with this cycle.
bool OfferPort::leaves() const {
  const bool last_flit = take_i.read() && flit_ + 1 == flits_;
  const bool last_beat = wires_want() && beat_ + 1 == beats_ && (beat_ > 0 || local_ready_i.read());
  return (last_flit || flit_ == flits_) && (last_beat || beat_ == beats_);
}

void OfferPort::drive() {
  local_valid_o.write(wires_want());
  core_ready_o.write(leaves());
  if (!core_valid_i.read()) return;
  if (beat_ < beats_) local_data_o.write(slice(beat_, spec_.beat_bits));
  if (flit_ < flits_) flit_data_o.write(slice(flit_, spec_.flit_bits));
}

void OfferPort::on_clock() {
  const bool left = leaves();
  const bool flit = take_i.read();
  const bool beat = wires_want() && (beat_ > 0 || local_ready_i.read());
  const bool offer = offers();
  count_room(offer);
  if (offer != offer_) {
    offer_ = offer;
    offer_o.write(offer);
  }
  if (!left && !flit && !beat && !offer) return;
  offered_ += (offer ? 1 : 0) - (left ? 1 : 0);
  flit_ = left ? 0 : flit_ + (flit ? 1 : 0);
  beat_ = left ? 0 : beat_ + (beat ? 1 : 0);
  registers_changed();
}

}  // namespace ohmic::sim::pin

// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/tile_bench.hpp"

#include <algorithm>

#include "sim/pin/make_core.hpp"

namespace ohmic::sim::cosim {

namespace {

constexpr int kStarts = 32;         // cycles in which vectors start
constexpr Cycle kAfter = 8;         // of them after the result of the one before
constexpr Cycle kPasses = 48;       // cycles in which results pass
constexpr Cycle kAround = 16;       // of them around the next result
constexpr int kAtRandom = 32;       // vectors
constexpr Cycle kFullCycles = 8;    // for which all slots stay full
constexpr Cycle kLongCycles = 300;  // what a long pause has more than four of the longest at random
constexpr Cycle kUntilFull = -1;
constexpr Cycle kShort = 3;

enum class Draw : std::uint32_t { integer, pause, pause_length, hold, hold_length };

std::uint32_t draw(const PhiloxKey& key, Draw what, int index, int part = 0) {
  return philox(
      {static_cast<std::uint32_t>(what), static_cast<std::uint32_t>(index), static_cast<std::uint32_t>(part), 0},
      key)[0];
}

/// Of 0 … count − 1.
std::int64_t below(std::int64_t count, std::uint32_t bits) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(count) * bits >> 32);
}

/// Of four kinds the first is up to `longest`, the second short, the others none.
Cycle random_wait(std::int64_t kind, Cycle longest, std::uint32_t length) {
  if (kind == 0) return below(longest, length);
  return kind == 1 ? below(kShort, length) + 1 : 0;
}

const mapping::Stage& stage_of(const mapping::Hardware& hardware, int stage) {
  return hardware.program.stages[static_cast<std::size_t>(stage)];
}

}  // namespace

TileBench::TileBench(const sc_core::sc_module_name& name, const mapping::Hardware& hardware, int stage,
                     const models::ArchitectureSpec& architecture, int in_bits, sc_core::sc_clock& clock)
    : sc_module(name),
      key_(stream_key({.purpose = Purpose::test, .layer = static_cast<std::uint32_t>(stage)})),
      in_bits_(in_bits),
      slots_(architecture.tile.output_slots),
      interval_(stage_of(hardware, stage).interval),
      latency_(stage_of(hardware, stage).latency),
      longest_(interval_ + latency_),
      starts_(2 * (slots_ + 2)),
      passes_(starts_ + kStarts),
      full_passes_(passes_ + static_cast<int>(std::min(interval_, kPasses))),
      random_(full_passes_ + static_cast<int>(kPasses)),
      vectors_(random_ + kAtRandom),
      core_(pin::make_core("core", hardware, stage, architecture)) {
  const mapping::Stage& s = stage_of(hardware, stage);
  const mapping::InputPlan& inputs = hardware.layers[static_cast<std::size_t>(s.layer)].inputs;
  element_bits_ = hardware.formats[static_cast<std::size_t>(s.inputs.front().stream)].bits;
  lowest_ = inputs.v_min + inputs.offset;
  highest_ = inputs.v_max + inputs.offset;
  core_->clk_i(clock);
  core_->in_valid_i(in_valid_);
  core_->in_ready_o(in_ready_);
  core_->in_data_i[0](in_data_);
  core_->out_valid_o(out_valid_);
  core_->out_ready_i(out_ready_);
  core_->out_data_o(out_data_);
  core_->out_count_o(out_count_);
  SC_HAS_PROCESS(TileBench);
  SC_METHOD(on_clock);
  sensitive << clock.posedge_event();
  dont_initialize();
}

void TileBench::on_clock() {
  const bool taken = in_valid_.read() && in_ready_.read();
  const bool passed = out_valid_.read() && out_ready_.read();
  if (taken) pause_ = pause_before(++taken_);
  age_ = taken ? 1 : age_ + 1;
  if (taken || !in_valid_.read()) offer_next();
  if (passed) {
    ++passed_;
    held_ = 0;
  }
  out_ready_.write(takes_next(out_count_.read() - (passed ? 1 : 0)));
  if (passed_ == vectors_) ++quiet_;
}

void TileBench::offer_next() {
  const bool offers = taken_ < vectors_ && pause_ == 0;
  if (offers) in_data_.write(vector(taken_));
  in_valid_.write(offers);
  pause_ -= pause_ > 0 ? 1 : 0;
}

/// Whether a result may pass in the cycle that begins, in which at least `waiting` are there.
bool TileBench::takes_next(int waiting) {
  if (passed_ >= passes_ && passed_ < full_passes_) return waiting > 0 && is_turn_of_any(passed_ - passes_);
  if (passed_ >= full_passes_ && passed_ < random_) return is_turn_of_full(passed_ - full_passes_, waiting);
  const Cycle hold = hold_of(passed_);
  if (hold == kUntilFull) return waiting >= std::min(slots_, vectors_ - passed_) && ++held_ > kFullCycles;
  if (waiting == 0) return hold == 0;
  return ++held_ > hold;
}

Cycle TileBench::pause_before(int vector) const {
  if (vector < starts_) return 0;
  if (vector < passes_) return std::max<Cycle>(latency_ + kAfter - (vector - starts_) - 1, 0);
  if (vector < random_) return 0;
  if (vector == random_ + 1 || vector == random_ + 3) return 4 * longest_ + kLongCycles;
  return random_wait(below(4, draw(key_, Draw::pause, vector)), longest_, draw(key_, Draw::pause_length, vector));
}

Cycle TileBench::hold_of(int result) const {
  if (result == 0) return kUntilFull;
  if (result < random_) return 0;
  if (result == random_) return 4 * longest_ + kLongCycles;
  const std::int64_t kind = below(4, draw(key_, Draw::hold, result));
  return kind == 2 ? kUntilFull : random_wait(kind, longest_, draw(key_, Draw::hold_length, result));
}

/// Those around the next result, then some of all.
Cycle TileBench::cycle_of(int turn) const {
  if (turn < kAround) return latency_ + turn - kAround / 2;
  return (turn - kAround) * interval_ / (kPasses - kAround);
}

bool TileBench::is_turn_of_any(int turn) const {
  const Cycle cycle = interval_ <= kPasses ? turn : cycle_of(turn) % interval_;
  return age_ % interval_ == cycle;
}

/// No vector starts before one of `slots_` results has left.
bool TileBench::is_turn_of_full(int turn, int waiting) const {
  const Cycle cycle = cycle_of(turn);
  return (waiting >= slots_ - 1 && age_ == cycle) || (waiting == slots_ && age_ > cycle);
}

pin::Bits TileBench::vector(int index) const {
  pin::Bits bits(in_bits_);
  for (int bit = 0; bit < in_bits_; bit += element_bits_) {
    std::int64_t value = index == 0 ? lowest_ : highest_;
    if (index > 1) value = lowest_ + below(highest_ - lowest_ + 1, draw(key_, Draw::integer, index, bit));
    bits.set(bit, element_bits_, static_cast<std::uint64_t>(value));
  }
  return bits;
}

}  // namespace ohmic::sim::cosim

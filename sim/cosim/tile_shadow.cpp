// SPDX-License-Identifier: Apache-2.0
#include "sim/cosim/tile_shadow.hpp"

#include <fmt/format.h>

namespace ohmic::sim::cosim {

namespace {

constexpr std::size_t kWindow = 200;       // cycles of the waveform
constexpr std::int64_t kAfter = 50;        // of them after the divergence
constexpr std::int64_t kPatience = 10000;  // cycles after it in which more tokens are waited for
constexpr std::int64_t kTokensAfter = 4;   // that are waited for
constexpr std::size_t kTokensBefore = 8;   // that are told

std::vector<WaveSignal> signals(const TileInterface& i) {
  std::vector<WaveSignal> all{
      {"inputs", "in_valid_i", 1}, {"inputs", "in_data_i", i.in_bits}, {"inputs", "out_ready_i", 1}};
  for (const char* scope : {"expected", "got"}) {
    all.push_back({scope, "in_ready_o", 1});
    all.push_back({scope, "out_valid_o", 1});
    all.push_back({scope, "out_count_o", i.count_bits});
    all.push_back({scope, "out_data_o", i.out_bits});
  }
  return all;
}

std::string short_hex(const pin::Bits& bits) {
  constexpr std::size_t kDigits = 32;
  const std::string hex = bits.hex();
  return hex.size() <= kDigits ? hex : "…" + hex.substr(hex.size() - kDigits);
}

}  // namespace

TileShadow::TileShadow(const sc_core::sc_module_name& name, const pin::Core& core, TileDut& dut,
                       const TileInterface& interface, std::int64_t origin, bool is_in_chip)
    : sc_module(name),
      core_(core),
      dut_(dut),
      interface_(interface),
      origin_(origin),
      is_in_chip_(is_in_chip),
      waveform_(signals(interface), kWindow) {
  SC_HAS_PROCESS(TileShadow);
  SC_METHOD(clock);
  sensitive << clk_i.pos();
  dont_initialize();
}

/// The signals are those of the cycle that ends with this edge.
void TileShadow::clock() {
  const TileInputs in = inputs();
  const TileOutputs expected = reference();
  const TileOutputs got = dut_.outputs();
  if (!divergence_ || cycle_ - origin_ < divergence_->cycle + kAfter) draw(in, expected, got);
  if (!divergence_) compare(expected, got);
  note_tokens(in, expected);
  if (!divergence_) {
    const std::optional<std::string> broken = dut_.clock(in);
    if (broken) diverge("", *broken);
  } else if (cycle_ - origin_ < divergence_->cycle + kAfter) {
    (void)dut_.clock(in);  // for the waveform
  }
  if (is_in_chip_ && has_seen_enough()) sc_core::sc_pause();
  ++cycle_;
}

bool TileShadow::has_seen_enough() const {
  if (!divergence_) return false;
  const std::int64_t after = cycle_ - origin_ - divergence_->cycle;
  const auto tokens = static_cast<std::int64_t>(operands_.size() + results_.size()) - divergence_->handshakes;
  return after >= kPatience || (after >= kAfter && tokens >= kTokensAfter);
}

TileInputs TileShadow::inputs() const {
  const bool valid = core_.in_valid_i.read();
  return {valid, valid ? core_.in_data_i[0].read() : meaningless(interface_.in_bits, cycle_), core_.out_ready_i.read()};
}

TileOutputs TileShadow::reference() const {
  const bool valid = core_.out_valid_o.read();
  return {core_.in_ready_o.read(), valid, core_.out_count_o.read(),
          valid ? core_.out_data_o.read() : pin::Bits(interface_.out_bits)};
}

void TileShadow::compare(const TileOutputs& expected, const TileOutputs& got) {
  const auto differ = [&](const char* signal, int a, int b) {
    if (!divergence_ && a != b) diverge(signal, fmt::format("expected {}, got {}", a, b));
  };
  differ("in_ready_o", expected.in_ready ? 1 : 0, got.in_ready ? 1 : 0);
  differ("out_valid_o", expected.out_valid ? 1 : 0, got.out_valid ? 1 : 0);
  differ("out_count_o", expected.out_count, got.out_count);
  if (!divergence_ && expected.out_valid && !(expected.out_data == got.out_data)) {
    diverge("out_data_o", told_difference(interface_, expected.out_data, got.out_data));
    divergence_->got = got.out_data;
  }
}

void TileShadow::note_tokens(const TileInputs& in, const TileOutputs& out) {
  if (in.in_valid && out.in_ready) {
    last_.push_back(
        fmt::format("cycle {}: operand {} = {}", cycle_ - origin_, operands_.size(), short_hex(in.in_data)));
    operands_.push_back(in.in_data);
  }
  if (out.out_valid && in.out_ready) {
    last_.push_back(
        fmt::format("cycle {}: result {} = {}", cycle_ - origin_, results_.size(), short_hex(out.out_data)));
    results_.push_back(out.out_data);
  }
  while (last_.size() > kTokensBefore) last_.pop_front();
}

void TileShadow::draw(const TileInputs& in, const TileOutputs& expected, const TileOutputs& got) {
  std::vector<pin::Bits> row{number(1, in.in_valid ? 1 : 0), in.in_data, number(1, in.out_ready ? 1 : 0)};
  for (const TileOutputs* out : {&expected, &got}) {
    row.push_back(number(1, out->in_ready ? 1 : 0));
    row.push_back(number(1, out->out_valid ? 1 : 0));
    row.push_back(number(interface_.count_bits, static_cast<std::uint64_t>(out->out_count)));
    row.push_back(out->out_data);
  }
  waveform_.add(cycle_ - origin_, std::move(row));
}

void TileShadow::diverge(std::string signal, std::string what) {
  const auto handshakes = static_cast<std::int64_t>(operands_.size() + results_.size());
  divergence_ = Divergence{cycle_ - origin_, std::move(signal), std::move(what), {last_.begin(), last_.end()},
                           handshakes,       results_.size()};
}

}  // namespace ohmic::sim::cosim

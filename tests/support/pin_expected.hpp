// SPDX-License-Identifier: Apache-2.0
// What the pin level of a timed design has to give, hop by hop: times from the token level's engine, data from the
// network read as a function (every result is the digest of the tokens under its window).
#pragma once

#include <algorithm>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "sim/pin/simulate_pin.hpp"
#include "sim/pin/timed_core.hpp"
#include "sim/token/engine.hpp"
#include "tests/support/random.hpp"
#include "tests/support/timed_design.hpp"
#include "workloads/window.hpp"

namespace ohmic::test {

inline std::string lines_after_first(const std::string& text) {
  return text.substr(std::min(text.size(), text.find('\n')));
}

/// What a run of the token level gives for exactly simulation.images images.
struct TokenTranscript {
  bool deadlock = false;
  std::string waiting;  // of a deadlock: the watchdog's lines but the first
  std::vector<sim::Hop> hops;
  std::vector<Cycle> result_cycles;
};

inline TokenTranscript token_transcript(const TimedDesign& design) {
  TokenTranscript transcript;
  const sim::HopSink sink = [&](const sim::Hop& hop) { transcript.hops.push_back(hop); };
  sim::PlainMemory memory(design.chip.global_buffer);
  const int images = design.simulation.images;
  sim::Engine engine(design.program, design.chip,
                     {.image_limit = images,
                      .images_in_flight = design.simulation.images_in_flight,
                      .stalls = design.simulation.stalls},
                     memory, sink);
  for (Cycle c = engine.next_cycle(); c != sim::Calendar::kNone; c = engine.next_cycle()) engine.run_cycle(c);
  engine.flush_hops(std::numeric_limits<Cycle>::max());
  transcript.deadlock = engine.images_done() < images;
  if (transcript.deadlock) transcript.waiting = lines_after_first(engine.describe_deadlock(0));
  transcript.result_cycles = engine.result().result_cycles;
  return transcript;
}

inline sim::pin::Bits random_bits(Random& random, int width) {
  sim::pin::Bits bits(width);
  for (int at = 0; at < width; at += 32) bits.set(at, std::min(32, width - at), random.bits());
  return bits;
}

/// Images for a design with one source.
inline std::vector<sim::pin::PinImage> random_images(const TimedDesign& design, std::uint64_t seed) {
  Random random(seed);
  std::vector<sim::pin::PinImage> images(static_cast<std::size_t>(design.simulation.images));
  for (const mapping::Stage& stage : design.program.stages) {
    if (stage.kind != mapping::StageKind::source) continue;
    const int bits = design.program.streams[static_cast<std::size_t>(stage.output)].token_bits;
    for (auto& image : images) {
      for (std::int64_t t = 0; t < stage.firings; ++t) image.push_back(random_bits(random, bits));
    }
  }
  return images;
}

/// The tokens of every stream of one image, computed without any time.
class ExpectedTokens {
 public:
  ExpectedTokens(const mapping::Program& program, const sim::pin::PinImage& image) : program_(program), image_(image) {}

  const sim::pin::Bits& token(int stream, std::int64_t index) {
    std::vector<sim::pin::Bits>& tokens = tokens_[stream];
    if (tokens.empty()) {
      const int stage = program_.streams[static_cast<std::size_t>(stream)].source;
      const mapping::Stage& s = program_.stages[static_cast<std::size_t>(stage)];
      std::vector<sim::pin::Bits> fresh;
      for (std::int64_t f = 0; f < s.firings; ++f) fresh.push_back(result(s, f));
      tokens_[stream] = std::move(fresh);
    }
    return tokens_[stream][static_cast<std::size_t>(index)];
  }

 private:
  sim::pin::Bits result(const mapping::Stage& s, std::int64_t firing) {
    if (s.kind == mapping::StageKind::source) return image_[static_cast<std::size_t>(firing)];
    std::vector<sim::pin::Bits> operands;
    for (const mapping::InputPort& port : s.inputs) operands.push_back(operand(port, firing));
    return sim::pin::digest(operands, program_.streams[static_cast<std::size_t>(s.output)].token_bits);
  }

  sim::pin::Bits operand(const mapping::InputPort& port, std::int64_t firing) {
    const int bits = program_.streams[static_cast<std::size_t>(port.stream)].token_bits;
    if (!port.windowed) {
      return firing % port.period == port.phase ? token(port.stream, firing / port.period) : sim::pin::Bits(bits);
    }
    const workloads::Window& w = port.window;
    sim::pin::Bits under = sim::pin::all_ones(w.kernel_h * w.kernel_w * bits);
    const auto pixel = static_cast<int>(port.phase + firing * port.period);
    workloads::for_each_tap(w, port.in_shape, pixel / port.out_shape.width, pixel % port.out_shape.width,
                            [&](int kh, int kw, int from) {
                              under.copy((kh * w.kernel_w + kw) * bits, token(port.stream, from), 0, bits);
                            });
    return under;
  }

  const mapping::Program& program_;
  const sim::pin::PinImage& image_;
  std::map<int, std::vector<sim::pin::Bits>> tokens_;
};

}  // namespace ohmic::test

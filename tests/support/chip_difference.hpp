// SPDX-License-Identifier: Apache-2.0
// A whole chip at pin level against the token level, hop by hop, and the executor, token by token.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "tests/support/pin_design.hpp"
#include "tests/support/pin_expected.hpp"

namespace ohmic::test {

using sim::pin::Bits;

/// Token `index` of a stream, counted over all images, as the node that it carries has it.
class NodeTokens {
 public:
  NodeTokens(const PinDesign& design, const std::vector<workloads::NodeValue>& nodes)
      : hardware_(design.hardware), nodes_(nodes) {}

  /// False: partial sums, which no node has.
  [[nodiscard]] bool has(int stream) const { return hardware_.nodes[static_cast<std::size_t>(stream)] >= 0; }
  [[nodiscard]] Bits token(int stream, std::int64_t index) const {
    const auto s = static_cast<std::size_t>(stream);
    const mapping::TokenFormat& format = hardware_.formats[s];
    const auto node = static_cast<std::size_t>(hardware_.nodes[s]);
    const std::int32_t* value = nodes_[node].integers.data() + index * format.elements;
    Bits bits(format.token_bits());
    for (int i = 0; i < format.elements; ++i) {
      bits.set(i * format.bits, format.bits, static_cast<std::uint64_t>(std::int64_t{value[i]}));
    }
    return bits;
  }

 private:
  const mapping::Hardware& hardware_;
  const std::vector<workloads::NodeValue>& nodes_;
};

inline std::string describe(const sim::Hop& hop) {
  return fmt::format("stream {} destination {} token {} sent {} arrived {}", hop.stream, hop.destination, hop.token,
                     hop.sent, hop.arrived);
}

/// "" or the first hop in which pin level and token level or executor differ. `nodes`: of simulation.images images.
inline std::string chip_difference(const PinDesign& design, const TimedDesign& timed,
                                   const std::vector<workloads::NodeValue>& nodes) {
  const TokenTranscript token = token_transcript(timed);
  const NodeTokens expected(design, nodes);
  const int count = timed.simulation.images;
  std::vector<sim::pin::PinImage> images(static_cast<std::size_t>(count));
  for (const mapping::Stage& stage : timed.program.stages) {
    if (stage.kind != mapping::StageKind::source) continue;
    for (std::int64_t t = 0; t < stage.firings * count; ++t) {
      images[static_cast<std::size_t>(t / stage.firings)].push_back(expected.token(stage.output, t));
    }
  }
  std::string wrong;
  std::size_t next = 0;
  sim::pin::PinOptions options;
  options.hops = [&](const sim::Hop& hop, const Bits& data) {
    if (!wrong.empty()) return;
    const std::string other = next < token.hops.size() ? describe(token.hops[next]) : "nothing";
    ++next;
    if (describe(hop) != other) {
      wrong = fmt::format("pins: {}; token level: {}", describe(hop), other);
    } else if (expected.has(hop.stream) && !(data == expected.token(hop.stream, hop.token))) {
      wrong = fmt::format("{}: {}, not {}", describe(hop), data.hex(), expected.token(hop.stream, hop.token).hex());
    }
  };
  const sim::pin::PinResult pins =
      sim::pin::simulate_pin(design.hardware, design.architecture, timed.simulation, images, options);
  if (!wrong.empty()) return wrong;
  if (pins.deadlock) return "deadlock";
  if (next != token.hops.size()) return "only the token level has " + describe(token.hops[next]);
  return pins.result_cycles == token.result_cycles ? "" : "result cycles";
}

}  // namespace ohmic::test

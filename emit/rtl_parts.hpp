// SPDX-License-Identifier: Apache-2.0
// What the writers of a chip's text share.
#pragma once

#include <bit>
#include <limits>
#include <string>

#include "emit/rtl_cores.hpp"

namespace ohmic::emit {

[[nodiscard]] inline std::string number(std::int64_t value) {
  return std::to_string(value);
}
/// Bits of an index below `count`, at least 1.
[[nodiscard]] inline int index_bits(int count) {
  return count > 1 ? static_cast<int>(std::bit_width(static_cast<unsigned>(count - 1))) : 1;
}
/// Bits of a number up to `most`.
[[nodiscard]] inline int count_bits(int most) {
  return static_cast<int>(std::bit_width(static_cast<unsigned>(most)));
}

constexpr std::int64_t kLargestInt = std::numeric_limits<std::int32_t>::max();  // of an int of SystemVerilog

/// RuleError at `path` for a time that the counters of RTL do not hold.
void require_counter(const std::string& path, Cycle cycles);

/// Registers behind the lanes of a digital unit; RuleError when there are none.
[[nodiscard]] std::string pipeline_registers(const RtlInput& input);

/// Result tokens of all images, and the bits of one.
[[nodiscard]] int result_words(const RtlInput& input);
[[nodiscard]] int result_bits(const RtlInput& input);

/// Places of the file of images, relative to the folder of the chip.
constexpr const char* kImagesFile = "images.mem";

// Parameters that end alike in several modules (rtl_outputs.cpp).
void add_requantization(const workloads::Requant& requant, const std::string& node, Connections& parameters);
void add_activation(workloads::Activation activation, const workloads::Leaky& leaky, Connections& parameters);
void add_output(const workloads::QuantParams& out, Connections& parameters);

[[nodiscard]] Connections combine_parameters(const RtlInput& input, int stage, const mapping::CombineCore& combine);
[[nodiscard]] Connections lanes_parameters(const RtlInput& input, int stage, const mapping::LanesCore& lanes);
/// Name of the module of a chip's tiles.
[[nodiscard]] std::string tile_module(const RtlInput& input);
[[nodiscard]] Connections tile_parameters(const RtlInput& input, int stage, const mapping::TileCore& tile);

}  // namespace ohmic::emit

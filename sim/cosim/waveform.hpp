// SPDX-License-Identifier: Apache-2.0
// The last cycles of some signals, as a waveform (IEEE 1364 value change dump).
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

#include "sim/pin/bits.hpp"

namespace ohmic::sim::cosim {

struct WaveSignal {
  std::string scope;  // "tile", "reference"
  std::string name;
  int width = 1;
};

/// Keeps `depth` cycles; what is older is forgotten.
class Waveform {
 public:
  Waveform(std::vector<WaveSignal> signals, std::size_t depth) : signals_(std::move(signals)), depth_(depth) {}

  /// Values of all signals in one cycle, in their order.
  void add(std::int64_t cycle, std::vector<pin::Bits> values);
  /// One time unit is one cycle; the names of scopes stand below `top`. InputError when the file cannot be written.
  void write(const std::filesystem::path& file, const std::string& top) const;

 private:
  struct Row {
    std::int64_t cycle;
    std::vector<pin::Bits> values;
  };
  std::vector<WaveSignal> signals_;
  std::size_t depth_;
  std::deque<Row> rows_;
};

}  // namespace ohmic::sim::cosim

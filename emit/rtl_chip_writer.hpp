// SPDX-License-Identifier: Apache-2.0
// Writes the top module of a chip stage by stage and stream by stream.
#pragma once

#include <string>
#include <vector>

#include "emit/rtl_chip.hpp"
#include "emit/rtl_parts.hpp"

namespace ohmic::emit {

class ChipWriter {
 public:
  explicit ChipWriter(const RtlInput& input)
      : input_(input), program_(input.hardware.program), chip_(input.architecture), top_(chip_module(input.hardware)) {}

  std::string text();

 private:
  void require_rtl() const;

  // Stages (rtl_chip.cpp)
  void ports();
  void declare_stage(int index);
  void add_stage(int index);
  void add_buffer(int index, int port, const std::string& beat_valid, const std::string& beat, int beat_bits);
  void probe(int stream, int destination, const std::string& buffer);
  [[nodiscard]] int capacity(int stage_index, int port) const;
  [[nodiscard]] CoreNets nets(int index) const;
  [[nodiscard]] bool waits_for_first(int index, int port) const;

  // Streams (rtl_chip_streams.cpp)
  void find_flows();
  /// Number of a stream among those on the bus; −1: it is none of them.
  [[nodiscard]] int flow_of(int stream_index) const;
  void add_sender(int index);
  void add_local(const mapping::Stream& stream, const std::string& prefix, const std::vector<int>& locals);
  void add_remote(const mapping::Stream& stream, const std::string& prefix, int destination, int credit_width);
  void add_bus();

  [[nodiscard]] const mapping::Stage& stage(int index) const {
    return program_.stages[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] const mapping::Stream& stream(int index) const {
    return program_.streams[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] std::string name(int index) const { return stage_identifier(input_.hardware, index); }
  [[nodiscard]] std::string buffer_name(const mapping::Destination& d) const {
    return name(d.stage) + "_b" + number(d.port);
  }
  [[nodiscard]] bool is_local(const mapping::Stream& s, const mapping::Destination& d) const {
    return stage(d.stage).tile == stage(s.source).tile;
  }
  [[nodiscard]] bool is_bus() const { return chip_.fabric.kind == "bus"; }

  const RtlInput& input_;
  const mapping::Program& program_;
  const models::ArchitectureSpec& chip_;
  StructuralModule top_;
  int probes_ = 0;
  std::vector<int> flows_;  // streams on the bus
};

}  // namespace ohmic::emit

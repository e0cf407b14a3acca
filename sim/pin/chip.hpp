// SPDX-License-Identifier: Apache-2.0
// A Program as modules tied together: stages with their buffers, cores and ports, the fabric, the global buffer.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mapping/program.hpp"
#include "models/architecture.hpp"
#include "sim/pin/fabric.hpp"
#include "sim/pin/global_buffer.hpp"
#include "sim/pin/recorder.hpp"
#include "sim/pin/signals.hpp"
#include "sim/pin/timed_core.hpp"
#include "sim/pin/window_buffer.hpp"

namespace ohmic::sim::pin {

class CoreLanes;
class PortBase;
class Source;
class WeightStream;

/// What a chip is made of beyond its Program.
struct ChipPlan {
  const mapping::Program* program = nullptr;
  const models::ArchitectureSpec* architecture = nullptr;
  SimulationSpec simulation;
  /// The core of a stage that is neither source nor sink.
  std::function<std::unique_ptr<Core>(const std::string& name, int stage)> core;
  /// The memory beside a core that is a CoreLanes.
  std::function<std::unique_ptr<WeightStream>(const std::string& name, int stage)> weights;
  /// Of a source or sink.
  std::function<CoreTimes(int stage)> end_times;
  /// A token of padding elements for a port.
  std::function<Bits(int stage, int port)> padding;
  /// Tokens of all images one after another, by source in the order of the stages.
  std::vector<std::vector<Bits>> images;
};

class Chip : public sc_core::sc_module {
 public:
  Chip(const sc_core::sc_module_name& name, const ChipPlan& plan, Clock& clock, Recorder& recorder);

  [[nodiscard]] const GlobalBuffer& global_buffer() const { return *global_buffer_; }
  /// By stream: what its core shows and is told.
  [[nodiscard]] const std::vector<StreamSignals*>& streams() const { return streams_; }
  /// Of a stage that is neither source nor sink; else nullptr.
  [[nodiscard]] const Core* core(int stage) const { return cores_[static_cast<std::size_t>(stage)]; }
  /// By stage: its name made an identifier, unique.
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// Of a chip at rest with unfinished images: `first_line`, then who waits for whom.
  [[nodiscard]] std::string waiting(const std::string& first_line) const;

 private:
  /// An input port of a stage.
  struct Input {
    WindowBuffer* buffer = nullptr;
    Signal<bool>* valid = nullptr;  // of the operand
    Signal<Bits>* operand = nullptr;
    Signal<int>* freed = nullptr;
  };

  // Stages (chip.cpp)
  void add_global_buffer();
  void add_stage(int stage);
  void add_source(int stage, int source);
  void add_sink(int stage, int sink);
  void add_core(int stage);
  void add_weights(int stage, CoreLanes& core);
  /// Ties the operands' handshakes to a core's; returns the signal that all operands are there.
  const Signal<bool>& join(int stage, const Signal<bool>& ready);
  const Signal<bool>& stall(int stage);
  [[nodiscard]] BufferSpec buffer_spec(int stage, int port) const;
  [[nodiscard]] WindowSchedule schedule(int stage, int port) const;

  // Streams (chip_streams.cpp)
  void add_stream(int stream);
  void tie_local(int stream, const std::vector<int>& destinations, const Signal<bool>& valid, Signal<bool>& ready,
                 const Signal<Bits>& data);
  void add_port(int stream, const std::vector<int>& local, const std::vector<int>& remote);
  void tie_port(PortBase& port, int stream, const std::vector<int>& local, RemoteStream& remote);
  void tie_fabric();

  [[nodiscard]] const mapping::Stage& stage_at(int stage) const {
    return program_.stages[static_cast<std::size_t>(stage)];
  }
  [[nodiscard]] const mapping::Stream& stream_at(int stream) const {
    return program_.streams[static_cast<std::size_t>(stream)];
  }
  [[nodiscard]] const mapping::Destination& destination_at(int stream, int destination) const {
    return stream_at(stream).destinations[static_cast<std::size_t>(destination)];
  }
  [[nodiscard]] bool is_local(int stream, int destination) const {
    return stage_at(destination_at(stream, destination).stage).tile == stage_at(stream_at(stream).source).tile;
  }
  [[nodiscard]] Input& input(int stream, int destination) {
    const mapping::Destination& d = destination_at(stream, destination);
    return inputs_[static_cast<std::size_t>(d.stage)][static_cast<std::size_t>(d.port)];
  }
  [[nodiscard]] StreamSignals& stream_of(int stage) {
    return *streams_[static_cast<std::size_t>(stage_at(stage).output)];
  }
  [[nodiscard]] Signal<int>& count_of(int stage) { return *counts_[static_cast<std::size_t>(stage_at(stage).output)]; }
  [[nodiscard]] std::string name_of(int stage, const std::string& part) const {
    return names_[static_cast<std::size_t>(stage)] + part;
  }

  const ChipPlan& plan_;
  const mapping::Program& program_;
  const models::ArchitectureSpec& architecture_;
  Clock& clock_;
  Recorder& recorder_;
  Parts parts_;
  std::unique_ptr<Fabric> fabric_;
  GlobalBuffer* global_buffer_ = nullptr;
  Signal<int>* images_done_ = nullptr;
  int num_sources_ = 0, num_sinks_ = 0;  // so far
  std::vector<std::string> names_;
  std::vector<StreamSignals*> streams_;
  std::vector<Signal<int>*> counts_;                    // by stream: results that are there
  std::vector<std::vector<Input>> inputs_;              // [stage][port]
  std::vector<const Core*> cores_;                      // by stage
  std::vector<std::function<bool()>> is_ready_;         // by stage: a core or sink starts when its operands come
  std::vector<std::pair<int, const Source*>> sources_;  // with their stages

  // Until the fabric is tied: its streams, and the port and destinations behind each.
  struct FabricTie {
    int stream = 0;
    PortBase* port = nullptr;
    std::vector<int> destinations;
  };
  std::vector<RemoteStream> remote_;
  std::vector<FabricTie> ties_;
};

/// Names as identifiers of SystemC and Verilog: what is no letter or digit becomes _, a number tells equal ones apart.
[[nodiscard]] std::vector<std::string> identifiers(const std::vector<std::string>& names);

}  // namespace ohmic::sim::pin

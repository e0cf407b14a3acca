// SPDX-License-Identifier: Apache-2.0
// From a run's specification to its result: import, calibrate, quantize, map, simulate, evaluate. Each step is a pure
// function of what it is given; those that are worth it are kept in a cache under the digest of their inputs.
#pragma once

#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/step_cache.hpp"
#include "explore/run_spec.hpp"
#include "mapping/hardware.hpp"
#include "report/result.hpp"
#include "sim/pin/simulate_pin.hpp"
#include "sim/timing.hpp"
#include "values/evaluate.hpp"
#include "workloads/dataset.hpp"
#include "workloads/execute.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::explore {

/// How to compute; none of it changes a result.
struct PipelineOptions {
  DataPath data_path;
  values::ComputeOptions compute;
  StepCache cache;
  sim::HopSink hops;
  std::string account;  // file that gets a line {"step", "seconds"} of CPU time for each step; "" = none
};

/// What stands before time and values: all that `map` and `emit` need.
struct MappedNetwork {
  workloads::QuantizedGraph graph;
  std::vector<mapping::EncodedLayer> layers;
  mapping::Program program;
  std::int64_t macs = 0;
};

/// Import to map. RuleErrors are located in the run's document.
[[nodiscard]] MappedNetwork map_run(const RunConfig& config, const PipelineOptions& options);

/// The integer network in ONNX integer operators; RuleErrors, located, for what ONNX cannot say exactly.
[[nodiscard]] std::string integer_onnx(const RunConfig& config, const workloads::QuantizedGraph& graph);

/// A network with all that its modules are built from, and what they are to compute on the first `images` test images
/// with ideal cells.
struct BuiltChip {
  MappedNetwork mapped;
  mapping::Hardware hardware;
  std::vector<sim::pin::PinImage> images;           // what the source sends, by image
  std::vector<std::vector<sim::pin::Bits>> tokens;  // by stream: of all images; of streams of partial sums none
};
/// Fills `images` and `tokens` of a chip that has its hardware from what all nodes put out (execute with keep_all).
void add_tokens(const std::vector<workloads::NodeValue>& values, int images, BuiltChip& chip);
[[nodiscard]] BuiltChip build_chip(const RunConfig& config, const PipelineOptions& options, int images);
/// The same for a network that map_run has given.
[[nodiscard]] BuiltChip build_chip(const RunConfig& config, const PipelineOptions& options, int images,
                                   MappedNetwork mapped);

/// Everything. Uses the SystemC kernel unless the timing is in the cache: once per process.
[[nodiscard]] report::RunResult run(const RunConfig& config, const PipelineOptions& options);

/// Digest of the resolved configuration and of the content of the files that it names; what is missing is located.
[[nodiscard]] std::string config_digest(const RunConfig& config, const PipelineOptions& options);

}  // namespace ohmic::explore

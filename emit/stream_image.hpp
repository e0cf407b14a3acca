// SPDX-License-Identifier: Apache-2.0
// The words that stream into multiply lanes, one image for each streamed layer.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/json_writer.hpp"
#include "mapping/program.hpp"
#include "mapping/weight_stream.hpp"
#include "models/architecture.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::emit {

struct StreamImage {
  std::string file;  // relative to the folder of the manifest
  int layer = 0;
  int tile = 0;
  mapping::WeightStream stream;
};

/// In the order of the layers.
[[nodiscard]] std::vector<StreamImage> stream_images(const mapping::Program& program,
                                                     const workloads::QuantizedGraph& graph,
                                                     const models::ArchitectureSpec& architecture);

/// A word a line, in the order in which they stream.
[[nodiscard]] std::string stream_text(const workloads::QuantizedConv& layer, const mapping::WeightStream& stream);

/// The manifest's entry, without its checksum.
[[nodiscard]] Json stream_entry(const StreamImage& image);

/// Reads one image back by itself and its entry alone and compares it with the weights of the layer; returns the
/// bytes read. CheckFailed names file and line, or the key of the manifest.
std::int64_t verify_stream(const std::filesystem::path& folder, const StreamImage& image, const Json& entry,
                           const workloads::QuantizedConv& layer);

}  // namespace ohmic::emit

// SPDX-License-Identifier: Apache-2.0
// Weight images for RTL: one text file per array and weight slice, or per weight stream, and a manifest that says what
// they mean. The
// format is docs/weight_images.md.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "mapping/encoding.hpp"
#include "mapping/program.hpp"
#include "models/architecture.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::emit {

struct EmitReport {
  int files = 0;           // images; the manifest is not counted
  std::int64_t words = 0;  // of all images: one per array row, or those of a stream
  std::int64_t bytes = 0;  // of all images
};

/// Writes `weights/…` and `manifest.json` into `folder`, which is made where it is not there. `layers` are those of
/// QuantizedGraph::matrix_nodes(), in their order. One image is in memory at a time; the manifest comes last.
/// InputError when the folder holds weight images already or cannot be written; nothing of ours is left then.
/// std::logic_error when program, layers and graph do not belong together.
EmitReport emit_weight_images(const mapping::Program& program, const std::vector<mapping::EncodedLayer>& layers,
                              const workloads::QuantizedGraph& graph, const models::ArchitectureSpec& architecture,
                              const std::filesystem::path& folder);

/// Reads everything back with a parser of its own and compares every word with the cell codes of `layers`, the
/// weights that the images and the manifest alone give with those of `graph`, and the rest of the manifest with what
/// it stands for. CheckFailed names file and line, what was expected and what is there.
EmitReport verify_weight_images(const std::filesystem::path& folder, const mapping::Program& program,
                                const std::vector<mapping::EncodedLayer>& layers,
                                const workloads::QuantizedGraph& graph, const models::ArchitectureSpec& architecture);

}  // namespace ohmic::emit

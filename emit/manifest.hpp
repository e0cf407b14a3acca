// SPDX-License-Identifier: Apache-2.0
// manifest.json: everything besides the words that is needed to compute with weight images.
#pragma once

#include <string>
#include <vector>

#include "base/json_writer.hpp"
#include "emit/weight_image.hpp"
#include "mapping/encoding.hpp"
#include "mapping/program.hpp"
#include "models/architecture.hpp"
#include "workloads/quantized_graph.hpp"

namespace ohmic::emit {

inline constexpr const char* kManifestFile = "manifest.json";

/// Everything but the images; `images` and `streams` are empty lists.
[[nodiscard]] Json manifest_head(const mapping::Program& program, const std::vector<mapping::EncodedLayer>& layers,
                                 const workloads::QuantizedGraph& graph, const models::ArchitectureSpec& architecture);

/// The entry of one image, without its checksum.
[[nodiscard]] Json image_entry(const WeightImage& image, int planes, int cell_bits);

/// "Q4.4" for a scale of 2^-4 and 8 signed bits, "UQ0.8" for unsigned ones; "" where the scale is no power of two or
/// has its binary point outside of the number.
[[nodiscard]] std::string q_format(double scale, int bits, bool is_signed);

}  // namespace ohmic::emit

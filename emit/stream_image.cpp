// SPDX-License-Identifier: Apache-2.0
#include "emit/stream_image.hpp"

#include "emit/weight_image.hpp"

namespace ohmic::emit {

namespace {

int tile_of(const mapping::Program& program, int layer) {
  for (const mapping::Stage& stage : program.stages) {
    if (stage.kind == mapping::StageKind::lanes && stage.layer == layer) return stage.tile;
  }
  throw std::logic_error("a streamed layer has no stage");
}

std::string hex_word(const workloads::QuantizedConv& layer, const mapping::WeightStream& stream, std::int64_t word) {
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  const std::uint32_t mask = (std::uint32_t{1} << stream.weight_bits) - 1;
  std::string digits;  // least significant first
  std::uint32_t pending = 0;
  int pending_bits = 0;
  for (int i = 0; i < stream.weights_per_word(); ++i) {
    pending |= (static_cast<std::uint32_t>(mapping::weight_of_word(layer, stream, word, i)) & mask) << pending_bits;
    for (pending_bits += stream.weight_bits; pending_bits >= 4; pending_bits -= 4, pending >>= 4) {
      digits += kHexDigits[pending & 0xF];
    }
  }
  if (pending_bits > 0) digits += kHexDigits[pending & 0xF];
  return {digits.rbegin(), digits.rend()};
}

}  // namespace

std::vector<StreamImage> stream_images(const mapping::Program& program, const workloads::QuantizedGraph& graph,
                                       const models::ArchitectureSpec& architecture) {
  std::vector<StreamImage> images;
  for (int l = 0; l < static_cast<int>(program.layers.size()); ++l) {
    const mapping::LayerMapping& layer = program.layers[static_cast<std::size_t>(l)];
    if (!layer.is_streamed()) continue;
    const auto& operation = graph.nodes.at(static_cast<std::size_t>(layer.node)).operation;
    images.push_back({"weights/" + layer_folder(l, layer.name) + "/stream.hex", l, tile_of(program, l),
                      mapping::weight_stream(std::get<workloads::QuantizedConv>(operation),
                                             architecture.tile.multiply_lanes.value())});
  }
  return images;
}

std::string stream_text(const workloads::QuantizedConv& layer, const mapping::WeightStream& stream) {
  std::string text;
  for (std::int64_t word = 0; word < stream.words(); ++word) text += hex_word(layer, stream, word) + "\n";
  return text;
}

Json stream_entry(const StreamImage& image) {
  Json json;
  json["file"] = image.file;
  json["layer"] = image.layer;
  json["tile"] = image.tile;
  json["words"] = image.stream.words();
  json["word_bits"] = image.stream.word_bits();
  json["weight_bits"] = image.stream.weight_bits;
  json["inputs"] = image.stream.inputs;
  json["outputs"] = image.stream.outputs;
  json["row_steps"] = image.stream.row_steps;
  json["column_steps"] = image.stream.column_steps;
  return json;
}

}  // namespace ohmic::emit

// SPDX-License-Identifier: Apache-2.0
#include "emit/weight_image.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <stdexcept>
#include <tuple>

namespace ohmic::emit {

namespace {

using mapping::ArrayAssignment;
using mapping::EncodedLayer;
using mapping::LayerMapping;
using mapping::Program;

constexpr std::size_t kMaxNameLength = 64;
constexpr std::string_view kHexDigits = "0123456789abcdef";

/// Layer, row block, column block.
using BlockKey = std::tuple<int, int, int>;
using Blocks = std::map<BlockKey, std::vector<const ArrayAssignment*>>;

std::string file_name(const WeightImage& image, const std::string& layer_name, int planes) {
  const char* suffix = planes == 1 ? "" : image.polarity == 0 ? "_p" : "_n";
  return fmt::format("weights/{}/b{:03}_{:03}_s{:02}{}.hex", layer_folder(image.layer, layer_name), image.row_block,
                     image.column_block, image.slice, suffix);
}

/// The arrays of each block, one per replica, in the order of replicas.
Blocks blocks_of(const Program& program) {
  Blocks blocks;
  for (const ArrayAssignment& array : program.arrays) {
    blocks[{array.layer, array.row_block, array.column_block}].push_back(&array);
  }
  for (auto& [key, arrays] : blocks) {
    std::sort(arrays.begin(), arrays.end(), [](const auto* a, const auto* b) { return a->replica < b->replica; });
  }
  return blocks;
}

void require(bool condition, const LayerMapping& layer, const char* what) {
  if (!condition) throw std::logic_error(fmt::format("layer '{}': {}", layer.name, what));
}

void require_same_cut(const LayerMapping& layer, const std::vector<const ArrayAssignment*>& arrays) {
  require(static_cast<int>(arrays.size()) == layer.replicas, layer, "a block is not in every replica once");
  for (std::size_t replica = 0; replica < arrays.size(); ++replica) {
    const ArrayAssignment& a = *arrays[replica];
    const ArrayAssignment& first = *arrays.front();
    require(a.replica == static_cast<int>(replica), layer, "a block is not in every replica once");
    require(a.row_begin == first.row_begin && a.row_end == first.row_end && a.column_begin == first.column_begin &&
                a.column_end == first.column_end,
            layer, "replicas are cut differently");
  }
}

/// Blocks form a grid whose row ranges and column ranges follow each other without gaps.
void require_covered(const Program& program, const std::vector<EncodedLayer>& layers, const Blocks& blocks) {
  std::size_t expected = 0;
  for (std::size_t l = 0; l < program.layers.size(); ++l) {
    const LayerMapping& layer = program.layers[l];
    require(layer.rows == layers[l].weights.rows && layer.columns == layers[l].weights.columns, layer,
            "mapped and encoded sizes differ");
    expected += static_cast<std::size_t>(layer.arrays_per_replica());
    std::vector<int> row_ends(static_cast<std::size_t>(layer.column_blocks), 0);
    for (int r = 0; r < layer.row_blocks; ++r) {
      int column = 0;
      for (int c = 0; c < layer.column_blocks; ++c) {
        const auto found = blocks.find({static_cast<int>(l), r, c});
        require(found != blocks.end(), layer, "a block has no array");
        require_same_cut(layer, found->second);
        const ArrayAssignment& a = *found->second.front();
        int& row = row_ends[static_cast<std::size_t>(c)];
        require(a.row_begin == row && a.row_end > row && a.column_begin == column && a.column_end > column, layer,
                "blocks do not follow each other");
        row = a.row_end;
        column = a.column_end;
      }
      require(column == layer.columns, layer, "columns are not covered");
    }
    for (const int row : row_ends) require(row == layer.rows, layer, "rows are not covered");
  }
  if (blocks.size() != expected) throw std::logic_error("a program has arrays outside of its layers' blocks");
}

WeightImage image_of_block(const BlockKey& key, const std::vector<const ArrayAssignment*>& arrays) {
  const ArrayAssignment& first = *arrays.front();
  WeightImage image;
  std::tie(image.layer, image.row_block, image.column_block) = key;
  image.row_begin = first.row_begin, image.row_end = first.row_end;
  image.column_begin = first.column_begin, image.column_end = first.column_end;
  for (const ArrayAssignment* array : arrays) image.arrays.push_back({array->replica, array->tile, array->slot});
  return image;
}

}  // namespace

/// Node names may hold anything; folders hold letters, digits, '_' and '-'. The index keeps them apart.
std::string layer_folder(int layer, const std::string& name) {
  std::string folder = fmt::format("{:02}_", layer);
  for (const char c : name.substr(0, kMaxNameLength)) {
    const bool kept = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-';
    folder += kept && static_cast<unsigned char>(c) < 0x80 ? c : '_';
  }
  return folder;
}

std::vector<WeightImage> weight_images(const Program& program, const std::vector<EncodedLayer>& layers) {
  if (program.layers.size() != layers.size()) throw std::logic_error("a program has other layers than its encoding");
  const Blocks blocks = blocks_of(program);
  require_covered(program, layers, blocks);
  std::vector<WeightImage> images;
  for (const auto& [key, arrays] : blocks) {
    WeightImage image = image_of_block(key, arrays);
    const mapping::WeightPlan& plan = layers[static_cast<std::size_t>(image.layer)].weights;
    const std::string& name = program.layers[static_cast<std::size_t>(image.layer)].name;
    for (image.slice = 0; image.slice < static_cast<int>(plan.slices.size()); ++image.slice) {
      for (image.polarity = 0; image.polarity < plan.planes; ++image.polarity) {
        image.file = file_name(image, name, plan.planes);
        images.push_back(image);
      }
    }
  }
  return images;
}

std::string image_text(const mapping::WeightPlan& weights, const WeightImage& image, int cell_bits) {
  const auto digits = static_cast<std::size_t>(word_digits(image.columns(), cell_bits));
  std::string text;
  text.reserve((digits + 1) * static_cast<std::size_t>(image.rows()));
  for (int row = image.row_begin; row < image.row_end; ++row) {
    std::string word;  // least significant digit first
    unsigned pending = 0;
    int pending_bits = 0;
    for (int column = image.column_begin; column < image.column_end; ++column) {
      pending |= static_cast<unsigned>(weights.code(image.polarity, image.slice, row, column)) << pending_bits;
      for (pending_bits += cell_bits; pending_bits >= 4; pending_bits -= 4, pending >>= 4) {
        word += kHexDigits[pending & 0xF];
      }
    }
    if (pending_bits > 0) word += kHexDigits[pending & 0xF];
    text.append(word.rbegin(), word.rend());
    text += '\n';
  }
  return text;
}

}  // namespace ohmic::emit

// SPDX-License-Identifier: Apache-2.0
// Which images a program has, and the text of one.
#pragma once

#include <string>
#include <vector>

#include "mapping/encoding.hpp"
#include "mapping/program.hpp"

namespace ohmic::emit {

/// An array that holds an image.
struct ArrayPlace {
  int replica = 0;
  int tile = 0;
  int slot = 0;  // within the tile
};

/// One slice of one polarity of one block of a layer's matrix: rows [row_begin, row_end), columns
/// [column_begin, column_end). Replicas hold the same weights, so they share the image.
struct WeightImage {
  std::string file;  // relative to the folder of the manifest
  int layer = 0;
  int row_block = 0;
  int column_block = 0;
  int slice = 0;
  int polarity = 0;  // 0: p or the only plane, 1: n
  int row_begin = 0, row_end = 0;
  int column_begin = 0, column_end = 0;
  std::vector<ArrayPlace> arrays;  // by replica

  [[nodiscard]] int rows() const { return row_end - row_begin; }
  [[nodiscard]] int columns() const { return column_end - column_begin; }
};

/// All images in the order of the manifest: by layer, row block, column block, slice, polarity. std::logic_error when
/// the arrays do not cover each replica's matrix exactly once, or two replicas are cut differently.
[[nodiscard]] std::vector<WeightImage> weight_images(const mapping::Program& program,
                                                     const std::vector<mapping::EncodedLayer>& layers);

/// Folder of a layer's images in "weights/".
[[nodiscard]] std::string layer_folder(int layer, const std::string& name);

/// Hex digits of one word.
[[nodiscard]] constexpr int word_digits(int columns, int cell_bits) {
  return (columns * cell_bits + 3) / 4;
}

/// The text of an image: a word per row, column c of the block in bits [c · cell_bits, (c + 1) · cell_bits).
[[nodiscard]] std::string image_text(const mapping::WeightPlan& weights, const WeightImage& image, int cell_bits);

}  // namespace ohmic::emit

// SPDX-License-Identifier: Apache-2.0
// A weight stream read back: its words and the manifest alone against the weights of the network.
#include <fmt/format.h>

#include "base/files.hpp"
#include "emit/image_reader.hpp"
#include "emit/manifest.hpp"
#include "emit/stream_image.hpp"

namespace ohmic::emit {

namespace {

/// Where the weights of a word stand in the matrix, as the manifest says.
struct Layout {
  explicit Layout(const Json& entry)
      : inputs(entry["inputs"]),
        outputs(entry["outputs"]),
        bits(entry["weight_bits"]),
        words(entry["words"]),
        row_steps(entry["row_steps"]) {}

  int inputs, outputs, bits, words, row_steps;
};

int signed_value(int code, int bits) {
  return code >= 1 << (bits - 1) ? code - (1 << bits) : code;
}

void require_word(const std::string& file, int word, const Layout& layout, const ReadImage& read,
                  const workloads::QuantizedConv& layer) {
  const int first_row = word % layout.row_steps * layout.inputs;
  const int first_column = word / layout.row_steps * layout.outputs;
  for (int j = 0; j < layout.outputs; ++j) {
    for (int i = 0; i < layout.inputs; ++i) {
      const int row = first_row + i;
      const int column = first_column + j;
      const bool inside = row < layer.rows && column < layer.out_channels;
      const int expected = inside
                               ? layer.weights[static_cast<std::size_t>(column) * static_cast<std::size_t>(layer.rows) +
                                               static_cast<std::size_t>(row)]
                               : 0;
      const int got = signed_value(read.code(word, j * layout.inputs + i), layout.bits);
      if (got == expected) continue;
      throw CheckFailed(fmt::format("{}:{}: weight of row {}, column {}: expected {}, got {}", file, word + 1, row,
                                    column, expected, got));
    }
  }
}

}  // namespace

std::int64_t verify_stream(const std::filesystem::path& folder, const StreamImage& image, const Json& entry,
                           const workloads::QuantizedConv& layer) {
  if (!std::filesystem::is_regular_file(folder / image.file)) {
    throw CheckFailed(image.file + ": expected a file, got none");
  }
  const std::string text = read_text_file(folder / image.file);
  const Layout layout(entry);
  const ReadImage read = read_image(image.file, text, layout.words, layout.inputs * layout.outputs, layout.bits);
  for (int word = 0; word < layout.words; ++word) require_word(image.file, word, layout, read, layer);
  const std::string sum = sha256_hex(text);
  if (entry.value("sha256", "") != sum) {
    throw CheckFailed(fmt::format("{}: {}: expected sha256 {}, got {}", kManifestFile, image.file, sum,
                                  entry.value("sha256", "none")));
  }
  return static_cast<std::int64_t>(text.size());
}

}  // namespace ohmic::emit

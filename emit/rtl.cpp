// SPDX-License-Identifier: Apache-2.0
#include "emit/rtl.hpp"

#include <set>

#include "base/files.hpp"
#include "emit/rtl_library.hpp"
#include "emit/rtl_parts.hpp"

namespace ohmic::emit {

namespace {

namespace fs = std::filesystem;

/// A whole chip compiles in a third of the time when its loops stay loops.
constexpr int kUnroll = 4;

std::string memory_text(const std::vector<sim::pin::Bits>& words) {
  std::string text;
  for (const sim::pin::Bits& word : words) text += word.hex() + "\n";
  return text;
}

std::vector<sim::pin::Bits> stream_words(const RtlInput& input, const mapping::LanesCore& lanes) {
  const int node = input.hardware.program.layers[static_cast<std::size_t>(lanes.layer)].node;
  const auto& conv =
      std::get<workloads::QuantizedConv>(input.hardware.graph.nodes[static_cast<std::size_t>(node)].operation);
  std::vector<sim::pin::Bits> words;
  for (std::int64_t w = 0; w < lanes.weights.words(); ++w) {
    sim::pin::Bits& word = words.emplace_back(lanes.weights.word_bits());
    for (int i = 0; i < lanes.weights.weights_per_word(); ++i) {
      const std::int64_t weight = mapping::weight_of_word(conv, lanes.weights, w, i);
      word.set(i * lanes.weights.weight_bits, lanes.weights.weight_bits, static_cast<std::uint64_t>(weight));
    }
  }
  return words;
}

void write_roms(const RtlInput& input, const fs::path& folder) {
  make_folder(folder / "rom");
  std::set<std::string> written;  // replicas share theirs
  const auto write = [&](const std::string& file, const auto& words) {
    if (written.insert(file).second) write_file_atomically(folder / file, memory_text(words()));
  };
  for (const mapping::Core& core : input.hardware.cores) {
    if (const auto* tile = std::get_if<mapping::TileCore>(&core)) {
      for (const mapping::ArrayBlock& array : tile->arrays) {
        write(rom_file(input.hardware, tile->layer, array), [&] { return array_rom(input, tile->layer, array); });
      }
    } else if (const auto* lanes = std::get_if<mapping::LanesCore>(&core)) {
      write(stream_rom_file(input.hardware, lanes->layer), [&] { return stream_words(input, *lanes); });
    }
  }
}

}  // namespace

sim::cosim::VerilogSources write_chip(const RtlInput& input, const std::vector<sim::pin::PinImage>& images,
                                      const fs::path& folder) {
  const std::string name = chip_module(input.hardware);
  const std::string top = chip_text(input);  // before anything is written: it may be refused
  make_folder(folder / "rtl");
  for (const RtlFile& file : rtl_library()) write_file_atomically(folder / "rtl" / file.name, file.text);
  write_file_atomically(folder / "rtl" / (name + ".sv"), top);
  write_roms(input, folder);
  std::vector<sim::pin::Bits> tokens;
  for (const sim::pin::PinImage& image : images) tokens.insert(tokens.end(), image.begin(), image.end());
  write_file_atomically(folder / kImagesFile, memory_text(tokens));
  return {{folder / "rtl" / (name + ".sv")}, name, {}, {folder / "rtl"}, {kProbeMacro}, kUnroll};
}

}  // namespace ohmic::emit

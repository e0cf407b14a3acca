// SPDX-License-Identifier: Apache-2.0
#include "emit/rtl.hpp"

#include <fmt/format.h>

#include <set>

#include "base/files.hpp"
#include "base/json_writer.hpp"
#include "emit/emit.hpp"
#include "emit/rtl_library.hpp"
#include "emit/rtl_parts.hpp"

namespace ohmic::emit {

namespace {

namespace fs = std::filesystem;
using sim::pin::Bits;
using Words = std::vector<Bits>;

constexpr const char* kChipFile = "chip.json";

/// For $readmemh: a word a line, lowercase hex.
std::string memory_text(const Words& words) {
  std::string text;
  for (const Bits& word : words) text += word.hex() + "\n";
  return text;
}

/// Bytes of every word, the lowest first.
std::string binary_text(const Words& words) {
  std::string bytes;
  for (const Bits& word : words) {
    for (int bit = 0; bit < word.width(); bit += 8) {
      bytes += static_cast<char>(word.get(bit, std::min(8, word.width() - bit)));
    }
  }
  return bytes;
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

/// Calls visit(file, words) for the ROM of every array and every stream of weights; replicas share theirs.
template <class Visit>
void visit_roms(const RtlInput& input, const Visit& visit) {
  std::set<std::string> seen;
  for (const mapping::Core& core : input.hardware.cores) {
    if (const auto* tile = std::get_if<mapping::TileCore>(&core)) {
      for (const mapping::ArrayBlock& array : tile->arrays) {
        const std::string file = rom_file(input.hardware, tile->layer, array);
        if (seen.insert(file).second) visit(file, array_rom(input, tile->layer, array));
      }
    } else if (const auto* lanes = std::get_if<mapping::LanesCore>(&core)) {
      const std::string file = stream_rom_file(input.hardware, lanes->layer);
      if (seen.insert(file).second) visit(file, stream_words(input, *lanes));
    }
  }
}

}  // namespace

std::string tile_text(const RtlInput& input, int stage) {
  const auto& tile = std::get<mapping::TileCore>(input.hardware.cores[static_cast<std::size_t>(stage)]);
  const sim::cosim::TileInterface interface = tile_interface(input, stage);
  StructuralModule module("tile_" + stage_identifier(input.hardware, stage));
  Connections ports;
  for (const sim::cosim::VerilogPort& port : sim::cosim::tile_ports(interface)) {
    module.port(port.is_input, port.width, port.name, sim::cosim::port_doc(port.name));
    if (port.name != "clk_i" && port.name != "rst_ni") ports.emplace_back(port.name, port.name);
  }
  module.instance(tile_module(input), "i_tile", tile_parameters(input, stage, tile), ports);
  const mapping::Stage& s = input.hardware.program.stages[static_cast<std::size_t>(stage)];
  std::string head = fmt::format(
      "// The tile {0} as the library has it. A vector is taken at the earliest {1} cycles after the one before it, in "
      "t;\n"
      "// its result is at the output from t + {2} on, one of {3} that may wait there. Put your own in its place:\n"
      "//   ohmic cosim run.yaml --dut this_file.sv --tile {0}\n",
      s.name, s.interval, s.latency, input.architecture.tile.output_slots);
  for (std::size_t i = 0; i < tile.arrays.size(); ++i) {
    const mapping::ArrayBlock& a = tile.arrays[i];
    head += fmt::format("// Array {}: integers {} … {} of the vector, columns {} … {} of the result.\n", i, a.row_begin,
                        a.row_end - 1, a.result_column, a.result_column + a.column_end - a.column_begin - 1);
  }
  return module.text(head);
}

namespace {

/// Writes files below a folder and remembers what they hold.
class Emission {
 public:
  explicit Emission(fs::path folder) : folder_(std::move(folder)) {}

  void write(const std::string& file, std::string_view content) {
    make_folder((folder_ / file).parent_path());
    write_file_atomically(folder_ / file, content);
    files_.push_back({{"file", file}, {"bytes", content.size()}, {"sha256", sha256_hex(content)}});
  }
  [[nodiscard]] Json& files() { return files_; }

 private:
  fs::path folder_;
  Json files_ = Json::array();
};

/// A file beside a ROM's.
std::string beside(const std::string& rom, const std::string& ending) {
  return rom.substr(0, rom.rfind('.')) + ending;
}

/// A ROM for a program that drives the chip: an array of bytes.
std::string header_text(const std::string& rom, const Words& words) {
  const std::string name = identifier(fs::path(rom).stem().string());
  const std::string bytes = binary_text(words);
  std::string text = fmt::format(
      "/* {} words of {} bits: bytes of every word, the lowest first. */\n#pragma once\n#include <stdint.h>\n"
      "static const uint8_t {}[{}] = {{",
      words.size(), words.front().width(), name, bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    text +=
        fmt::format("{}{},", i % 24 == 0 ? "\n  " : "", static_cast<unsigned>(static_cast<unsigned char>(bytes[i])));
  }
  return text + "\n};\n";
}

Json streams_json(const RtlInput& input) {
  Json streams = Json::array();
  for (std::size_t s = 0; s < input.hardware.program.streams.size(); ++s) {
    const mapping::TokenFormat& format = input.hardware.formats[s];
    streams.push_back({{"name", input.hardware.program.streams[s].name},
                       {"golden", golden_file(input.hardware, static_cast<int>(s))},
                       {"tokens_per_image", input.hardware.program.streams[s].tokens},
                       {"elements", format.elements},
                       {"element_bits", format.bits},
                       {"signed", format.is_signed}});
  }
  return streams;
}

/// Returns the modules of the library that the chip needs.
std::vector<std::string> write_rtl(const RtlInput& input, const std::vector<sim::pin::PinImage>& images,
                                   Emission& out) {
  const std::string name = chip_module(input.hardware);
  const std::string top = chip_text(input);  // first: it may be refused
  std::vector<std::string> modules = needed_modules(top);
  std::string list;
  for (const std::string& module : modules) {
    for (const RtlFile& file : rtl_library()) {
      if (file.name == module + ".sv") out.write("rtl/" + file.name, file.text);
    }
    list += "rtl/" + module + ".sv\n";
  }
  out.write("rtl/" + name + ".sv", top);
  out.write("files.f", list + "rtl/" + name + ".sv\n");
  visit_roms(input, [&](const std::string& file, const Words& words) { out.write(file, memory_text(words)); });
  Words tokens;
  for (const sim::pin::PinImage& image : images) tokens.insert(tokens.end(), image.begin(), image.end());
  out.write(kImagesFile, memory_text(tokens));
  return modules;
}

/// Words of a text file against what they should be.
std::int64_t compare_text(const fs::path& file, const Words& words) {
  const std::string text = read_text_file(file);
  std::size_t at = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string got = text.substr(at, end - at);
    if (got != words[i].hex()) {
      throw CheckFailed(fmt::format("{}:{}: expected {}, got '{}'", file.string(), i + 1, words[i].hex(), got));
    }
    at = end + 1;
  }
  if (at < text.size()) throw CheckFailed(fmt::format("{}: more than {} words", file.string(), words.size()));
  return static_cast<std::int64_t>(words.size());
}

}  // namespace

sim::cosim::VerilogSources write_chip(const RtlInput& input, const std::vector<sim::pin::PinImage>& images,
                                      const fs::path& folder) {
  Emission out(folder);
  (void)write_rtl(input, images, out);
  const std::string name = chip_module(input.hardware);
  return {{folder / "rtl" / (name + ".sv")}, name, {}, {folder / "rtl"}, {kProbeMacro}, unroll_count(input)};
}

void write_library(const fs::path& folder) {
  make_folder(folder);
  for (const RtlFile& file : rtl_library()) write_file_atomically(folder / file.name, file.text);
}

void emit_chip(const RtlInput& input, const ChipCheck& check, const fs::path& folder) {
  Emission out(folder);
  const std::vector<std::string> modules = write_rtl(input, check.images, out);
  const std::string name = chip_module(input.hardware);
  std::string headers = "/* Weights of the chip, a header a ROM. */\n#pragma once\n";
  visit_roms(input, [&](const std::string& file, const Words& words) {
    out.write(beside(file, ".bin"), binary_text(words));
    out.write(beside(file, ".h"), header_text(file, words));
    headers += fmt::format("#include \"{}\"\n", beside(file, ".h"));
  });
  out.write("weights.h", headers);
  for (int stage = 0; stage < static_cast<int>(input.hardware.cores.size()); ++stage) {
    if (!std::holds_alternative<mapping::TileCore>(input.hardware.cores[static_cast<std::size_t>(stage)])) continue;
    out.write("tiles/tile_" + stage_identifier(input.hardware, stage) + ".sv", tile_text(input, stage));
  }
  for (std::size_t s = 0; s < check.golden.size(); ++s) {
    out.write(golden_file(input.hardware, static_cast<int>(s)), memory_text(check.golden[s]));
  }
  out.write("tb/" + name + "_tb.sv", testbench_text(input, check.cycles));
  out.write("synth.ys", synthesis_text(input, modules));
  Json json{{"format", "ohmic chip"},
            {"version", 1},
            {"top", name},
            {"images", input.images},
            {"latency_cycles", check.latency_cycles},
            {"streams", streams_json(input)}};
  json["files"] = out.files();
  write_file_atomically(folder / kChipFile, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::int64_t verify_chip(const RtlInput& input, const ChipCheck& check, const fs::path& folder) {
  std::int64_t words = 0;
  visit_roms(input, [&](const std::string& file, const Words& rom) {
    words += compare_text(folder / file, rom);
    const auto require_same = [&](const std::string& other, const std::string& expected) {
      if (read_text_file(folder / other) == expected) return;
      throw CheckFailed((folder / other).string() + ": differs from the cells");
    };
    require_same(beside(file, ".bin"), binary_text(rom));
    require_same(beside(file, ".h"), header_text(file, rom));
  });
  for (std::size_t s = 0; s < check.golden.size(); ++s) {
    words += compare_text(folder / golden_file(input.hardware, static_cast<int>(s)), check.golden[s]);
  }
  const Json json = Json::parse(read_text_file(folder / kChipFile));
  for (const Json& entry : json["files"]) {
    const fs::path file = folder / entry["file"].get<std::string>();
    if (sha256_hex(read_text_file(file)) != entry["sha256"].get<std::string>()) {
      throw CheckFailed(file.string() + ": is not what chip.json says");
    }
  }
  return words;
}

}  // namespace ohmic::emit

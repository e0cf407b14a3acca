// SPDX-License-Identifier: Apache-2.0
// Weight streams as files: what is written reads back, and no damage goes unnoticed.
#include <catch2/catch.hpp>
#include <fstream>

#include "base/files.hpp"
#include "base/json_writer.hpp"
#include "emit/emit.hpp"
#include "tests/support/streamed_designs.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;

struct Streams {
  models::ArchitectureSpec chip;
  workloads::QuantizedGraph graph;
  std::vector<mapping::EncodedLayer> layers;
  mapping::Program program;

  Streams(std::uint64_t seed, const std::string& pattern) : graph(test::two_layers(seed)) {
    test::Random random(seed);
    chip = test::streaming_chip(random.between(1, 7), random.between(1, 7));
    const mapping::MappingSpec mapping = test::streamed(pattern);
    layers = mapping::encode_layers(graph, chip.array, mapping);
    program = mapping::map_network(graph, chip, mapping);
  }
  emit::EmitReport emit(const std::filesystem::path& folder) const {
    return emit::emit_weight_images(program, layers, graph, chip, folder);
  }
  emit::EmitReport verify(const std::filesystem::path& folder) const {
    return emit::verify_weight_images(folder, program, layers, graph, chip);
  }
  std::string complaint(const std::filesystem::path& folder) const {
    try {
      (void)verify(folder);
    } catch (const CheckFailed& error) {
      return error.what();
    }
    return "";
  }
};

constexpr const char* kConv = "weights/00_conv/stream.hex";

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

TEST_CASE("streams read back, alone and beside images of arrays") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    for (const char* pattern : {".*", "conv", "fc"}) {
      INFO("seed " << seed << ", streamed " << pattern);
      const Streams design(seed, pattern);
      const test::TemporaryFolder folder;
      const emit::EmitReport written = design.emit(folder.path());
      const emit::EmitReport read = design.verify(folder.path());
      REQUIRE(read.files == written.files);
      REQUIRE(read.words == written.words);
      REQUIRE(read.bytes == written.bytes);
    }
  }
}

TEST_CASE("the words of a stream, digit by digit") {
  Streams design(1, "conv");
  auto& conv = std::get<workloads::QuantizedConv>(design.graph.nodes[2].operation);
  design.chip = test::streaming_chip(16, 2);
  for (int column = 0; column < 5; ++column) {
    for (int row = 0; row < 18; ++row) {
      conv.weights[static_cast<std::size_t>(column * 18 + row)] = static_cast<std::int16_t>((row + column) % 16 - 8);
    }
  }
  design.program = mapping::map_network(design.graph, design.chip, test::streamed("conv"));
  const test::TemporaryFolder folder;
  design.emit(folder.path());
  const std::string text = read_text_file(folder.path() / kConv);
  // Rows 0 to 15 of column 0 are −8 … 7 (digits 8 … f, 0 … 7) in the low half, column 1 begins with −7.
  CHECK(text.substr(0, 33) ==
        "8"
        "76543210fedcba9"
        "76543210fedcba98"
        "\n");
  // Rows 16 and 17 of the same columns, zeros beyond.
  CHECK(text.substr(33, 33) ==
        "00000000000000"
        "a9"
        "00000000000000"
        "98"
        "\n");
  CHECK(text.size() == 33 * 6);
}

TEST_CASE("no digit of a stream and no key of its entry is changed unnoticed") {
  const Streams design(3, "conv");
  const test::TemporaryFolder folder;
  design.emit(folder.path());
  const std::string good = read_text_file(folder.path() / kConv);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string damaged = good;
    damaged[i] = good[i] == '0' ? '1' : '0';
    write(folder.path() / kConv, damaged);
    REQUIRE(design.complaint(folder.path()).find(kConv) == 0);
  }
  write(folder.path() / kConv, good + "0\n");
  CHECK(design.complaint(folder.path()).find("expected the end after") != std::string::npos);
  std::filesystem::remove(folder.path() / kConv);
  CHECK(design.complaint(folder.path()) == std::string(kConv) + ": expected a file, got none");
  write(folder.path() / kConv, good);
  CHECK(design.complaint(folder.path()).empty());

  const Json manifest = Json::parse(read_text_file(folder.path() / "manifest.json"));
  for (const auto& [key, value] : manifest["streams"][0].items()) {
    Json damaged = manifest;
    damaged["streams"][0][key] = value.is_string() ? Json("other") : Json(value.get<int>() + 1);
    write(folder.path() / "manifest.json", damaged.dump());
    INFO(key);
    REQUIRE(design.complaint(folder.path()).find("manifest.json: ") == 0);
  }
  Json without = manifest;
  without["streams"].clear();
  write(folder.path() / "manifest.json", without.dump());
  CHECK(design.complaint(folder.path()) == "manifest.json: /streams: expected 1 entries, got 0");
}

}  // namespace

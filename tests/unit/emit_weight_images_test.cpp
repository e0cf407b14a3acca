// SPDX-License-Identifier: Apache-2.0
// Small matrices whose images can be worked out by hand: the exact text of the files.
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>

#include "emit/manifest.hpp"
#include "tests/support/emit_designs.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;
using models::WeightEncoding;

/// Outputs 0, 1, 2 of two inputs: column 0 holds weights 3, −4, column 1 1, 0, column 2 −2, 7.
const std::vector<std::vector<int>> kWeights = {{3, -4}, {1, 0}, {-2, 7}};

struct Emitted {
  test::TemporaryFolder folder;
  emit::EmitReport report;

  explicit Emitted(const test::EmitDesign& design) : report(design.emit(folder.path())) {}
  [[nodiscard]] std::string text(const std::string& file) const { return read_text_file(folder.path() / file); }
  [[nodiscard]] nlohmann::json manifest() const { return nlohmann::json::parse(text("manifest.json")); }
};

TEST_CASE("differential images: column 0 lowest, one plane per sign, two cells per weight") {
  const Emitted out(test::one_layer(kWeights, 4, 2, WeightEncoding::differential));
  CHECK(out.report.files == 4);
  CHECK(out.report.words == 8);
  CHECK(out.report.bytes == 4 * 2 * 3);
  // Low slices of p: row 0 holds 3, 1, 0 → 00'01'11; row 1 holds 0, 0, 7 & 3 → 11'00'00.
  CHECK(out.text("weights/00_fc/b000_000_s00_p.hex") == "07\n30\n");
  CHECK(out.text("weights/00_fc/b000_000_s01_p.hex") == "00\n10\n");
  CHECK(out.text("weights/00_fc/b000_000_s00_n.hex") == "20\n00\n");
  CHECK(out.text("weights/00_fc/b000_000_s01_n.hex") == "00\n01\n");
}

TEST_CASE("offset images hold w + 8") {
  const Emitted out(test::one_layer(kWeights, 4, 4, WeightEncoding::offset));
  CHECK(out.report.files == 1);
  CHECK(out.text("weights/00_fc/b000_000_s00.hex") == "69b\nf84\n");
}

TEST_CASE("two's complement images: the sign slice has one bit in its cell") {
  const Emitted out(test::one_layer(kWeights, 4, 3, WeightEncoding::twos_complement));
  // Three low bits of 3, 1, −2 in 3-bit fields: 110'001'011; the sign bits 0, 0, 1 in 3-bit fields: 001'000'000.
  CHECK(out.text("weights/00_fc/b000_000_s00.hex") == "18b\n1c4\n");
  CHECK(out.text("weights/00_fc/b000_000_s01.hex") == "040\n001\n");
}

TEST_CASE("row blocks hold the rows that are used, replicas share their files") {
  const Emitted out(test::one_layer({{1, 2, 3}, {4, 5, 6}}, 4, 4, WeightEncoding::differential, 2, 3));
  CHECK(out.report.files == 4);
  CHECK(out.report.words == 2 * (2 + 1));
  CHECK(out.text("weights/00_fc/b000_000_s00_p.hex") == "41\n52\n");
  CHECK(out.text("weights/00_fc/b001_000_s00_p.hex") == "63\n");
  const nlohmann::json image = out.manifest()["images"][2];
  CHECK(image["file"] == "weights/00_fc/b001_000_s00_p.hex");
  CHECK(image["first_row"] == 2);
  CHECK(image["rows"] == 1);
  CHECK(image["word_bits"] == 8);
  CHECK(image["polarity"] == "p");
  CHECK(image["arrays"] == nlohmann::json::parse(R"([{"replica":0,"tile":0,"slot":1},{"replica":1,"tile":0,"slot":3},
                                                     {"replica":2,"tile":0,"slot":5}])"));
  CHECK(image["sha256"] == sha256_hex("63\n"));
}

TEST_CASE("the manifest says what the words mean") {
  const Emitted out(test::one_layer(kWeights, 4, 2, WeightEncoding::offset));
  const nlohmann::json manifest = out.manifest();
  CHECK(manifest["version"] == 1);
  CHECK(manifest["array"] == nlohmann::json::parse(R"({"rows":32,"columns":32,"cell_bits":2})"));
  const nlohmann::json layer = manifest["layers"][0];
  CHECK(layer["name"] == "fc");
  CHECK(layer["weights"]["slices"] ==
        nlohmann::json::parse(R"([{"shift":0,"bits":2,"weight":1},{"shift":2,"bits":2,"weight":4}])"));
  CHECK(layer["weights"]["q_format"] == nlohmann::json::parse(R"(["Q4.0"])"));
  CHECK(layer["inputs"]["steps"].size() == 8);
  CHECK(layer["reconstruction"]["input_sum"] == -8);
  CHECK(layer["requantization"]["kind"] == "float");
  CHECK(layer["input"] ==
        nlohmann::json::parse(R"({"scale":1.0,"zero_point":0,"bits":8,"signed":false,"q_format":"UQ8.0"})"));
}

TEST_CASE("the manifest has a window's pads as top, left, bottom, right, and the drive values that inputs reach") {
  test::EmitDesign design;
  int lowest = 0, highest = 7;  // of 3 bits
  SECTION("drive values are the integers themselves") {}
  SECTION("drive values are the integers less the zero point") {
    design.architecture.array.inputs.encoding = models::InputEncoding::sign_magnitude;
    lowest = -2, highest = 5;
  }
  test::Random random(1);
  test::GraphBuilder graph({1, 6, 6}, {.bits = 3, .is_signed = false, .scale = 1, .zero_point = 2});
  workloads::Window window{.kernel_h = 5, .kernel_w = 4, .stride_h = 2, .stride_w = 1};
  window.pad_top = 1, window.pad_left = 2, window.pad_bottom = 4, window.pad_right = 3;
  graph.conv(random, "conv", graph.last(), window, 2);
  design.graph = graph.finish();
  map_for_emit(design, 1);
  const nlohmann::json layer = Emitted(design).manifest()["layers"][0];
  CHECK(layer["window"] ==
        nlohmann::json::parse(R"({"kernel":[5,4],"stride":[2,1],"pads":[1,2,4,3],"dilation":[1,1]})"));
  CHECK(layer["inputs"]["v_min"] == lowest);
  CHECK(layer["inputs"]["v_max"] == highest);
}

TEST_CASE("Q formats exist where the scale is a power of two and the point lies within the number") {
  CHECK(emit::q_format(0.0625, 8, true) == "Q4.4");
  CHECK(emit::q_format(0.0078125, 8, true) == "Q1.7");
  CHECK(emit::q_format(0.00390625, 8, false) == "UQ0.8");
  CHECK(emit::q_format(0.00390625, 8, true).empty());
  CHECK(emit::q_format(2.0, 8, true).empty());
  CHECK(emit::q_format(0.05, 8, true).empty());
}

TEST_CASE("names of layers become safe folders, bytes that are no text do not stop the manifest") {
  test::EmitDesign design = test::one_layer(kWeights, 4, 2, WeightEncoding::offset);
  design.program.layers[0].name = "../a b/\xff" + std::string(300, 'x');
  const Emitted out(design);
  CHECK(out.manifest()["images"][0]["file"].get<std::string>().rfind("weights/00____a_b__xxx", 0) == 0);
  CHECK_NOTHROW(design.verify(out.folder.path()));
}

TEST_CASE("a folder that holds images already is refused, with its files untouched") {
  const test::EmitDesign design = test::one_layer(kWeights, 4, 2, WeightEncoding::offset);
  const Emitted out(design);
  CHECK(test::input_error([&] { design.emit(out.folder.path()); }) ==
        (out.folder.path() / "weights").string() + ": is there already; weight images need a folder of their own");
  CHECK_NOTHROW(design.verify(out.folder.path()));
}

TEST_CASE("a place that cannot be a folder is an input error") {
  const test::EmitDesign design = test::one_layer(kWeights, 4, 2, WeightEncoding::offset);
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "file";
  std::ofstream(file) << "here";
  const std::string message = test::input_error([&] { design.emit(file / "images"); });
  CHECK(message == (file / "images").string() + ": the folder cannot be made: Not a directory");
}

/// Lets this process write no file longer than `bytes`: what a full disk does, wherever the test runs.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

TEST_CASE("a disk that fills up leaves nothing behind") {
  const test::EmitDesign design = test::one_layer({{1, 2, 3}, {4, 5, 6}}, 4, 4, WeightEncoding::differential, 2);
  const test::TemporaryFolder folder;
  const rlim_t limit = GENERATE(4, 100);  // fails at the first image; at the manifest
  std::string message;
  {
    const FileSizeLimit full(limit);
    message = test::input_error([&] { design.emit(folder.path() / "out"); });
  }
  const std::string file = limit == 4 ? "weights/00_fc/b000_000_s00_p.hex" : "manifest.json";
  CHECK(message == (folder.path() / "out" / file).string() + ": cannot be written: File too large");
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a program that does not cover its layers is our own fault") {
  test::EmitDesign design = test::one_layer({{1, 2, 3}, {4, 5, 6}}, 4, 4, WeightEncoding::differential, 2, 2);
  const test::TemporaryFolder folder;
  SECTION("an array is missing") {
    design.program.arrays.pop_back();
  }
  SECTION("an array is there twice") {
    design.program.arrays.push_back(design.program.arrays.front());
  }
  SECTION("a row is missing") {
    --design.program.arrays.front().row_end;
  }
  SECTION("replicas differ") {
    design.program.arrays.back().column_end = 1;
  }
  SECTION("columns are missing") {
    for (auto& array : design.program.arrays) array.column_end = 1;
  }
  CHECK_THROWS_AS(design.emit(folder.path()), std::logic_error);
  CHECK(std::filesystem::is_empty(folder.path()));
}

}  // namespace

// SPDX-License-Identifier: Apache-2.0
// Random networks in every weight encoding and cell width: what is written reads back as the same weights, and no
// damage to any file goes unnoticed.
#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "tests/support/emit_designs.hpp"
#include "tests/support/support.hpp"

namespace {

using namespace ohmic;
using models::InputEncoding;
using models::WeightEncoding;
using test::Random;

constexpr WeightEncoding kEncodings[] = {WeightEncoding::differential, WeightEncoding::offset,
                                         WeightEncoding::twos_complement, WeightEncoding::xnor};

test::EmitDesign random_design(Random& random, WeightEncoding encoding, int cell_bits) {
  test::EmitDesign design;
  models::ArraySpec& array = design.architecture.array;
  array.rows = random.between(3, 20);
  array.columns = random.between(12, 24);
  array.weights.encoding = encoding;
  array.cell.bits = cell_bits;
  array.inputs.encoding = encoding == WeightEncoding::xnor
                              ? InputEncoding::bipolar
                              : random.pick({InputEncoding::unsigned_, InputEncoding::sign_magnitude});
  test::GraphBuilder builder({random.between(1, 3), 4, 4}, {4, false, 0.25, random.between(0, 3)});
  for (int layer = random.between(1, 3); layer > 0; --layer) {
    workloads::Window window;
    window.kernel_h = window.kernel_w = random.between(1, 2);
    builder.conv(random, "conv" + std::to_string(layer), builder.last(), window, random.between(1, 9),
                 random.between(2, 9));
    if (builder.shape_of(builder.last()).height < 2) break;
  }
  design.graph = builder.finish();
  map_for_emit(design, random.between(1, 3));
  // The order of arrays in a program means nothing.
  auto& arrays = design.program.arrays;
  for (int i = static_cast<int>(arrays.size()) - 1; i > 0; --i) std::swap(arrays[i], arrays[random.between(0, i)]);
  return design;
}

/// Calls visit(design, random) for `rounds` random designs of every encoding and every cell width that it can have.
template <class Visit>
void for_all_designs(int rounds, Visit&& visit) {
  for (int seed = 0; seed < rounds; ++seed) {
    for (const WeightEncoding encoding : kEncodings) {
      for (int cell_bits = 1; cell_bits <= 8; ++cell_bits) {
        if (encoding == WeightEncoding::xnor && cell_bits > 1) continue;
        INFO("seed " << seed << " encoding " << static_cast<int>(encoding) << " cell bits " << cell_bits);
        Random random(static_cast<std::uint64_t>(seed) * 100 + static_cast<unsigned>(encoding) * 10 + cell_bits);
        visit(random_design(random, encoding, cell_bits), random);
      }
    }
  }
}

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

std::vector<std::filesystem::path> images_in(const std::filesystem::path& folder) {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "weights")) {
    if (entry.is_regular_file()) files.insert(entry.path());
  }
  return {files.begin(), files.end()};
}

/// What verification says of the folder; "" when it finds nothing.
std::string complaint(const test::EmitDesign& design, const std::filesystem::path& folder) {
  try {
    design.verify(folder);
  } catch (const CheckFailed& error) {
    return error.what();
  }
  return "";
}

/// Writes `damaged` in place of `original`, expects a complaint that names `file` (and the line, if one is given),
/// and repairs.
void require_noticed(const test::EmitDesign& design, const std::filesystem::path& folder,
                     const std::filesystem::path& file, const std::string& original, const std::string& damaged,
                     int line = 0) {
  if (damaged == original) return;
  write(file, damaged);
  const std::string what = complaint(design, folder);
  INFO(file << " said: " << what);
  const std::string place = file.filename().string() + (line > 0 ? ":" + std::to_string(line) + ":" : "");
  REQUIRE(what.find(place) != std::string::npos);
  write(file, original);
}

TEST_CASE("what is emitted reads back as the codes and as the weights of the network") {
  for_all_designs(4, [](const test::EmitDesign& design, Random&) {
    const test::TemporaryFolder folder;
    const emit::EmitReport written = design.emit(folder.path());
    const emit::EmitReport read = design.verify(folder.path());
    REQUIRE(read.files == written.files);
    REQUIRE(read.words == written.words);
    REQUIRE(read.bytes == written.bytes);
    std::int64_t words = 0;
    for (const mapping::LayerMapping& layer : design.program.layers) {
      const auto& plan = design.layers[&layer - design.program.layers.data()].weights;
      words += std::int64_t{layer.rows} * layer.column_blocks * layer.slices * plan.planes;
    }
    REQUIRE(written.words == words);
  });
}

TEST_CASE("the same program gives the same bytes") {
  for_all_designs(1, [](const test::EmitDesign& design, Random&) {
    const test::TemporaryFolder one;
    const test::TemporaryFolder other;
    design.emit(one.path());
    design.emit(other.path());
    REQUIRE(read_text_file(one.path() / "manifest.json") == read_text_file(other.path() / "manifest.json"));
  });
}

TEST_CASE("every hex digit counts") {
  for_all_designs(1, [](const test::EmitDesign& design, Random& random) {
    const test::TemporaryFolder folder;
    design.emit(folder.path());
    const auto files = images_in(folder.path());
    const std::filesystem::path& file = files[random.between(0, static_cast<int>(files.size()) - 1)];
    const std::string original = read_text_file(file);
    int line = 1;
    for (std::size_t i = 0; i < original.size(); ++i) {
      if (original[i] == '\n') {
        ++line;
        continue;
      }
      const int digit = original[i] <= '9' ? original[i] - '0' : original[i] - 'a' + 10;
      std::string damaged = original;
      damaged[i] = "0123456789abcdef"[digit ^ (1 << random.between(0, 3))];
      require_noticed(design, folder.path(), file, original, damaged, line);
    }
    REQUIRE(complaint(design, folder.path()).empty());
  });
}

TEST_CASE("lines that are dropped, doubled, cut, widened or in capitals are noticed") {
  for_all_designs(1, [](const test::EmitDesign& design, Random&) {
    const test::TemporaryFolder folder;
    design.emit(folder.path());
    for (const std::filesystem::path& file : images_in(folder.path())) {
      const std::string text = read_text_file(file);
      const std::string first_line = text.substr(0, text.find('\n') + 1);
      for (const std::string& damaged :
           {text.substr(first_line.size()), first_line + text, text.substr(0, text.size() - 1), text + "\n", "0" + text,
            text.substr(1), " " + text.substr(1), "A" + text.substr(1), std::string()}) {
        require_noticed(design, folder.path(), file, text, damaged);
      }
    }
  });
}

TEST_CASE("images that change places are noticed") {
  for_all_designs(1, [](const test::EmitDesign& design, Random&) {
    const test::TemporaryFolder folder;
    design.emit(folder.path());
    const auto files = images_in(folder.path());
    for (std::size_t i = 1; i < files.size(); ++i) {
      const std::string one = read_text_file(files[i - 1]);
      const std::string other = read_text_file(files[i]);
      if (one == other) continue;
      write(files[i - 1], other), write(files[i], one);
      const std::string what = complaint(design, folder.path());
      INFO(files[i - 1] << " said: " << what);
      REQUIRE((what.find(files[i - 1].filename().string()) != std::string::npos ||
               what.find(files[i].filename().string()) != std::string::npos));
      write(files[i - 1], one), write(files[i], other);
    }
  });
}

TEST_CASE("a missing image, a file too many and any changed line of the manifest are noticed") {
  for_all_designs(1, [](const test::EmitDesign& design, Random& random) {
    const test::TemporaryFolder folder;
    design.emit(folder.path());
    const auto files = images_in(folder.path());
    const std::filesystem::path stray = files.front().parent_path() / "stray.hex";
    write(stray, "0\n");
    REQUIRE(complaint(design, folder.path()).find("stray.hex") != std::string::npos);
    std::filesystem::remove(stray);

    const std::filesystem::path manifest = folder.path() / "manifest.json";
    const std::string text = read_text_file(manifest);
    for (int round = 0; round < 60; ++round) {
      std::string damaged = text;
      const std::size_t at = random.bits() % text.size();
      if (damaged[at] == ' ' || damaged[at] == '\n') continue;
      damaged[at] = damaged[at] == '7' ? '8' : '7';
      require_noticed(design, folder.path(), manifest, text, damaged);
    }
    require_noticed(design, folder.path(), manifest, text, text.substr(0, text.size() / 2));

    const std::string original = read_text_file(files.back());
    std::filesystem::remove(files.back());
    REQUIRE(complaint(design, folder.path()).find(files.back().filename().string()) != std::string::npos);
    write(files.back(), original);
    REQUIRE(complaint(design, folder.path()).empty());
  });
}

TEST_CASE("weights are rebuilt from the images alone: codes that agree with wrong weights do not help") {
  for_all_designs(1, [](const test::EmitDesign& good, Random& random) {
    const test::TemporaryFolder folder;
    good.emit(folder.path());
    test::EmitDesign design = good;
    auto& conv = std::get<workloads::QuantizedConv>(design.graph.nodes[design.program.layers.back().node].operation);
    auto& weight = conv.weights[random.bits() % conv.weights.size()];
    weight = static_cast<std::int16_t>(weight == 0 ? 1 : 0);
    const std::string what = complaint(design, folder.path());
    INFO(what);
    REQUIRE(what.find("images give") != std::string::npos);
  });
}

}  // namespace

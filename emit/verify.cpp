// SPDX-License-Identifier: Apache-2.0
// Weight images read back: words against cell codes, weights rebuilt from images and manifest against the network.
#include <fmt/format.h>

#include <optional>
#include <set>

#include "base/files.hpp"
#include "emit/emit.hpp"
#include "emit/image_reader.hpp"
#include "emit/manifest.hpp"
#include "emit/stream_image.hpp"

namespace ohmic::emit {

namespace {

using mapping::EncodedLayer;

[[noreturn]] void fail(const std::string& where, const std::string& what) {
  throw CheckFailed(fmt::format("{}: {}", where, what));
}

std::string as_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// What the text of `json` says when it is read again (bytes that are no UTF-8 are replaced).
Json read_again(const Json& json) {
  return Json::parse(as_text(json));
}

/// "/layers/0/bias/3: expected 5, got 6" for the first place in which two documents differ.
std::optional<std::string> first_difference(const Json& expected, const Json& got, const std::string& place) {
  const auto differ = [&] { return fmt::format("{}: expected {}, got {}", place, as_text(expected), as_text(got)); };
  if (expected.is_structured() && expected.type() == got.type()) {
    if (expected.size() != got.size()) {
      return fmt::format("{}: expected {} entries, got {}", place, expected.size(), got.size());
    }
    auto other = got.begin();
    for (auto item = expected.begin(); item != expected.end(); ++item, ++other) {
      const std::string key = expected.is_object() ? item.key() : std::to_string(item - expected.begin());
      if (expected.is_object() && other.key() != key) {
        return fmt::format("{}: expected key '{}', got '{}'", place, key, other.key());
      }
      if (auto difference = first_difference(*item, *other, fmt::format("{}/{}", place, key))) return difference;
    }
    return std::nullopt;
  }
  return expected == got ? std::nullopt : std::optional<std::string>(differ());
}

void require_equal(const Json& expected, const Json& got, const std::string& place) {
  if (const auto difference = first_difference(read_again(expected), got, place)) fail(kManifestFile, *difference);
}

Json read_manifest(const std::filesystem::path& folder) {
  Json manifest = Json::parse(read_text_file(folder / kManifestFile), nullptr, false);
  if (manifest.is_discarded()) fail(kManifestFile, "expected JSON, got text that is none");
  if (!manifest.is_object() || !manifest.contains("images") || !manifest["images"].is_array()) {
    fail(kManifestFile, "expected a list 'images', got none");
  }
  return manifest;
}

void require_no_other_files(const std::filesystem::path& folder, const std::vector<WeightImage>& images,
                            const std::vector<StreamImage>& streams) {
  std::set<std::string> known;
  for (const WeightImage& image : images) known.insert(image.file);
  for (const StreamImage& image : streams) known.insert(image.file);
  std::error_code missing;  // of the folder: its images are missed one by one
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder / "weights", missing)) {
    const std::string file = entry.path().lexically_relative(folder).string();
    if (!entry.is_directory() && !known.contains(file)) fail(file, "expected only files of the manifest, got this one");
  }
}

/// Integer weights of one layer from its images and its section of the manifest, and from nothing else.
class RebuiltWeights {
 public:
  explicit RebuiltWeights(const Json& layer)
      : encoding_(layer["weights"]["encoding"]),
        bits_(layer["weights"]["bits"]),
        slices_(layer["weights"]["slices"]),
        columns_(layer["columns"]),
        sums_(layer["rows"].get<std::size_t>() * static_cast<std::size_t>(columns_), 0) {}

  void add(const Json& entry, const ReadImage& image) {
    const auto slice_weight = slices_[entry["slice"].get<std::size_t>()]["weight"].get<std::int64_t>();
    const std::int64_t weight = entry.value("polarity", "p") == "n" ? -slice_weight : slice_weight;
    const int first_row = entry["first_row"];
    const int first_column = entry["first_column"];
    for (int row = 0; row < entry["rows"].get<int>(); ++row) {
      for (int column = 0; column < image.columns; ++column) {
        const int code = image.code(row, column);
        sums_[index(first_row + row, first_column + column)] += weight * (encoding_ == "xnor" ? 2 * code - 1 : code);
      }
    }
  }

  [[nodiscard]] std::int64_t weight(int row, int column) const {
    const std::int64_t sum = sums_[index(row, column)];
    if (encoding_ == "offset") return sum - (std::int64_t{1} << (bits_ - 1));
    if (encoding_ == "xnor") return (sum - 1) / 2;  // Σ 2^k (2·bit − 1) over the bits of w + 2^(b−1) is 2w + 1
    return sum;
  }

 private:
  [[nodiscard]] std::size_t index(int row, int column) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns_) + static_cast<std::size_t>(column);
  }

  std::string encoding_;
  int bits_;
  Json slices_;
  int columns_;
  std::vector<std::int64_t> sums_;  // [row][column]
};

void require_codes(const WeightImage& image, const ReadImage& read, const mapping::WeightPlan& plan) {
  for (int row = 0; row < image.rows(); ++row) {
    for (int column = 0; column < image.columns(); ++column) {
      const int expected = plan.code(image.polarity, image.slice, image.row_begin + row, image.column_begin + column);
      if (read.code(row, column) != expected) {
        fail(fmt::format("{}:{}", image.file, row + 1),
             fmt::format("column {}: expected code {}, got {}", column, expected, read.code(row, column)));
      }
    }
  }
}

void require_weights(const std::string& name, const RebuiltWeights& rebuilt, const workloads::QuantizedConv& conv) {
  for (int row = 0; row < conv.rows; ++row) {
    for (int column = 0; column < conv.out_channels; ++column) {
      const std::size_t index =
          static_cast<std::size_t>(column) * static_cast<std::size_t>(conv.rows) + static_cast<std::size_t>(row);
      if (rebuilt.weight(row, column) != conv.weights[index]) {
        fail(fmt::format("layer '{}'", name),
             fmt::format("weight of row {}, column {}: expected {}, images give {}", row, column, conv.weights[index],
                         rebuilt.weight(row, column)));
      }
    }
  }
}

/// Compares one image with its entry and the codes, and gives its content.
ReadImage check_image(const std::filesystem::path& folder, const WeightImage& image, const Json& entry,
                      const mapping::WeightPlan& plan, int cell_bits, EmitReport& report) {
  if (!std::filesystem::is_regular_file(folder / image.file)) fail(image.file, "expected a file, got none");
  const std::string text = read_text_file(folder / image.file);
  ReadImage read = read_image(image.file, text, image.rows(), image.columns(), cell_bits);
  require_codes(image, read, plan);
  const std::string sum = sha256_hex(text);
  if (entry["sha256"] != sum) {
    fail(kManifestFile, fmt::format("{}: expected sha256 {}, got {}", image.file, sum, as_text(entry["sha256"])));
  }
  ++report.files;
  report.words += image.rows();
  report.bytes += static_cast<std::int64_t>(text.size());
  return read;
}

void require_entry(const WeightImage& image, std::size_t index, const Json& got, int planes, int cell_bits) {
  Json expected = image_entry(image, planes, cell_bits);
  expected["sha256"] = got.is_object() ? got.value("sha256", Json()) : Json();
  require_equal(expected, got, fmt::format("/images/{}", index));
}

void check_streams(const std::filesystem::path& folder, const std::vector<StreamImage>& wanted, const Json& entries,
                   const mapping::Program& program, const workloads::QuantizedGraph& graph, EmitReport& report) {
  if (!entries.is_array() || entries.size() != wanted.size()) {
    fail(kManifestFile, fmt::format("/streams: expected {} entries, got {}", wanted.size(), entries.size()));
  }
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    Json expected = stream_entry(wanted[i]);
    expected["sha256"] = entries[i].is_object() ? entries[i].value("sha256", Json()) : Json();
    require_equal(expected, entries[i], fmt::format("/streams/{}", i));
    const auto node = static_cast<std::size_t>(program.layers[static_cast<std::size_t>(wanted[i].layer)].node);
    const auto& conv = std::get<workloads::QuantizedConv>(graph.nodes[node].operation);
    report.bytes += verify_stream(folder, wanted[i], entries[i], conv);
    report.words += wanted[i].stream.words();
    ++report.files;
  }
}

}  // namespace

EmitReport verify_weight_images(const std::filesystem::path& folder, const mapping::Program& program,
                                const std::vector<EncodedLayer>& layers, const workloads::QuantizedGraph& graph,
                                const models::ArchitectureSpec& architecture) {
  const int cell_bits = architecture.array.cell.bits;
  const std::vector<WeightImage> images = weight_images(program, layers);
  Json manifest = read_manifest(folder);
  const Json entries = std::move(manifest["images"]);
  manifest["images"] = Json::array();
  const Json streams = manifest.value("streams", Json::array());
  manifest["streams"] = Json::array();
  require_equal(manifest_head(program, layers, graph, architecture), manifest, "");
  if (entries.size() != images.size()) {
    fail(kManifestFile, fmt::format("/images: expected {} entries, got {}", images.size(), entries.size()));
  }
  const std::vector<StreamImage> wanted = stream_images(program, graph, architecture);
  require_no_other_files(folder, images, wanted);
  EmitReport report;
  std::size_t next = 0;
  for (std::size_t l = 0; l < program.layers.size(); ++l) {
    if (layers[l].is_streamed) continue;
    RebuiltWeights rebuilt(manifest["layers"][l]);
    for (; next < images.size() && images[next].layer == static_cast<int>(l); ++next) {
      const WeightImage& image = images[next];
      require_entry(image, next, entries[next], layers[l].weights.planes, cell_bits);
      rebuilt.add(entries[next], check_image(folder, image, entries[next], layers[l].weights, cell_bits, report));
    }
    const auto node = static_cast<std::size_t>(program.layers[l].node);
    require_weights(program.layers[l].name, rebuilt, std::get<workloads::QuantizedConv>(graph.nodes[node].operation));
  }
  check_streams(folder, wanted, streams, program, graph, report);
  return report;
}

}  // namespace ohmic::emit

// SPDX-License-Identifier: Apache-2.0
#include "emit/emit.hpp"

#include "base/files.hpp"
#include "emit/manifest.hpp"
#include "emit/stream_image.hpp"

namespace ohmic::emit {

namespace {

constexpr const char* kWeightsFolder = "weights";

/// Takes away what was written unless the whole was completed.
class UnfinishedImages {
 public:
  explicit UnfinishedImages(std::filesystem::path folder)
      : folder_(std::move(folder)), folder_is_new_(!std::filesystem::exists(folder_)) {}
  UnfinishedImages(const UnfinishedImages&) = delete;
  UnfinishedImages& operator=(const UnfinishedImages&) = delete;
  ~UnfinishedImages() {
    if (completed_) return;
    std::error_code ignored;
    std::filesystem::remove_all(folder_ / kWeightsFolder, ignored);
    std::filesystem::remove(folder_ / kManifestFile, ignored);
    if (folder_is_new_) std::filesystem::remove(folder_, ignored);
  }
  void complete() { completed_ = true; }

 private:
  std::filesystem::path folder_;
  bool folder_is_new_;
  bool completed_ = false;
};

/// Files of an earlier emission would stand beside the new ones, named by no manifest.
void require_unused(const std::filesystem::path& folder) {
  std::error_code ignored;
  for (const char* name : {kWeightsFolder, kManifestFile}) {
    if (std::filesystem::exists(folder / name, ignored)) {
      throw InputError((folder / name).string(), "is there already; weight images need a folder of their own");
    }
  }
}

/// Names of nodes may be any bytes; JSON is UTF-8.
std::string manifest_text(const Json& manifest) {
  return manifest.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

EmitReport emit_weight_images(const mapping::Program& program, const std::vector<mapping::EncodedLayer>& layers,
                              const workloads::QuantizedGraph& graph, const models::ArchitectureSpec& architecture,
                              const std::filesystem::path& folder) {
  const std::vector<WeightImage> images = weight_images(program, layers);
  Json manifest = manifest_head(program, layers, graph, architecture);
  const int cell_bits = architecture.array.cell.bits;
  require_unused(folder);
  UnfinishedImages unfinished(folder);
  make_folder(folder);
  EmitReport report;
  for (const WeightImage& image : images) {
    const mapping::WeightPlan& weights = layers[static_cast<std::size_t>(image.layer)].weights;
    const std::string text = image_text(weights, image, cell_bits);
    make_folder((folder / image.file).parent_path());
    write_file_atomically(folder / image.file, text);
    Json entry = image_entry(image, weights.planes, cell_bits);
    entry["sha256"] = sha256_hex(text);
    manifest["images"].push_back(std::move(entry));
    ++report.files;
    report.words += image.rows();
    report.bytes += static_cast<std::int64_t>(text.size());
  }
  for (const StreamImage& image : stream_images(program, graph, architecture)) {
    const auto node = static_cast<std::size_t>(program.layers[static_cast<std::size_t>(image.layer)].node);
    const std::string text = stream_text(std::get<workloads::QuantizedConv>(graph.nodes[node].operation), image.stream);
    make_folder((folder / image.file).parent_path());
    write_file_atomically(folder / image.file, text);
    Json entry = stream_entry(image);
    entry["sha256"] = sha256_hex(text);
    manifest["streams"].push_back(std::move(entry));
    ++report.files;
    report.words += image.stream.words();
    report.bytes += static_cast<std::int64_t>(text.size());
  }
  write_file_atomically(folder / kManifestFile, manifest_text(manifest));
  unfinished.complete();
  return report;
}

}  // namespace ohmic::emit

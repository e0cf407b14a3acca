// SPDX-License-Identifier: Apache-2.0
#include "workloads/dataset.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "workloads/dataset_reading.hpp"

namespace ohmic::workloads {

namespace {

// A data set is held in memory while it is used.
constexpr std::int64_t kMaxImageValues = std::int64_t{1} << 26;
constexpr std::int64_t kMaxDatasetBytes = std::int64_t{1} << 32;

std::unique_ptr<DatasetReader> choose_reader(const DatasetSpec& spec, const std::string& file) {
  const auto& registry = Registry<DatasetReader>::instance();
  if (!spec.format.empty()) {
    if (registry.contains(spec.format)) return registry.create(spec.format);
    throw InputError(file,
                     fmt::format("unknown format '{}'{}", spec.format, suggestion(spec.format, registry.names())));
  }
  const std::string name = std::filesystem::path(file).filename().string();
  for (const std::string& format : registry.names()) {
    std::unique_ptr<DatasetReader> reader = registry.create(format);
    if (reader->recognises(name)) return reader;
  }
  throw InputError(file, fmt::format("the format cannot be told from the file's name: give 'format' (known: {})",
                                     fmt::join(registry.names(), ", ")));
}

}  // namespace

void Dataset::keep_first(int count) {
  if (count == 0) return;
  images.resize(static_cast<std::size_t>(count * shape.values()));
  if (has_targets()) {
    targets.resize(static_cast<std::size_t>(count * target_shape.values()));
  } else {
    labels.resize(static_cast<std::size_t>(count));
  }
}

void fields(Fields& f, DatasetSpec& s) {
  f.key("file", s.file, {.doc = "images; data:NAME is looked up along the data path", .required = true});
  f.key("labels", s.labels, {.doc = "labels, where the format keeps them in a file of their own (idx)"});
  f.key("format", s.format, {.doc = "cifar10, hdf5 or idx; without it the file's name tells"});
  f.key("split", s.split, {.doc = "group of an HDF5 file: /<split>/images and /<split>/labels or /<split>/targets"});
  f.key("images", s.images, {.doc = "how many images are used; 0 = all", .min = 0});
  f.key("skip", s.skip, {.doc = "images left out at the beginning", .min = 0});
}

void fields(Fields& f, Normalize& s) {
  f.key("mean", s.mean, {.doc = "x = (pixel - mean) / std; one value, or one per channel"});
  f.key("std", s.std, {.doc = "one value, or one per channel", .positive = true});
}

std::string find_data_file(const FilePath& file, const DataPath& data_path) {
  if (!file.is_data()) {
    const std::string& path = file.path.empty() ? file.text : file.path;
    if (!std::filesystem::exists(path)) throw InputError(path, "no such file");
    return path;
  }
  const std::string name = file.text.substr(std::string_view("data:").size());
  if (name.empty()) throw InputError(file.text, "names no file");
  const std::filesystem::path found = data_path.find(name);
  if (!found.empty()) return found.string();
  std::vector<std::string> folders;
  for (const std::filesystem::path& folder : data_path.folders())
    folders.push_back(std::filesystem::absolute(folder).lexically_normal().string());
  throw InputError("",
                   fmt::format("{} is in none of the data folders ({}); put the file there, or name its folder with "
                               "--data or OHMIC_DATA",
                               file.text, fmt::join(folders, ", ")));
}

Dataset read_dataset(const DatasetSpec& spec, const DataPath& data_path) {
  const std::string file = find_data_file(spec.file, data_path);
  const std::string labels = spec.labels ? find_data_file(*spec.labels, data_path) : "";
  for (const std::string& name : {file, labels}) {
    if (std::filesystem::is_directory(name)) throw InputError(name, "is a folder, not a file");
  }
  return choose_reader(spec, file)->read(spec, file, labels);
}

ImageRange choose_images(const DatasetSpec& spec, const std::string& file, std::int64_t available) {
  const std::int64_t wanted = spec.images > 0 ? spec.images : available - spec.skip;
  if (wanted > 0 && spec.skip + wanted <= available) return {spec.skip, wanted};
  throw InputError(file, fmt::format("holds {} images; {} after the first {} are asked for", available,
                                     spec.images > 0 ? std::to_string(wanted) : "all", spec.skip));
}

Shape checked_shape(const std::string& file, const char* what, const ImageRange& range, std::int64_t channels,
                    std::int64_t height, std::int64_t width) {
  for (const std::int64_t size : {channels, height, width}) {
    if (size <= 0 || size > kMaxImageValues) {
      throw InputError(
          file, fmt::format("{} of {}x{}x{} (channels x height x width) cannot be", what, channels, height, width));
    }
  }
  // Each factor is at most 2^26, so the product of two cannot overflow.
  const bool fits = channels * height <= kMaxImageValues && channels * height * width <= kMaxImageValues &&
                    range.count <= kMaxDatasetBytes / (channels * height * width);
  if (!fits) {
    throw InputError(file, fmt::format("{} {} of {}x{}x{} are more than can be held: read fewer with 'images'",
                                       range.count, what, channels, height, width));
  }
  return {static_cast<int>(channels), static_cast<int>(height), static_cast<int>(width)};
}

Dataset make_dataset(const std::string& file, const ImageRange& range, std::int64_t channels, std::int64_t height,
                     std::int64_t width) {
  Dataset data;
  data.shape = checked_shape(file, "images", range, channels, height, width);
  data.images.resize(static_cast<std::size_t>(range.count * data.shape.values()));
  return data;
}

void refuse_labels(const DatasetSpec& spec, const std::string& file) {
  if (spec.labels) throw InputError(file, "has its labels inside; 'labels' is only for idx files");
}

void refuse_split(const DatasetSpec& spec, const std::string& file) {
  if (!spec.split.empty()) throw InputError(file, "has no splits; 'split' is only for HDF5 files");
}

}  // namespace ohmic::workloads

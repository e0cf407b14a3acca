// SPDX-License-Identifier: Apache-2.0
// HDF5: /<split>/images uint8 [N,C,H,W], and either /<split>/labels integers [N] or /<split>/targets numbers
// [N,outputs] or [N,C,H,W] with a text attribute `unit` where they have one; nothing else of the file is read.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5.h>

#include <algorithm>
#include <cmath>

#include "workloads/dataset_reading.hpp"

namespace ohmic::workloads {

namespace {

/// Keeps HDF5 from printing its own error stack while it lives; our messages say what is wrong.
class QuietErrors {
 public:
  QuietErrors() {
    ::H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
    ::H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
  ~QuietErrors() { ::H5Eset_auto2(H5E_DEFAULT, function_, data_); }

 private:
  ::H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// An open HDF5 object and the function that closes it.
class Handle {
 public:
  Handle(::hid_t id, ::herr_t (*close)(::hid_t)) : id_(id), close_(close) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (id_ >= 0) close_(id_);
  }
  [[nodiscard]] ::hid_t id() const { return id_; }
  [[nodiscard]] bool valid() const { return id_ >= 0; }

 private:
  ::hid_t id_;
  ::herr_t (*close_)(::hid_t);
};

std::vector<std::string> group_names(::hid_t file) {
  std::vector<std::string> names;
  const auto add = [](::hid_t /*group*/, const char* name, const ::H5L_info_t* /*info*/, void* data) -> ::herr_t {
    static_cast<std::vector<std::string>*>(data)->emplace_back(name);
    return 0;
  };
  ::H5Literate(file, H5_INDEX_NAME, H5_ITER_INC, nullptr, add, &names);
  return names;
}

/// A data set of an HDF5 file: its sizes, and reads along the first one.
class Hdf5Array {
 public:
  Hdf5Array(const std::string& file, ::hid_t file_id, const std::string& path)
      : file_(file), path_(path), set_(::H5Dopen2(file_id, path.c_str(), H5P_DEFAULT), ::H5Dclose) {
    if (!set_.valid()) throw InputError(file, fmt::format("has no data set '{}'", path));
    const Handle space(::H5Dget_space(set_.id()), ::H5Sclose);
    const int rank = ::H5Sget_simple_extent_ndims(space.id());
    sizes_.resize(static_cast<std::size_t>(std::max(rank, 0)));
    if (rank > 0) ::H5Sget_simple_extent_dims(space.id(), sizes_.data(), nullptr);
  }

  [[nodiscard]] const std::vector<::hsize_t>& sizes() const { return sizes_; }

  void require_rank(std::size_t rank, const char* layout) const {
    if (sizes_.size() == rank) return;
    throw InputError(file_, fmt::format("'{}' has {} dimensions instead of {}", path_, sizes_.size(), layout));
  }

  /// Integers, and of one byte without sign when `is_uint8`.
  void require_integers(bool is_uint8) const {
    const Handle type(::H5Dget_type(set_.id()), ::H5Tclose);
    const bool integer = ::H5Tget_class(type.id()) == H5T_INTEGER;
    const bool uint8 = integer && ::H5Tget_size(type.id()) == 1 && ::H5Tget_sign(type.id()) == H5T_SGN_NONE;
    if (is_uint8 ? uint8 : integer) return;
    throw InputError(file_, fmt::format("'{}' must be of type {}", path_, is_uint8 ? "uint8" : "integer"));
  }

  void require_numbers() const {
    const Handle type(::H5Dget_type(set_.id()), ::H5Tclose);
    const ::H5T_class_t kind = ::H5Tget_class(type.id());
    if (kind == H5T_INTEGER || kind == H5T_FLOAT) return;
    throw InputError(file_, fmt::format("'{}' must be of numbers", path_));
  }

  void require_as_many(const Hdf5Array& images) const {
    if (sizes_[0] == images.sizes_[0]) return;
    const std::string what = path_.substr(path_.rfind('/') + 1);
    throw InputError(file_, fmt::format("holds {} {} for {} images", sizes_[0], what, images.sizes_[0]));
  }

  /// A text attribute; "" when there is none.
  [[nodiscard]] std::string text(const char* name) const {
    if (::H5Aexists(set_.id(), name) <= 0) return "";
    const Handle attribute(::H5Aopen(set_.id(), name, H5P_DEFAULT), ::H5Aclose);
    const Handle type(::H5Aget_type(attribute.id()), ::H5Tclose);
    const Handle space(::H5Aget_space(attribute.id()), ::H5Sclose);
    if (::H5Tget_class(type.id()) != H5T_STRING || ::H5Sget_simple_extent_npoints(space.id()) != 1) {
      throw InputError(file_, fmt::format("attribute '{}' of '{}' must be one text", name, path_));
    }
    if (::H5Tis_variable_str(type.id()) > 0) {
      char* read = nullptr;
      if (::H5Aread(attribute.id(), type.id(), &read) < 0 || read == nullptr) return "";
      const std::string text = read;
      ::H5free_memory(read);
      return text;
    }
    std::string text(::H5Tget_size(type.id()), '\0');
    if (::H5Aread(attribute.id(), type.id(), text.data()) < 0) return "";
    return text.c_str();  // without what fills it up
  }

  void read(const ImageRange& range, ::hid_t memory_type, void* to) const {
    std::vector<::hsize_t> start(sizes_.size(), 0);
    std::vector<::hsize_t> count = sizes_;
    start[0] = static_cast<::hsize_t>(range.first);
    count[0] = static_cast<::hsize_t>(range.count);
    const Handle space(::H5Dget_space(set_.id()), ::H5Sclose);
    const Handle memory(::H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr), ::H5Sclose);
    ::H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
    if (::H5Dread(set_.id(), memory_type, memory.id(), space.id(), H5P_DEFAULT, to) < 0) {
      throw InputError(file_, fmt::format("'{}' cannot be read: the file is truncated or damaged", path_));
    }
  }

 private:
  std::string file_;
  std::string path_;
  Handle set_;
  std::vector<::hsize_t> sizes_;
};

std::int64_t as_size(::hsize_t size) {
  return static_cast<std::int64_t>(std::min<::hsize_t>(size, std::uint64_t{1} << 40));
}

Dataset read_images(const DatasetSpec& spec, const std::string& file, const Hdf5Array& images, ImageRange& range) {
  images.require_rank(4, "[N,C,H,W]");
  images.require_integers(true);
  const std::vector<::hsize_t>& sizes = images.sizes();
  range = choose_images(spec, file, as_size(sizes[0]));
  Dataset data = make_dataset(file, range, as_size(sizes[1]), as_size(sizes[2]), as_size(sizes[3]));
  constexpr std::int64_t kBlock = 1024;  // images per read: whole chunks of a compressed file are unpacked once
  const std::int64_t values = data.shape.values();
  std::vector<std::uint8_t> planes(static_cast<std::size_t>(std::min(kBlock, range.count) * values));
  for (std::int64_t done = 0; done < range.count; done += kBlock) {
    const std::int64_t count = std::min(kBlock, range.count - done);
    images.read({range.first + done, count}, H5T_NATIVE_UINT8, planes.data());
    for (std::int64_t i = 0; i < count; ++i) {
      interleave_planes(planes.data() + i * values, data.shape, data.images.data() + (done + i) * values);
    }
  }
  return data;
}

void read_labels(const Hdf5Array& labels, const Hdf5Array& images, const ImageRange& range, Dataset& data) {
  labels.require_rank(1, "[N]");
  labels.require_integers(false);
  labels.require_as_many(images);
  data.labels.resize(static_cast<std::size_t>(range.count));
  labels.read(range, H5T_NATIVE_INT, data.labels.data());
}

void read_targets(const std::string& file, const Hdf5Array& targets, const Hdf5Array& images, const ImageRange& range,
                  Dataset& data) {
  const std::vector<::hsize_t>& sizes = targets.sizes();
  const bool flat = sizes.size() == 2;
  if (!flat) targets.require_rank(4, "[N,outputs] or [N,C,H,W]");
  targets.require_numbers();
  targets.require_as_many(images);
  const Shape shape = checked_shape(file, "targets", range, as_size(sizes[1]), flat ? 1 : as_size(sizes[2]),
                                    flat ? 1 : as_size(sizes[3]));
  std::vector<float> planes(static_cast<std::size_t>(range.count * shape.values()));
  targets.read(range, H5T_NATIVE_FLOAT, planes.data());
  data.target_shape = shape;
  data.targets.resize(planes.size());
  for (std::int64_t i = 0; i < range.count; ++i) {
    const std::int64_t begin = i * shape.values();
    interleave_planes(planes.data() + begin, shape, data.targets.data() + begin);
  }
  const auto wrong = std::find_if(planes.begin(), planes.end(), [](float target) { return !std::isfinite(target); });
  if (wrong != planes.end()) {
    throw InputError(
        file, fmt::format("target of image {} is not finite", range.first + (wrong - planes.begin()) / shape.values()));
  }
  const std::string unit = targets.text("unit");
  if (!unit.empty()) data.target_unit = unit;
}

class Hdf5Reader : public DatasetReader {
 public:
  [[nodiscard]] bool recognises(const std::string& file_name) const override {
    return file_name.ends_with(".h5") || file_name.ends_with(".hdf5");
  }

  [[nodiscard]] Dataset read(const DatasetSpec& spec, const std::string& file,
                             const std::string& /*labels*/) const override {
    refuse_labels(spec, file);
    const QuietErrors quiet;
    const Handle handle(::H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), ::H5Fclose);
    if (!handle.valid()) throw InputError(file, "is no HDF5 file, or it is truncated or damaged");
    require_split(spec, file, handle.id());
    const Hdf5Array images(file, handle.id(), fmt::format("/{}/images", spec.split));
    ImageRange range;
    Dataset data = read_images(spec, file, images, range);
    const std::string targets = fmt::format("/{}/targets", spec.split);
    const std::string labels = fmt::format("/{}/labels", spec.split);
    if (::H5Lexists(handle.id(), targets.c_str(), H5P_DEFAULT) <= 0) {
      read_labels(Hdf5Array(file, handle.id(), labels), images, range, data);
    } else if (::H5Lexists(handle.id(), labels.c_str(), H5P_DEFAULT) <= 0) {
      read_targets(file, Hdf5Array(file, handle.id(), targets), images, range, data);
    } else {
      throw InputError(
          file, fmt::format("split '{}' has labels and targets: which of them is right cannot be told", spec.split));
    }
    return data;
  }

 private:
  static void require_split(const DatasetSpec& spec, const std::string& file, ::hid_t id) {
    const std::vector<std::string> names = group_names(id);
    if (spec.split.empty()) {
      throw InputError(file, fmt::format("name one of its splits with 'split': {}", fmt::join(names, ", ")));
    }
    if (std::find(names.begin(), names.end(), spec.split) == names.end()) {
      throw InputError(file, fmt::format("has no split '{}'{}", spec.split, suggestion(spec.split, names)));
    }
  }
};

const Registration<DatasetReader, Hdf5Reader> kHdf5{"hdf5"};

}  // namespace

}  // namespace ohmic::workloads

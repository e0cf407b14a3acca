// SPDX-License-Identifier: Apache-2.0
// HDF5: /<split>/images uint8 [N,C,H,W] and /<split>/labels integers [N]; nothing else of the file is read.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <hdf5.h>

#include <algorithm>

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
    const Hdf5Array labels(file, handle.id(), fmt::format("/{}/labels", spec.split));
    labels.require_rank(1, "[N]");
    labels.require_integers(false);
    ImageRange range;
    Dataset data = read_images(spec, file, images, range);
    if (labels.sizes()[0] != images.sizes()[0]) {
      throw InputError(file, fmt::format("holds {} labels for {} images", labels.sizes()[0], images.sizes()[0]));
    }
    data.labels.resize(static_cast<std::size_t>(range.count));
    labels.read(range, H5T_NATIVE_INT, data.labels.data());
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

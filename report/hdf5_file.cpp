// SPDX-License-Identifier: Apache-2.0
#include "report/hdf5_file.hpp"

#include <hdf5.h>

#include <stdexcept>
#include <utility>

#include "base/files.hpp"

namespace ohmic::report {

namespace {

/// An HDF5 identifier that closes itself.
class Handle {
 public:
  Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {
    if (id_ < 0) throw std::logic_error("HDF5 refused a call of ours");
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { close_(id_); }
  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor): the C interface wants plain ids

 private:
  hid_t id_;
  herr_t (*close_)(hid_t);
};

void check(herr_t status) {
  if (status < 0) throw std::logic_error("HDF5 refused a call of ours");
}

Handle text_type() {
  const hid_t type = H5Tcopy(H5T_C_S1);
  H5Tset_size(type, H5T_VARIABLE);
  H5Tset_cset(type, H5T_CSET_UTF8);
  return {type, H5Tclose};
}

/// Makes groups on the way and leaves out modification times, so that equal results are equal files.
hid_t create_data_set(hid_t file, const std::string& path, hid_t type, hid_t space) {
  const Handle links(H5Pcreate(H5P_LINK_CREATE), H5Pclose);
  H5Pset_create_intermediate_group(links, 1);
  const Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  H5Pset_obj_track_times(creation, false);
  return H5Dcreate2(file, path.c_str(), type, space, links, creation, H5P_DEFAULT);
}

void write_attribute(hid_t set, const char* name, const std::string& value) {
  const Handle type = text_type();
  const Handle space(H5Screate(H5S_SCALAR), H5Sclose);
  const Handle attribute(H5Acreate2(set, name, type, space, H5P_DEFAULT, H5P_DEFAULT), H5Aclose);
  const char* text = value.c_str();
  check(H5Awrite(attribute, type, &text));
}

}  // namespace

Hdf5File::Hdf5File(std::filesystem::path file) : file_(std::move(file)) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // errors are ours to tell
  constexpr std::size_t kGrowth = 1 << 20;
  const Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
  H5Pset_fapl_core(access, kGrowth, false);
  handle_ = H5Fcreate(file_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access);
  if (handle_ < 0) throw std::logic_error("HDF5 refused a file in memory");
}

Hdf5File::~Hdf5File() {
  H5Fclose(handle_);
}

// NOLINTNEXTLINE(readability-make-member-function-const): it changes the file
void Hdf5File::write_numbers(const std::string& path, std::int64_t type, const void* data,
                             const std::vector<std::size_t>& sizes, const std::string& unit,
                             const std::string& description) {
  const std::vector<hsize_t> extent(sizes.begin(), sizes.end());
  const Handle space(H5Screate_simple(static_cast<int>(extent.size()), extent.data(), nullptr), H5Sclose);
  const Handle set(create_data_set(handle_, path, type, space), H5Dclose);
  check(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, data));
  write_attribute(set, "unit", unit);
  if (!description.empty()) write_attribute(set, "description", description);
}

void Hdf5File::write(const std::string& path, const std::vector<double>& values, const std::string& unit,
                     const std::string& description) {
  write_numbers(path, H5T_NATIVE_DOUBLE, values.data(), {values.size()}, unit, description);
}

void Hdf5File::write(const std::string& path, const std::vector<std::int64_t>& values, const std::string& unit,
                     const std::string& description) {
  write_numbers(path, H5T_NATIVE_INT64, values.data(), {values.size()}, unit, description);
}

void Hdf5File::write_table(const std::string& path, const std::vector<double>& values, std::size_t rows,
                           const std::string& unit, const std::string& description) {
  write_numbers(path, H5T_NATIVE_DOUBLE, values.data(), {rows, values.size() / rows}, unit, description);
}

void Hdf5File::write_table(const std::string& path, const std::vector<std::uint8_t>& values, std::size_t rows,
                           const std::string& unit, const std::string& description) {
  write_numbers(path, H5T_NATIVE_UINT8, values.data(), {rows, values.size() / rows}, unit, description);
}

void Hdf5File::write_table(const std::string& path, const std::vector<std::int32_t>& values, std::size_t rows,
                           const std::string& unit, const std::string& description) {
  write_numbers(path, H5T_NATIVE_INT32, values.data(), {rows, values.size() / rows}, unit, description);
}

// NOLINTNEXTLINE(readability-make-member-function-const): it changes the file
void Hdf5File::write(const std::string& path, const std::vector<std::string>& values) {
  const hsize_t size = values.size();
  const Handle type = text_type();
  const Handle space(H5Screate_simple(1, &size, nullptr), H5Sclose);
  const Handle set(create_data_set(handle_, path, type, space), H5Dclose);
  std::vector<const char*> texts;
  for (const std::string& value : values) texts.push_back(value.c_str());
  check(H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data()));
}

void Hdf5File::write_text(const std::string& path, const std::string& text) {
  write(path, std::vector{text});
}

void Hdf5File::commit() {
  check(H5Fflush(handle_, H5F_SCOPE_GLOBAL));
  const ssize_t size = H5Fget_file_image(handle_, nullptr, 0);
  if (size < 0) throw std::logic_error("HDF5 refused to give its file");
  std::string image(static_cast<std::size_t>(size), '\0');
  check(H5Fget_file_image(handle_, image.data(), image.size()) < 0 ? -1 : 0);
  write_file_atomically(file_, image);
}

}  // namespace ohmic::report

// SPDX-License-Identifier: Apache-2.0
#include <hdf5.h>
#include <zlib.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <limits>
#include <numeric>

#include "base/config_reader.hpp"
#include "tests/support/support.hpp"
#include "workloads/dataset.hpp"

using namespace ohmic;
using namespace ohmic::workloads;
using test::input_error;
using test::TemporaryFolder;

namespace {

std::string big_endian(std::uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

/// IDX of `count` images of 2x3, pixel = running number; label = 10 + image.
std::string idx_images(std::uint32_t count) {
  std::string bytes = big_endian(0x803) + big_endian(count) + big_endian(2) + big_endian(3);
  for (std::uint32_t i = 0; i < count * 6; ++i) bytes.push_back(static_cast<char>(i));
  return bytes;
}
std::string idx_labels(std::uint32_t count) {
  std::string bytes = big_endian(0x801) + big_endian(count);
  for (std::uint32_t i = 0; i < count; ++i) bytes.push_back(static_cast<char>(10 + i));
  return bytes;
}

struct Folder : TemporaryFolder {
  std::string write(const std::string& name, const std::string& bytes) const {
    std::ofstream(path() / name, std::ios::binary) << bytes;
    return (path() / name).string();
  }
  std::string write_gz(const std::string& name, const std::string& bytes) const {
    const std::string file = (path() / name).string();
    gzFile stream = gzopen(file.c_str(), "wb");
    gzwrite(stream, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(stream);
    return file;
  }
  [[nodiscard]] std::string name(const std::string& file) const { return (path() / file).string(); }
};

DatasetSpec spec_of(const std::string& file, const std::string& labels = "") {
  DatasetSpec spec;
  spec.file = {file, file};
  if (!labels.empty()) spec.labels = FilePath{labels, labels};
  return spec;
}

Dataset read(const DatasetSpec& spec) {
  return read_dataset(spec, DataPath());
}

std::string error_of(const DatasetSpec& spec) {
  return input_error([&] { (void)read(spec); });
}

/// One CIFAR-10 record: all red pixels 1, green 2, blue 3, but the first pixel 11, 12, 13.
std::string cifar_record(char label) {
  std::string bytes(1, label);
  for (char plane = 1; plane <= 3; ++plane) {
    bytes.push_back(static_cast<char>(10 + plane));
    bytes += std::string(1023, plane);
  }
  return bytes;
}

void write_array(hid_t group, const char* name, hid_t type, const std::vector<hsize_t>& sizes, const void* values) {
  const hid_t space = H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr);
  const hid_t set = H5Dcreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
  H5Dclose(set);
  H5Sclose(space);
}

/// /test with `images` of [images,2,1,3] uint8 and int64 labels; /train is empty.
void write_hdf5(const std::string& file, hsize_t images, hsize_t labels) {
  const hid_t handle = H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hid_t group = H5Gcreate2(handle, "test", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  std::vector<std::uint8_t> pixels(images * 6);
  std::iota(pixels.begin(), pixels.end(), std::uint8_t{0});
  std::vector<std::int64_t> classes(labels);
  std::iota(classes.begin(), classes.end(), std::int64_t{5});
  write_array(group, "images", H5T_NATIVE_UINT8, {images, 2, 1, 3}, pixels.data());
  write_array(group, "labels", H5T_NATIVE_INT64, {labels}, classes.data());
  const hid_t other = H5Gcreate2(handle, "train", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
  write_array(other, "images", H5T_NATIVE_FLOAT, {1, 1, 1, 1}, std::vector<float>{1}.data());
  write_array(other, "labels", H5T_NATIVE_INT64, {1}, classes.data());
  H5Gclose(other);
  H5Gclose(group);
  H5Fclose(handle);
}

}  // namespace

TEST_CASE("IDX is read plain and gzipped alike") {
  const Folder folder;
  const std::string labels = folder.write_gz("l-idx1-ubyte.gz", idx_labels(4));
  for (const std::string& file :
       {folder.write("i-idx3-ubyte", idx_images(4)), folder.write_gz("i-idx3-ubyte.gz", idx_images(4))}) {
    const Dataset all = read(spec_of(file, labels));
    CHECK(all.shape == Shape{1, 2, 3});
    CHECK(all.labels == std::vector<int>{10, 11, 12, 13});
    REQUIRE(all.images.size() == 24);
    CHECK(all.image(3)[5] == 23);
    DatasetSpec some = spec_of(file, labels);
    some.skip = 1;
    some.images = 2;
    const Dataset middle = read(some);
    CHECK(middle.labels == std::vector<int>{11, 12});
    CHECK(middle.images == std::vector<std::uint8_t>(all.images.begin() + 6, all.images.begin() + 18));
  }
}

TEST_CASE("CIFAR-10 planes become pixels") {
  const Folder folder;
  const std::string file = folder.write("c.bin", cifar_record(7) + cifar_record(2));
  const Dataset data = read(spec_of(file));
  CHECK(data.shape == Shape{3, 32, 32});
  CHECK(data.labels == std::vector<int>{7, 2});
  const std::vector<std::uint8_t> first(data.image(1), data.image(1) + 6);
  CHECK(first == std::vector<std::uint8_t>{11, 12, 13, 1, 2, 3});
}

TEST_CASE("HDF5 images [N,C,H,W] become pixels, and a range is read alone") {
  const Folder folder;
  const std::string file = folder.name("d.h5");
  write_hdf5(file, 3000, 3000);  // more than one block of reading
  DatasetSpec spec = spec_of(file);
  spec.split = "test";
  spec.skip = 1;
  const Dataset data = read(spec);
  CHECK(data.shape == Shape{2, 1, 3});
  REQUIRE(data.count() == 2999);
  CHECK(data.labels[0] == 6);
  CHECK(data.labels[2998] == 3004);
  const std::vector<std::uint8_t> first(data.image(0), data.image(0) + 6);
  CHECK(first == std::vector<std::uint8_t>{6, 9, 7, 10, 8, 11});
  CHECK(data.image(2998)[1] == static_cast<std::uint8_t>(2999 * 6 + 3));
}

TEST_CASE("HDF5 targets are read where a split has no labels, with their unit") {
  const Folder folder;
  const std::string file = folder.name("t.h5");
  const std::vector<std::uint8_t> pixels{1, 2, 3};
  const auto write = [&](const std::vector<hsize_t>& sizes, std::vector<float> targets, bool has_labels) {
    const hid_t handle = H5Fcreate(file.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t group = H5Gcreate2(handle, "test", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    write_array(group, "images", H5T_NATIVE_UINT8, {3, 1, 1, 1}, pixels.data());
    write_array(group, "targets", H5T_NATIVE_FLOAT, sizes, targets.data());
    if (has_labels) write_array(group, "labels", H5T_NATIVE_UINT8, {3}, pixels.data());
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, 2);
    const hid_t scalar = H5Screate(H5S_SCALAR);
    const hid_t set = H5Dopen2(group, "targets", H5P_DEFAULT);
    const hid_t unit = H5Acreate2(set, "unit", text, scalar, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(unit, text, "mm");
    H5Aclose(unit);
    H5Dclose(set);
    H5Sclose(scalar);
    H5Tclose(text);
    H5Gclose(group);
    H5Fclose(handle);
  };
  DatasetSpec spec = spec_of(file);
  spec.split = "test";
  spec.skip = 1;
  write({3, 2}, {0, 1, 2, 3, 4, 5}, false);
  const Dataset flat = read(spec);
  CHECK(flat.count() == 2);
  CHECK(flat.labels.empty());
  CHECK(flat.target_shape == Shape{2, 1, 1});
  CHECK(flat.targets == std::vector<float>{2, 3, 4, 5});
  CHECK(flat.target_unit == "mm");
  write({3, 2, 1, 2}, {0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}, false);
  CHECK(read(spec).targets == std::vector<float>{1, 3, 2, 4, 5, 7, 6, 8});
  write({2, 2}, {0, 1, 2, 3}, false);
  CHECK(error_of(spec) == file + ": holds 2 targets for 3 images");
  write({3, 1, 1}, {0, 1, 2}, false);
  CHECK(error_of(spec) == file + ": '/test/targets' has 3 dimensions instead of [N,outputs] or [N,C,H,W]");
  write({3, 1}, {0, 1, std::numeric_limits<float>::infinity()}, false);
  CHECK(error_of(spec) == file + ": target of image 2 is not finite");
  write({3, 1}, {0, 1, 2}, true);
  CHECK(error_of(spec) == file + ": split 'test' has labels and targets: which of them is right cannot be told");
}

TEST_CASE("a data file is looked up along the data path, and the error says where and what to do") {
  const Folder folder;
  folder.write("one.bin", cifar_record(1));
  const DataPath path("/nonexistent:" + folder.path().string());
  CHECK(find_data_file({"data:one.bin", ""}, path) == folder.name("one.bin"));
  CHECK(input_error([] {
          (void)find_data_file({"data:mnist/t10k-images-idx3-ubyte.gz", ""}, DataPath("/build/data:/build/../data"));
        }) ==
        "data:mnist/t10k-images-idx3-ubyte.gz is in none of the data folders (/build/data, /data); put the file "
        "there, or name its folder with --data or OHMIC_DATA");
  CHECK(input_error([] {
          (void)find_data_file({"x.bin", "configs/x.bin"}, DataPath());
        }) == "configs/x.bin: no such file");
  CHECK(input_error([] { (void)find_data_file({"data:", ""}, DataPath("build/data")); }) == "data:: names no file");
}

TEST_CASE("what is wrong with a data file is said with its name") {
  const Folder folder;
  const std::string images = folder.write("i-ubyte", idx_images(3));
  const std::string labels = folder.write("l-ubyte", idx_labels(3));
  const std::string record = cifar_record(1);

  CHECK(error_of(spec_of(folder.path().string())) == folder.path().string() + ": is a folder, not a file");
  CHECK(error_of(spec_of(folder.write("d.dat", "x"))) ==
        folder.name("d.dat") +
            ": the format cannot be told from the file's name: give 'format' (known: cifar10, hdf5, idx)");
  DatasetSpec wrong_format = spec_of(images, labels);
  wrong_format.format = "hdf";
  CHECK(error_of(wrong_format) == images + ": unknown format 'hdf' (did you mean 'hdf5'? known: cifar10, hdf5, idx)");

  CHECK(error_of(spec_of(images)) == images + ": IDX keeps labels in a file of their own: name it with 'labels'");
  CHECK(error_of(spec_of(labels, labels)) ==
        labels + ": is no IDX file of images: magic 0x00000801 instead of 0x00000803");
  CHECK(error_of(spec_of(folder.write("t-ubyte", idx_images(3).substr(0, 30)), labels)) ==
        folder.name("t-ubyte") + ": is truncated or damaged");
  CHECK(error_of(spec_of(folder.write("e-ubyte", ""), labels)) == folder.name("e-ubyte") + ": is truncated or damaged");
  CHECK(error_of(spec_of(images, folder.write("l4-ubyte", idx_labels(4)))) ==
        folder.name("l4-ubyte") + ": holds 4 labels for 3 images");
  DatasetSpec too_many = spec_of(images, labels);
  too_many.skip = 2;
  too_many.images = 2;
  CHECK(error_of(too_many) == images + ": holds 3 images; 2 after the first 2 are asked for");
  too_many.skip = 3;
  too_many.images = 0;
  CHECK(error_of(too_many) == images + ": holds 3 images; all after the first 3 are asked for");
  DatasetSpec split = spec_of(images, labels);
  split.split = "test";
  CHECK(error_of(split) == images + ": has no splits; 'split' is only for HDF5 files");
  const std::string huge = big_endian(0x803) + big_endian(4000000000U) + big_endian(4000) + big_endian(4000);
  CHECK(error_of(spec_of(folder.write("h-ubyte", huge), labels)) ==
        folder.name("h-ubyte") +
            ": 4000000000 images of 1x4000x4000 are more than can be held: read fewer with 'images'");
  const std::string flat = big_endian(0x803) + big_endian(3) + big_endian(0) + big_endian(4);
  CHECK(error_of(spec_of(folder.write("f-ubyte", flat), labels)) ==
        folder.name("f-ubyte") + ": images of 1x0x4 (channels x height x width) cannot be");

  CHECK(error_of(spec_of(folder.write("t.bin", record.substr(1)))) ==
        folder.name("t.bin") + ": has 3072 bytes, no whole number of CIFAR-10 records of 3073");
  CHECK(error_of(spec_of(folder.write("l.bin", record + cifar_record(10)))) ==
        folder.name("l.bin") + ": record 1 has label 10, not 0 to 9: is this CIFAR-10 binary?");
  CHECK(error_of(spec_of(folder.write("w.bin", record), labels)) ==
        folder.name("w.bin") + ": has its labels inside; 'labels' is only for idx files");
}

TEST_CASE("gzip data that breaks off is an error at every length") {
  const Folder folder;
  const std::string labels = folder.write("l-ubyte", idx_labels(40));
  const std::string whole = read_text_file(folder.write_gz("whole.gz", idx_images(40)));
  for (std::size_t size = 0; size + 8 < whole.size(); ++size) {  // the last 8 bytes are a checksum
    const std::string file = folder.write("cut-ubyte.gz", whole.substr(0, size));
    INFO("size " << size);
    CHECK(!error_of(spec_of(file, labels)).empty());
  }
}

TEST_CASE("what is wrong with an HDF5 file is said with its name") {
  const Folder folder;
  const std::string file = folder.name("d.h5");
  write_hdf5(file, 3, 2);
  DatasetSpec spec = spec_of(file);
  CHECK(error_of(spec) == file + ": name one of its splits with 'split': test, train");
  spec.split = "tset";
  CHECK(error_of(spec) == file + ": has no split 'tset' (did you mean 'test'? known: test, train)");
  spec.split = "test";
  CHECK(error_of(spec) == file + ": holds 2 labels for 3 images");
  spec.split = "train";
  CHECK(error_of(spec) == file + ": '/train/images' must be of type uint8");
  const std::string whole = read_text_file(file);
  spec.split = "test";
  for (std::size_t size : {std::size_t{0}, std::size_t{10}, std::size_t{100}, whole.size() / 2}) {
    spec.file = {folder.write("cut.h5", whole.substr(0, size)), ""};
    CHECK(error_of(spec) == folder.name("cut.h5") + ": is no HDF5 file, or it is truncated or damaged");
  }
}

TEST_CASE("the keys of a data set are read strictly") {
  DatasetSpec spec;
  ConfigReader::read(load_yaml_text("{file: \"data:digits.h5\", split: test, images: 450, skip: 3}", "t"), spec);
  CHECK(spec.file.text == "data:digits.h5");
  CHECK(spec.split == "test");
  CHECK(spec.images == 450);
  CHECK(spec.skip == 3);
  CHECK(!spec.labels);
  CHECK(!input_error([&] { ConfigReader::read(load_yaml_text("{images: 1}", "t"), spec); }).empty());
  CHECK(!input_error([&] { ConfigReader::read(load_yaml_text("{file: a.bin, images: -1}", "t"), spec); }).empty());
  Normalize normalize;
  CHECK(!input_error([&] { ConfigReader::read(load_yaml_text("{std: [0]}", "t"), normalize); }).empty());
  ConfigReader::read(load_yaml_text("{mean: [1, 2.5], std: [16]}", "t"), normalize);
  CHECK(normalize.mean == std::vector<double>{1, 2.5});
}
